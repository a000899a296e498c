"""Bulk runs as a user starts them: commands, a table, and what the output folder holds meanwhile."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AGENT = [sys.executable, "-m", "cluster.cli.main"]
LONGEST_SECONDS = 600


@dataclass(frozen=True)
class Bulk:
    """One table and its output folder; ``environment`` names the data folder."""

    table: Path
    out: Path
    environment: Mapping[str, str]

    def write(self, *cells: dict[str, Any]) -> None:
        self.table.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in cells))

    def command(self, *options: str) -> list[str]:
        return [*AGENT, "bulk", str(self.table), "--out", str(self.out), "--size", "270x480", *options]

    def run(self, *options: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(self.command(*options), env=self.environment, text=True, capture_output=True,
                              timeout=LONGEST_SECONDS, stdin=subprocess.DEVNULL)  # fmt: skip

    def start(self, *options: str) -> "subprocess.Popen[str]":
        # Ctrl-C reaches it, even where the tests themselves run in the background and ignore it.
        return subprocess.Popen(self.command(*options), env=self.environment, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # fmt: skip

    @property
    def lines(self) -> dict[int, dict[str, Any]]:
        """Whole lines of the manifest, by row; fails when a row has two."""
        manifest = self.out / "manifest.jsonl"
        whole = manifest.read_bytes().split(b"\n")[:-1] if manifest.exists() else []
        lines = [json.loads(line) for line in whole]
        found = {line["row"]: line for line in lines}
        assert len(found) == len(lines), [line["row"] for line in lines]
        return found

    def written(self) -> dict[int, int]:
        """When the poster of each row was written, by row."""
        return {int(path.parent.name): path.stat().st_mtime_ns for path in self.out.glob("posters/*/poster.json")}


def clean_environment(data: Path) -> dict[str, str]:
    """This process's without settings and Ray's addresses."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DESIGN_AGENT_", "RAY_"))}
    return kept | {"DESIGN_AGENT_DATA": str(data)}


def until(holds: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Return once it holds; fails when the process ends before, or it takes too long."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not holds():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.1)
