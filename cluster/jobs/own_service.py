"""A service with a data folder and a port of its own, led through the command line."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from cluster import plain_http

# For a busy machine; what hangs, hangs for ever.
START_SECONDS, COMMAND_SECONDS, AWAY_SECONDS = 550, 600, 180
POLL_SECONDS = 0.5
AGENT = Path(sys.executable).parent / "design-agent"


def patiently(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer, asked for again while it is 503, which says to try again: of a server that a busy machine held up."""
    deadline = time.monotonic() + AWAY_SECONDS
    while (answer := ask()).status_code == 503 and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return answer


@dataclass(frozen=True)
class OwnService:
    """A service of its own data folder and port; ``options``: further ``DESIGN_AGENT_*`` variables by their names."""

    data: Path
    port: int
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Of its processes: nothing of the caller's own service."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("DESIGN_AGENT_", "RAY_"))}
        named = {f"DESIGN_AGENT_{name}": value for name, value in self.options.items()}
        own = {
            "DESIGN_AGENT_PORT": str(self.port), "DESIGN_AGENT_DATA": str(self.data),
            "DESIGN_AGENT_START_SECONDS": str(START_SECONDS),
        }  # fmt: skip
        return clean | own | named

    def agent(
        self, *arguments: str, cwd: Path | None = None, seconds: float = COMMAND_SECONDS
    ) -> "subprocess.CompletedProcess[str]":
        """Run ``design-agent`` and return what it said."""
        return subprocess.run([str(AGENT), *arguments], env=self.environment(), cwd=cwd, text=True,
                              capture_output=True, timeout=seconds, stdin=subprocess.DEVNULL)  # fmt: skip

    def up(self) -> None:
        """Raises RuntimeError with what the command said."""
        self._said("up")

    def down(self) -> None:
        """Raises RuntimeError with what the command said."""
        self._said("down")

    def get(self, path: str, **options: Any) -> Any:
        """``data`` of an answer. Raises HTTPError."""
        answer = patiently(lambda: plain_http.get(self.url + path, timeout=60, **options))
        return answer.raise_for_status().json()["data"]

    def _said(self, command: str) -> None:
        done = self.agent(command)
        if done.returncode != 0:
            raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
