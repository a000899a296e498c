"""The task queue port: how accepted tasks reach a worker."""

from abc import ABC, abstractmethod

from storage.database.base import Claim


class TaskQueue(ABC):
    """Whatever carries the tasks, the claim is in the database: a task that is delivered twice is claimed once."""

    @abstractmethod
    def ready(self, wait_seconds: float = 0) -> bool:
        """Whether ``take`` may give something now; waits so long if not. Keeps a consumer known that takes nothing.

        Call it at least every few seconds; it blocks for longer only while the consumer joins. Raises
        UnavailableError.
        """

    @abstractmethod
    def take(self, owner: str, limit: int, lease_seconds: float) -> list[Claim]:
        """Claim up to ``limit`` delivered tasks for ``owner``; empty when none is there. Raises UnavailableError."""

    @abstractmethod
    def ping(self) -> None:
        """Raise UnavailableError unless the queue answers."""

    @abstractmethod
    def lag(self) -> dict[str, int]:
        """Records of each topic that no consumer has settled; empty without topics. Raises UnavailableError."""

    @abstractmethod
    def close(self) -> None:
        """Settle what is claimed, leave the group, release connections; the database stays open."""


class Publisher(ABC):
    """Carries accepted tasks from the outbox into the queue. Publishing one twice is harmless."""

    @abstractmethod
    def publish(self) -> int:
        """Publish what may be published now; how many tasks that were. Raises UnavailableError."""

    @abstractmethod
    def close(self) -> None:
        """Release connections; the database stays open."""
