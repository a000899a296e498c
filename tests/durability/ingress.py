"""An ingress without Ray: the real one, and in place of the orchestrator's handle what answers as one would.

``python -m tests.durability.ingress ROOM`` runs one with the environment's settings and room for so many tasks. It says
the ids that it hands over, and ends on SIGTERM as a worker of Ray's does.
"""

import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from serve_apps import ingress
from serve_apps.ingress import Ingress


@dataclass
class Method:
    """A method of a handle."""

    answer: Callable[..., Any]

    def remote(self, *given: Any) -> "Answer":
        return Answer(self.answer(*given))


@dataclass
class Answer:
    value: Any

    def result(self, timeout_s: float) -> Any:
        return self.value


@dataclass
class Workers:
    """Takes tasks while it has room, and does nothing with them."""

    room: int
    taken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.capacity = Method(lambda: self.room - len(self.taken))
        self.start = Method(self._start)
        self.review = Method(lambda *_: True)

    def _start(self, task_id: str, _: int) -> bool:
        if len(self.taken) >= self.room:
            return False
        self.taken.append(task_id)
        sys.stdout.write(f"{task_id}\n")
        sys.stdout.flush()
        return True


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    ingress.LAST_SECONDS = 120.0  # of a busy machine's last commit
    workers: Any = Workers(int(sys.argv[1]))
    running = Ingress(workers)
    threading.Event().wait()
    running.check_health()


if __name__ == "__main__":
    main()
