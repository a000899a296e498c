"""The database port: tasks, their leases and events, posters and elements.

Every method is one transaction. ``user_id`` None means a service that may see all; otherwise another user's things
are not found. ``attempt`` is a fencing token: a stale one raises StaleAttempt, a final task raises TaskCancelled.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from storage.database.backoff import DEFAULT_BACKOFF, Backoff
from storage.database.client_base import ClientDatabase
from storage.database.key_base import KeyDatabase
from storage.database.queue_base import QueueDatabase
from storage.database.usage_base import UsageDatabase
from storage.documents.element import Element, ElementUpdate
from storage.documents.poster import Poster, PosterDocument, PosterFiles
from storage.documents.progress import TaskEvent
from storage.documents.task import Task, TaskError, TaskExecutor, TaskLane, TaskParams

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """Newest first; ``next`` is an opaque cursor, None on the last page."""

    items: list[ItemT]
    next: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A task this owner may work on while it renews the lease."""

    task_id: str
    attempt: int
    priority: int


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """An event with its number among the events of all tasks."""

    id: int
    task_id: str
    event: TaskEvent


class Database(KeyDatabase, ClientDatabase, QueueDatabase, UsageDatabase):
    """Truth of the system."""

    @abstractmethod
    def migrate(self) -> None:
        """Bring the schema to the newest revision; safe to call by several processes."""

    @abstractmethod
    def ping(self) -> None:
        """Raise UnavailableError unless a trivial read works."""

    @abstractmethod
    def close(self) -> None:
        """Release connections."""

    # tasks
    @abstractmethod
    def create_task(
        self, user_id: str, params: TaskParams, priority: int = 0, *, executor: TaskExecutor = "cluster",
        lane: TaskLane = "interactive", request_key: str | None = None, most_unfinished: int | None = None,
    ) -> Task:  # fmt: skip
        """Task row, outbox row (none for an external task) and the ``init`` event, in one transaction.

        ``request_key``: an Idempotency-Key reserved by ``reserve_request``; the task becomes its answer.
        Raises TooManyError when the user has ``most_unfinished`` tasks that are not final.
        """

    @abstractmethod
    def get_task(self, task_id: str, user_id: str | None = None) -> Task:
        """Raises TaskNotFound."""

    @abstractmethod
    def list_tasks(
        self, user_id: str | None = None, status: str | None = None, limit: int = 20, cursor: str | None = None
    ) -> Page[Task]:
        """Keyset page by (created_at, id). Raises ValidationError for a cursor that is not ours."""

    @abstractmethod
    def cancel_task(self, task_id: str, user_id: str | None = None) -> Task:
        """Idempotent on a cancelled task; ConflictError on one that completed or failed."""

    # work
    @abstractmethod
    def claim(self, owner: str, limit: int, lease_seconds: float) -> list[Claim]:
        """Take up to ``limit`` pending tasks, each once: by priority, then users in turn.

        The bulk lane's come last, but for one claim in so many, which is theirs while both lanes have tasks.
        """

    @abstractmethod
    def backlog(self) -> int:
        """How many tasks could be claimed now; those that wait for a retry could not."""

    @abstractmethod
    def renew(self, task_id: str, attempt: int, lease_seconds: float) -> None:
        """Extend the lease. Raises StaleAttempt, TaskCancelled."""

    @abstractmethod
    def check_fence(self, task_id: str, attempt: int) -> None:
        """Raises StaleAttempt or TaskCancelled unless this attempt may still write."""

    @abstractmethod
    def record_progress(
        self, task_id: str, attempt: int, phase: str, percentage: float, message: str,
        details: dict[str, Any] | None = None,
    ) -> TaskEvent:  # fmt: skip
        """Store the next event; percentage never falls within an attempt."""

    @abstractmethod
    def fail_attempt(
        self, task_id: str, attempt: int, error: TaskError, max_attempts: int, backoff: Backoff = DEFAULT_BACKOFF
    ) -> Task:
        """Count a failure: back to pending, to be claimed after a wait; at the last ``failed`` (phase failed, -1)."""

    @abstractmethod
    def postpone(self, task_id: str, attempt: int, error: TaskError, backoff: Backoff = DEFAULT_BACKOFF) -> Task:
        """Back to pending, to be claimed after a wait; counts nothing (storage was away: not the task's fault)."""

    @abstractmethod
    def release(self, task_id: str, attempt: int) -> None:
        """Give the task back uncounted (drain)."""

    @abstractmethod
    def release_owned(self, owner_prefix: str) -> list[str]:
        """Give back, uncounted, all tasks of the owners named so, who are known to be gone; the tasks' ids."""

    @abstractmethod
    def requeue_lapsed(self, max_attempts: int) -> list[str]:
        """Put tasks whose lease ran out back to pending; ids of those put back.

        One death may be the machine's fault and counts nothing; from the second in a row in the same step on, each
        death there counts like a failure. A task whose worker had not begun when it died counts nothing either.
        """

    @abstractmethod
    def rebalance_turns(self) -> list[str]:
        """Move waiting tasks of users whose tasks turned out dearer, or cheaper, than thought; these users' ids."""

    @abstractmethod
    def complete_task(
        self, task_id: str, attempt: int, document: PosterDocument, files: PosterFiles, quality: dict[str, Any]
    ) -> Task:
        """Poster, layers, elements, files, result, status and the terminal event, in one transaction."""

    @abstractmethod
    def events_since(self, task_id: str, seq: int, limit: int = 500) -> list[TaskEvent]:
        """Events with a greater number, in order."""

    @abstractmethod
    def newest_seqs(self, task_ids: Sequence[str]) -> dict[str, int]:
        """The greatest number of each of these tasks that has an event; one cheap read."""

    @abstractmethod
    def events_after(self, event_id: int, limit: int = 500) -> list[NumberedEvent]:
        """Events of all tasks with a greater global number, in order."""

    # posters
    @abstractmethod
    def get_poster(self, poster_id: str, user_id: str | None = None) -> Poster:
        """Raises PosterNotFound. ``metadata.quality`` is the verdict of the current version."""

    @abstractmethod
    def get_document(self, poster_id: str, user_id: str | None = None) -> PosterDocument:
        """The whole poster. Raises PosterNotFound."""

    @abstractmethod
    def list_posters(
        self, user_id: str | None = None, task_id: str | None = None, limit: int = 20, cursor: str | None = None
    ) -> Page[Poster]:
        """Keyset page by (created_at, id)."""

    @abstractmethod
    def get_element(self, element_id: str, user_id: str | None = None) -> Element:
        """Raises ElementNotFound."""

    @abstractmethod
    def element_version(self, element_id: str, user_id: str | None = None) -> int:
        """Version of what ``get_element`` gives; one cheap read. Raises ElementNotFound."""

    @abstractmethod
    def update_element(self, element_id: str, update: ElementUpdate, user_id: str | None = None) -> Element:
        """Replace each object given; raises the poster's version and sets its verdict to pending.

        Raises ElementNotFound; ConflictError while the task still runs.
        """

    @abstractmethod
    def poster_of_element(self, element_id: str, user_id: str | None = None) -> str:
        """Id of the poster an element belongs to. Raises ElementNotFound."""

    @abstractmethod
    def get_files(self, poster_id: str, version: int) -> PosterFiles | None:
        """Files of that version, None while nobody has made them."""

    @abstractmethod
    def put_files(self, poster_id: str, files: PosterFiles) -> None:
        """Idempotent."""

    @abstractmethod
    def put_quality(self, poster_id: str, version: int, quality: dict[str, Any]) -> None:
        """Store a version's verdict; ignored when the poster has a newer version."""

    @abstractmethod
    def pending_reviews(self, limit: int = 10) -> list[tuple[str, int]]:
        """(poster id, version) of current versions whose verdict is pending."""
