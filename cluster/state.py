"""What the service process writes down about itself, and whether it still runs."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class ServiceState:
    """One running service. ``started`` is the process's start time in clock ticks, so that a reused pid is told.

    ``settings`` is their fingerprint, ``guards`` that of all but which models work.
    """

    pid: int
    started: int
    port: int
    sources: str
    dashboard: str
    settings: str = ""
    guards: str = ""

    def alive(self) -> bool:
        """Whether that very process still runs."""
        return process_start(self.pid) == self.started

    def write(self, path: Path) -> None:
        """Replace the file as a whole."""
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(asdict(self)))
        temporary.replace(path)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The state on file, None when there is none that can be read."""
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None


def process_start(pid: int) -> int | None:
    """Start time of a process in clock ticks since boot; None when it does not run (or is a zombie)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def own_start() -> int:
    """Start time of this process."""
    started = process_start(os.getpid())
    assert started is not None
    return started
