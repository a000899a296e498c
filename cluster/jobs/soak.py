"""Many tasks while parts of the service are killed at random; every one must end once, with one poster.

Usage: python -m cluster.jobs.soak [TASKS] [SEED]. Exit status 1 when a promise is broken.
"""

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster.cli.console import out
from cluster.jobs.faults import PARTS, HeldService
from cluster.jobs.held import run_again
from cluster.ports import free_port
from storage.database.base import Database, NumberedEvent
from storage.documents.task import Task

WHOLE = "whole service"
KILL_SECONDS = (1.5, 6.0)
NEWCOMER_SECONDS = 8.0
POLL_SECONDS = 0.2
LONGEST_SECONDS = 1800.0
PROMPTS = ("社区读书会 11月28日 14:00 城市书房", "Jazz night, Friday Dec 5, 8 pm, Blue Note", "招聘高级软件工程师 上海")


@dataclass
class Soak:
    """One run: a user with many tasks, newcomers with one each, and what was killed."""

    service: HeldService
    database: Database
    draw: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    newcomers: list[str] = field(default_factory=list)

    def create(self, user: str, number: int) -> str:
        """A small poster's task."""
        body = {"prompt": PROMPTS[number % len(PROMPTS)], "user_id": user, "size": {"width": 360, "height": 640}}
        return self.service.create(body)

    def run(self, count: int) -> None:
        """Create the tasks, kill parts until all are final. Raises TimeoutError."""
        for number in range(count):
            self.create("many", number)
        started = time.monotonic()
        next_kill, next_newcomer = started, started
        while any(not task.final for task in self.tasks()):
            now = time.monotonic()
            if now - started > LONGEST_SECONDS:
                raise TimeoutError("some tasks do not end")
            if now >= next_newcomer and len(self.newcomers) < count // 10:
                self.newcomers.append(self.create(f"newcomer{len(self.newcomers)}", len(self.newcomers)))
                next_newcomer = now + NEWCOMER_SECONDS
            if now >= next_kill:
                self.kill(self.draw.choice([*PARTS, WHOLE]))
                next_kill = time.monotonic() + self.draw.uniform(*KILL_SECONDS)
            time.sleep(POLL_SECONDS)

    def kill(self, part: str) -> None:
        """SIGKILL a part, if it runs now; the whole service comes up again."""
        if part == WHOLE:
            self.service.kill_process(self.service.state().pid)
            self.service.up()
        elif pids := self.service.pids(part):
            self.service.kill_process(pids[0])
        else:
            return
        self.kills[part] += 1

    def tasks(self) -> list[Task]:
        """All of them."""
        found: list[Task] = []
        cursor = None
        while True:
            page = self.database.list_tasks(limit=200, cursor=cursor)
            found += page.items
            if page.next is None:
                return found
            cursor = page.next

    def broken(self, task: Task) -> Iterator[str]:
        """Promises that were not kept to a task."""
        events = self.database.events_since(task.id, 0, limit=10_000)
        posters = self.database.list_posters(task_id=task.id).items
        if task.status != "completed":
            yield f"{task.id} {task.status}: {task.error}"
        if len(posters) != (task.status == "completed"):
            yield f"{task.id}: {len(posters)} posters"
        if [event.seq for event in events] != list(range(1, len(events) + 1)):
            yield f"{task.id}: numbers with gaps"
        if [event.type for event in events].count("end") != 1:
            yield f"{task.id}: not one end"

    def events(self) -> list[NumberedEvent]:
        """All events of all tasks."""
        found: list[NumberedEvent] = []
        while page := self.database.events_after(found[-1].id if found else 0):
            found += page
        return found


def _steps(lines: list[dict[str, Any]]) -> tuple[int, int]:
    """Steps stored, and runs beyond one a step."""
    starts = Counter(line["key"] for line in lines if line["event"] == "start")
    stored = {line["key"] for line in lines if line["event"] == "stored"}
    return len(stored), sum(starts.values()) - len(starts)


def _overtaken(events: list[NumberedEvent], newcomers: list[str]) -> list[int]:
    """For each newcomer, how many tasks of others were begun between its creation and its own beginning."""
    begun: dict[str, int] = {}
    created: dict[str, int] = {}
    for numbered in events:
        created.setdefault(numbered.task_id, numbered.id)
        if numbered.event.phase == "fetching_task":
            begun.setdefault(numbered.task_id, numbered.id)
    return [
        sum(created[task_id] < other < begun[task_id] for name, other in begun.items() if name not in newcomers)
        for task_id in newcomers
    ]


def main() -> int:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder:
        service = HeldService(Path(folder), free_port())
        service.up()
        try:
            soak = Soak(service, service.open_database(), random.Random(seed))  # noqa: S311 - a test's dice
            started = time.monotonic()
            soak.run(count)
            return _report(soak, time.monotonic() - started)
        finally:
            service.down()


def _report(soak: Soak, seconds: float) -> int:
    tasks, events = soak.tasks(), soak.events()
    broken = [promise for task in tasks for promise in soak.broken(task)]
    lines = soak.service.lines()
    steps, repeated = _steps(lines)
    again = run_again(lines)
    attempts = Counter(max(e.event.attempt for e in events if e.task_id == task.id) for task in tasks)
    overtaken = _overtaken(events, soak.newcomers)
    rows: list[tuple[str, object]] = [
        ("tasks, of which newcomers", f"{len(tasks)}, {len(soak.newcomers)}"),
        ("seconds", f"{seconds:.0f}"),
        *[(f"SIGKILL {part}", soak.kills[part]) for part in (*PARTS, WHOLE)],
        (
            "completed, with exactly one poster",
            sum(task.status == "completed" for task in tasks) if not broken else "?",
        ),
        ("tasks by attempts", ", ".join(f"{number}: {times}" for number, times in sorted(attempts.items()))),
        ("steps stored", steps),
        ("steps run again, killed before they were stored", repeated),
        ("steps run again after they were stored", len(again)),
        ("tasks of others begun before a newcomer, at most", max(overtaken, default=0)),
        ("promises broken", len(broken)),
    ]
    out.print("\n".join(["| | |", "|---|---|", *[f"| {name} | {value} |" for name, value in rows]]))
    for promise in broken:
        out.print(promise)
    return 1 if broken or again else 0


if __name__ == "__main__":
    sys.exit(main())
