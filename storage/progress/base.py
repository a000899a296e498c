"""The progress port: a task's events as they happen."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator

from storage.documents.progress import TaskEvent


class ProgressFeed(ABC):
    """One per process, for all its streams. The stored events are the truth; a feed only brings them soon."""

    @abstractmethod
    def follow(self, task_id: str, since_seq: int) -> AsyncGenerator[TaskEvent, None]:
        """Every event of the task with a greater number, in order, each once; ends after the one of type ``end``.

        ``since_seq`` is a number that was seen, or 0. A slow reader holds up nobody and loses nothing. Close the
        generator (``contextlib.aclosing``) to leave early.
        """

    @abstractmethod
    def ping(self) -> None:
        """Raise UnavailableError while events come later than they should; they do come."""

    @abstractmethod
    def close(self) -> None:
        """End every stream and the feed's own threads."""
