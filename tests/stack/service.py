"""The whole service for real: Ray, Serve, SQLite, PaddleOCR, started through the command line."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from cluster.jobs.faults import AGENT, COMMAND_SECONDS, START_SECONDS
from tests.serving import free_port


@dataclass(frozen=True)
class Service:
    """A running service and how to talk to it."""

    data: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("DESIGN_AGENT_", "RAY_"))}
        return clean | {
            "DESIGN_AGENT_PORT": str(self.port), "DESIGN_AGENT_DATA": str(self.data),
            "DESIGN_AGENT_START_SECONDS": str(START_SECONDS),
        }  # fmt: skip

    def agent(
        self, *arguments: str, cwd: Path | None = None, seconds: float = COMMAND_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Run ``design-agent`` and return what it said."""
        return subprocess.run([str(AGENT), *arguments], env=self.environment(), cwd=cwd, text=True,
                              capture_output=True, timeout=seconds, stdin=subprocess.DEVNULL)  # fmt: skip

    def get(self, path: str, **options: Any) -> Any:
        """``data`` of a 200 answer."""
        answer = httpx.get(self.url + path, timeout=60, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]


def started(data: Path) -> Service:
    service = Service(data, free_port())
    done = service.agent("up")
    assert done.returncode == 0, done.stdout + done.stderr
    return service
