"""The task queue port: how accepted tasks reach a worker."""

from abc import ABC, abstractmethod

from storage.database.base import Claim


class TaskQueue(ABC):
    """Whatever carries the tasks, the claim is in the database: a task that is delivered twice is claimed once."""

    @abstractmethod
    def take(self, owner: str, limit: int, lease_seconds: float) -> list[Claim]:
        """Claim up to ``limit`` tasks for ``owner``; empty when none waits. Does not block. Raises UnavailableError."""

    @abstractmethod
    def backlog(self) -> int:
        """How many tasks wait for a worker. Raises UnavailableError."""

    @abstractmethod
    def close(self) -> None:
        """Release connections of its own; the database stays open."""
