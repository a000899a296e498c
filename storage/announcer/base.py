"""The announcer port: what a committed transaction changed, told to whoever keeps copies or waits for news."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from storage.documents.element import Element
from storage.documents.progress import TaskEvent


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is in the database by now."""

    @property
    def removes(self) -> bool:
        """Whether copies must go, so that it is not forgotten while nobody can be told."""
        return False


@dataclass(frozen=True, slots=True)
class Removal(Change):
    """Copies of something must go."""

    @property
    @override
    def removes(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class EventStored(Change):
    """A task, made at ``created_at``, has a next event."""

    task_id: str
    created_at: datetime
    event: TaskEvent

    @property
    @override
    def removes(self) -> bool:
        return self.completes

    @property
    def completes(self) -> bool:
        """Whether the task is completed with it."""
        return self.event.type == "end" and self.event.status == "completed"


@dataclass(frozen=True, slots=True)
class TaskDeleted(Removal):
    """A task is no more."""

    task_id: str


@dataclass(frozen=True, slots=True)
class ElementStored(Change):
    """An element is new."""

    element: Element


@dataclass(frozen=True, slots=True)
class ElementEdited(Removal):
    """An element is another since this version."""

    element_id: str
    version: int


@dataclass(frozen=True, slots=True)
class ElementDeleted(Removal):
    """An element is no more."""

    element_id: str


class Announcer(ABC):
    """Called after each commit. What it tells is a hint: readers ask the database, and go on without it."""

    @abstractmethod
    def announce(self, changes: Sequence[Change]) -> None:
        """Tell of these changes, in order, soon; never waits for a server and never fails."""

    @abstractmethod
    def close(self) -> None:
        """Tell what is left, for a moment, and stop."""


class NoAnnouncer(Announcer):
    """Nobody keeps copies."""

    @override
    def announce(self, changes: Sequence[Change]) -> None:
        return

    @override
    def close(self) -> None:
        return
