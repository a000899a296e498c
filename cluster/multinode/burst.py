"""Many tasks at once to the service's API, and how far they are."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cluster.client import Client
from cluster.client.options import SizeOption
from storage.documents.progress import PHASES
from storage.documents.task import Task

PROMPTS = ("社区读书会 11月28日 14:00 城市书房", "Jazz night, Friday Dec 5, 8 pm, Blue Note", "招聘高级软件工程师 上海")
SIZE: SizeOption = {"width": 360, "height": 640}
POLL_SECONDS = 0.1
MOST = 100
"""Tasks of a burst: they are looked at as one page."""


@dataclass
class Burst:
    """``began``: when it was sent (monotonic seconds); the others once they happened."""

    client: Client
    task_ids: list[str] = field(default_factory=list)
    began: float = 0.0
    pictured: float | None = None
    """The first task had its picture from the image model."""
    answered: float | None = None
    """The first task was final."""
    over: float | None = None
    """All were."""

    def send(self, count: int) -> None:
        """One task after the other, as fast as the API takes them."""
        self.began = time.monotonic()
        for number in range(count):
            task = self.client.create_task(PROMPTS[number % len(PROMPTS)], size=SIZE, seed=number)
            self.task_ids.append(task.id)

    def wait(self, longest: float, seen: Callable[[list[Task]], None] = lambda _tasks: None) -> list[Task]:
        """The tasks once all are final. Raises TimeoutError."""
        deadline = time.monotonic() + longest
        beyond = PHASES["generating_elements"].percentage
        while time.monotonic() < deadline:
            tasks = self._tasks()
            now = time.monotonic()
            if self.pictured is None and any(task.progress.percentage >= beyond for task in tasks):
                self.pictured = now
            if self.answered is None and any(task.final for task in tasks):
                self.answered = now
            if all(task.final for task in tasks):
                self.over = now
                return tasks
            seen(tasks)
            time.sleep(POLL_SECONDS)
        raise TimeoutError(f"{len(self.task_ids)} tasks are not final after {longest:.0f} s")

    def _tasks(self) -> list[Task]:
        mine = set(self.task_ids)
        return [task for task in self.client.list_tasks(limit=MOST).items if task.id in mine]
