"""How long one user's first task waits while another user's many are queued, beside one task on the idle service.

Usage: python -m cluster.jobs.fair_share [QUEUED] [NEWCOMERS]. Exit status 1 when a newcomer waited for longer than
the task that ran when it came.
"""

import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from cluster.cli.console import out
from cluster.jobs.faults import LATE, BrokenService, until
from cluster.ports import free_port
from storage.database.base import Database, NumberedEvent

BEGUN = "fetching_task"
IDLE_TASKS = 5
PROMPT = "社区读书会 11月28日 14:00 城市书房"


@dataclass(frozen=True)
class Times:
    """Of one task, in seconds on this process's clock."""

    created: float
    begun: float
    completed: float

    @property
    def waited(self) -> float:
        """From its creation to its beginning."""
        return self.begun - self.created

    @property
    def took(self) -> float:
        """From its creation to its end."""
        return self.completed - self.created


class Watch:
    """Sees every event of every task as it is stored; the events' own times are whole seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._begun: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def times(self, task_id: str, created: float) -> Times:
        """Once the task has ended. Raises TimeoutError."""
        until(lambda: task_id in self._ended, f"the end of {task_id}", LATE)
        return Times(created, self._begun[task_id], self._ended[task_id])

    def working(self) -> int:
        """How many tasks are at work."""
        return len(self._begun) - len(self._ended)

    def done(self, since: float, before: float) -> list[float]:
        """Seconds that each task took which was begun after the one moment and ended by the other."""
        return [
            ended - self._begun[task_id]
            for task_id, ended in list(self._ended.items())
            if self._begun[task_id] > since and ended < before
        ]

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        seen = 0
        while not self._stop.wait(0.01):
            page: list[NumberedEvent] = self._database.events_after(seen)
            now = time.monotonic()
            for numbered in page:
                seen = numbered.id
                if numbered.event.phase == BEGUN:
                    self._begun.setdefault(numbered.task_id, now)
                if numbered.event.type == "end":
                    self._ended[numbered.task_id] = now


def create(service: BrokenService, user: str) -> tuple[str, float]:
    """Id of a poster's task, and when it was asked for."""
    asked = time.monotonic()
    return service.create({"prompt": PROMPT, "user_id": user, "size": {"width": 1080, "height": 1920}}), asked


def run(service: BrokenService, watch: Watch, queued: int, newcomers: int) -> int:
    """Print the table."""
    create_and_end = [watch.times(*create(service, "idle")) for _ in range(IDLE_TASKS + 1)]
    idle = median(times.took for times in create_and_end[1:])  # the first warms everything up
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: create(service, "many"), range(queued)))
    started = time.monotonic()
    until(lambda: len(watch.done(started, time.monotonic())) >= 2, "the many at work", LATE)
    first = []
    for number in range(newcomers):
        first.append(watch.times(*create(service, f"newcomer{number}")))
        # Not in step with what it just waited for.
        time.sleep(idle * (number + 1) / newcomers)
    beside = watch.done(started, time.monotonic())
    waited, took = [times.waited for times in first], [times.took for times in first]

    def longest(seconds: list[float], unit: float = 1.0, name: str = " s") -> str:
        return f"{median(seconds) / unit:.2f}{name}, {max(seconds) / unit:.2f}{name}"

    rows = [
        ("tasks of one user queued; newcomers, one at a time", f"{queued}; {newcomers}"),
        ("one task on the idle service, created to completed", f"{idle:.2f} s"),
        ("one task beside others, begun to completed: median, longest", longest(beside)),
        ("a newcomer, created to begun: median, longest", longest(waited)),
        ("the same in tasks on the idle service", longest(waited, idle, "")),
        ("the same in tasks beside others", longest(waited, median(beside), "")),
        ("a newcomer, created to completed: median, longest", longest(took)),
        ("the same in tasks on the idle service", longest(took, idle, "")),
    ]
    out.print("\n".join(["| | |", "|---|---|", *[f"| {name} | {value} |" for name, value in rows]]))
    return 1 if max(waited) > max(beside) else 0


def main() -> int:
    """Start a service of its own, measure, stop it."""
    queued = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    newcomers = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory() as folder:
        service = BrokenService(Path(folder), free_port())
        service.up()
        try:
            watch = Watch(service.open_database())
            try:
                return run(service, watch, queued, newcomers)
            finally:
                watch.stop()
        finally:
            service.down()


if __name__ == "__main__":
    sys.exit(main())
