"""Waiting for a task by asking: how long between two questions, and what its end means."""

import time

from cluster.client.errors import TaskFailed, TaskWasCancelled, WaitTimeout
from storage.documents.task import Task

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.0
GROWTH = 1.5


class Patience:
    """Pauses that grow, until ``timeout`` seconds (None: no limit) are over."""

    def __init__(self, task_id: str, timeout: float | None) -> None:
        self._task_id, self._timeout = task_id, timeout
        self._started = time.monotonic()
        self._pause = FIRST_PAUSE

    def pause(self) -> float:
        """Seconds until the next question. Raises WaitTimeout when the time is over."""
        pause, self._pause = self._pause, min(LONGEST_PAUSE, self._pause * GROWTH)
        if self._timeout is None:
            return pause
        left = self._timeout - (time.monotonic() - self._started)
        if left <= 0:
            raise WaitTimeout(f"Task {self._task_id} has not ended after {self._timeout:g} s; it goes on.")
        return min(pause, left)


def completed(task: Task) -> Task:
    """The ended task. Raises TaskFailed or TaskWasCancelled when there is no poster."""
    if task.status == "failed":
        raise TaskFailed(task)
    if task.status == "cancelled":
        raise TaskWasCancelled(task)
    return task
