"""The part of the database port for what clients do beside reading: external tasks, uploads, deletion.

``user_id`` is the scope, as in the rest of the port. ``caller`` owns what nobody owned before; it differs from the
scope for services, who see all.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.documents.element import Element
from storage.documents.external import NewElements, NewPoster, TaskCompletion
from storage.documents.poster import Poster
from storage.documents.progress import TaskEvent, TaskProgress
from storage.documents.task import Task
from storage.documents.upload import Upload


@dataclass(frozen=True, slots=True)
class QueueView:
    """Of the tasks asked for: the place of each that could be claimed now (1 is next), when one that failed may be
    tried again, and how many other tasks of its user are at work.

    ``running``: how many tasks are at work. ``recent_seconds``: what completed tasks took lately, shortest first.
    """

    places: dict[str, int]
    retries: dict[str, datetime]
    own_running: dict[str, int]
    running: int
    recent_seconds: list[float]


@dataclass(frozen=True, slots=True)
class Belongings:
    """Objects that go with a task or a poster: whole folders, and single keys."""

    folders: list[str]
    keys: list[str]


class ClientDatabase(ABC):
    """Every method is one transaction."""

    # tasks
    @abstractmethod
    def retry_task(self, task_id: str, user_id: str | None = None, most_unfinished: int | None = None) -> Task:
        """A new task that asks for the same.

        Raises TaskNotFound; ConflictError while the old one is not final; TooManyError as ``create_task`` does.
        """

    @abstractmethod
    def queue_view(self, task_ids: Sequence[str]) -> QueueView:
        """Where these tasks are in the queue; those that do not wait are left out."""

    @abstractmethod
    def sweep(self) -> list[str]:
        """Fail external tasks after 24 hours (their ids), and drop requests' keys as old."""

    # repeated requests
    @abstractmethod
    def reserve_request(self, user_id: str, key: str, body_hash: str) -> Task | None:
        """The first answer under a user's Idempotency-Key, None when this request is the first.

        Raises IdempotencyKeyReused for another body; ConflictError while the first is in flight.
        """

    @abstractmethod
    def store_answer(self, user_id: str, key: str, answer: Task) -> None:
        """What later requests under the key get; ``create_task`` stored the bare task already."""

    @abstractmethod
    def abandon_request(self, user_id: str, key: str) -> None:
        """Free a reserved key under which nothing was made; idempotent."""

    # external tasks: TaskNotFound, PosterNotFound; ConflictError on a task of the cluster, TaskCancelled on a final one
    @abstractmethod
    def report_external(self, task_id: str, progress: TaskProgress, user_id: str | None = None) -> TaskEvent:
        """Store the next event; phase ``failed`` ends the task. ValidationError for another phase below 0."""

    @abstractmethod
    def create_poster(self, new: NewPoster, caller: str, user_id: str | None = None) -> Poster:
        """The task's one poster; said again, it stays as it is. ConflictError for a layer of somebody else."""

    @abstractmethod
    def create_elements(self, new: NewElements, caller: str, user_id: str | None = None) -> list[Element]:
        """Stack elements on their layers, which are made at their first use. ConflictError for somebody else's."""

    @abstractmethod
    def complete_external(
        self, task_id: str, completion: TaskCompletion, caller: str, user_id: str | None = None
    ) -> Task:
        """Link the layers in order and end the task; said again, it is as it was."""

    # elements
    @abstractmethod
    def patch_element(
        self, element_id: str, version: int, change: dict[str, Any], user_id: str | None = None
    ) -> Element:
        """Merge as RFC 7396. Raises ElementNotFound, ValidationError; ConflictError for an old version."""

    # uploads
    @abstractmethod
    def add_upload(self, upload: Upload) -> None:
        """Note whose a stored object is."""

    @abstractmethod
    def check_readable(self, key: str, user_id: str | None = None) -> None:
        """Raise ObjectNotFound unless the user uploaded the object, or a poster of theirs has it."""

    @abstractmethod
    def unowned(self, keys: Sequence[str], edited_before: float) -> list[str]:
        """Those of these object keys that nobody will ask for.

        No row names them, nor will an unfinished task; or an edit before that moment (epoch seconds) replaced them.
        """

    # deletion
    @abstractmethod
    def belongings_of_task(self, task_id: str, user_id: str | None = None) -> Belongings:
        """What to delete from the object store first. Raises TaskNotFound; ConflictError while it is not final."""

    @abstractmethod
    def belongings_of_poster(self, poster_id: str, user_id: str | None = None) -> Belongings:
        """What to delete from the object store first. Raises PosterNotFound; ConflictError while its task runs."""

    @abstractmethod
    def delete_task(self, task_id: str, user_id: str | None = None) -> None:
        """The task, its events and its posters. Raises as ``belongings_of_task``."""

    @abstractmethod
    def delete_poster(self, poster_id: str, user_id: str | None = None) -> None:
        """The poster, its layers and elements; its task stays. Raises as ``belongings_of_poster``."""
