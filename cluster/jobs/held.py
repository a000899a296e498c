"""Tasks that are held inside a step while something breaks, and what came of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cluster.jobs.faults import BODY, LATE, HeldService, until
from storage.documents.progress import TaskEvent
from storage.documents.task import Task

READ = "read"


@dataclass
class HeldTask:
    """A task that is seen at work in a step, which is not stored, and stays there until it is let go."""

    service: HeldService
    step: str

    def __post_init__(self) -> None:
        self.service.barrier(self.step).touch()
        self._before = len(self.service.lines())
        self.task_id = self.service.create(BODY)
        until(lambda: self.starts() > 0, f"work in {self.step}")
        if self.step == READ:
            until(lambda: self.of("run", READ), "the text reader at work")
        if self.of("stored", self.worked_step):
            raise RuntimeError(f"{self.step} of {self.task_id} was not held")

    @property
    def worked_step(self) -> str:
        """The orchestrator's step: reading is a part of the review, in another process."""
        return "review" if self.step == READ else self.step

    def starts(self) -> int:
        """How often an orchestrator began the held step."""
        return len(self.of("start", self.worked_step))

    def worker(self) -> int:
        """The orchestrator process that works on it."""
        return int(self.of("start")[-1]["pid"])

    def let_go(self) -> None:
        """The step may go on."""
        self.service.barrier(self.step).unlink()

    def stored_task(self) -> Task:
        """The task as the database has it, whether or not the service runs."""
        database = self.service.open_database()
        try:
            return database.get_task(self.task_id)
        finally:
            database.close()

    def of(self, event: str, step: str | None = None) -> list[dict[str, Any]]:
        """The task's lines of the journal of one kind."""
        return [line for line in self.mine() if line["event"] == event and step in {line["step"], None}]

    def mine(self) -> list[dict[str, Any]]:
        """The task's lines of the journal."""
        # A model replica does not know whose picture it reads: only this task is at work.
        return [line for line in self.service.lines()[self._before :] if line["task"] in {self.task_id, None}]

    def outcome(self, seconds: float = LATE) -> "Outcome":
        """What came of it, once it is final. Raises TimeoutError."""
        return outcome_of(self.service, self.task_id, self.mine, seconds)


@dataclass(frozen=True)
class Outcome:
    """A task that is final."""

    task: Task
    events: list[TaskEvent]
    posters: int
    again: list[str]

    @property
    def attempts(self) -> int:
        """How often it was begun."""
        # A claim may be handed back at once, for want of room: its number is gone, but nothing began.
        return len({event.attempt for event in self.events if event.status != "pending"})

    def broken(self, status: str) -> list[str]:
        """Promises that were not kept."""
        attempts = [event.attempt for event in self.events]
        kept = {
            f"{self.task.status}: {self.task.error}": self.task.status == status,
            f"{self.posters} posters": self.posters == (self.task.status == "completed"),
            "numbers with gaps": [event.seq for event in self.events] == list(range(1, len(self.events) + 1)),
            "not one end": [event.type for event in self.events].count("end") == 1,
            "an old attempt wrote after a newer one": attempts == sorted(attempts),
            f"stored steps ran again: {self.again}": not self.again,
        }
        return [promise for promise, held in kept.items() if not held]


def outcome_of(
    service: HeldService, task_id: str, lines: Callable[[], list[dict[str, Any]]], seconds: float = LATE
) -> Outcome:
    """What came of a task, once it is final; ``lines``: its lines of the journal. Raises TimeoutError."""
    database = service.open_database()
    try:
        until(lambda: database.get_task(task_id).final, f"the end of {task_id}", seconds)
        return Outcome(
            database.get_task(task_id), database.events_since(task_id, 0, limit=10_000),
            len(database.list_posters(task_id=task_id).items), run_again(lines()),
        )  # fmt: skip
    finally:
        database.close()


def run_again(lines: list[dict[str, Any]]) -> list[str]:
    """Keys of steps that began once more after they were stored."""
    stored: set[str] = set()
    again = []
    for line in lines:
        if line["event"] == "stored":
            stored.add(line["key"])
        elif line["event"] == "start" and line["key"] in stored:
            again.append(line["key"])
    return again
