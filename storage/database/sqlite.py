"""The embedded adapter: one SQLite file on one host."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel import Session
from typing_extensions import override

from configs.keys import Role
from storage.database import elements, events, keys, leases, posters, quota, requests, tasks
from storage.database.backoff import DEFAULT_BACKOFF, Backoff
from storage.database.base import Claim, Database, NumberedEvent, Page
from storage.database.clock import Clock, system_clock
from storage.database.files import file_lock
from storage.database.host import HostClaim
from storage.database.sessions import Sessions
from storage.database.sql_client import SqlClientMethods
from storage.documents.element import Element, ElementUpdate
from storage.documents.key import ApiKey
from storage.documents.poster import Poster, PosterDocument, PosterFiles
from storage.documents.progress import TaskEvent
from storage.documents.task import Task, TaskError, TaskExecutor, TaskParams
from storage.errors import UnavailableError


class SqliteDatabase(SqlClientMethods, Database):
    """Database on the SQLite file at ``path``; thread-safe, and safe for many processes of one host.

    Raises UnavailableError when the folder cannot be used, or another host uses it.
    """

    def __init__(self, path: Path, clock: Clock = system_clock) -> None:
        self._path = path
        self._clock = clock
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._host = HostClaim(path)
        except OSError as error:
            raise UnavailableError(
                f"The data folder {path.parent} cannot be used: {error}.", part="database"
            ) from error
        self._sessions = Sessions(path)

    @override
    def _now(self) -> float:
        return self._clock()

    @override
    def _read(self) -> AbstractContextManager[Session]:
        return self._sessions.read()

    @override
    @contextmanager
    def _write(self) -> Iterator[Session]:
        self._host.stamp()
        with self._sessions.write() as session:
            yield session

    @override
    def migrate(self) -> None:
        from storage.migrations import run  # alembic takes a third of a second to import

        with file_lock(self._path), self._sessions.connection() as connection:
            run.upgrade(connection)

    @override
    def ping(self) -> None:
        with self._read() as session:
            session.execute(text("SELECT 1 FROM tasks LIMIT 1"))

    @override
    def close(self) -> None:
        self._sessions.close()
        self._host.close()

    # keys
    @override
    def create_key(self, user_id: str, role: Role, name: str, digest: str) -> ApiKey:
        with self._write() as session:
            return keys.create(session, user_id, role, name, digest, self._clock())

    @override
    def list_keys(self) -> list[ApiKey]:
        with self._read() as session:
            return keys.list_all(session)

    @override
    def has_keys(self) -> bool:
        with self._read() as session:
            return keys.any_made(session)

    @override
    def find_key(self, digest: str) -> ApiKey | None:
        with self._read() as session:
            return keys.find(session, digest)

    @override
    def note_key_use(self, key_id: str) -> None:
        with self._write() as session:
            keys.note_use(session, key_id, self._clock())

    @override
    def revoke_key(self, key_id: str) -> ApiKey:
        with self._write() as session:
            return keys.revoke(session, key_id, self._clock())

    # tasks
    @override
    def create_task(
        self, user_id: str, params: TaskParams, priority: int = 0, *, executor: TaskExecutor = "cluster",
        request_key: str | None = None, most_unfinished: int | None = None,
    ) -> Task:  # fmt: skip
        with self._write() as session:
            quota.check(session, user_id, most_unfinished)
            task = tasks.create(session, user_id, params, priority, self._clock(), tasks.Origin(executor))
            if request_key is not None:
                requests.settle(session, requests.request_id(user_id, request_key), task)
            return task

    @override
    def get_task(self, task_id: str, user_id: str | None = None) -> Task:
        with self._read() as session:
            return tasks.read(session, tasks.load(session, task_id, user_id))

    @override
    def list_tasks(
        self, user_id: str | None = None, status: str | None = None, limit: int = 20, cursor: str | None = None
    ) -> Page[Task]:
        with self._read() as session:
            return tasks.list_page(session, user_id, status, limit, cursor)

    @override
    def cancel_task(self, task_id: str, user_id: str | None = None) -> Task:
        with self._write() as session:
            return tasks.cancel(session, task_id, user_id, self._clock())

    # work
    @override
    def claim(self, owner: str, limit: int, lease_seconds: float) -> list[Claim]:
        # An idle ingress asks twenty times a second: only a queue that has something takes the write lock.
        self._host.stamp()
        if limit < 1 or not self.backlog():
            return []
        with self._write() as session:
            return leases.claim(session, owner, limit, lease_seconds, self._clock())

    @override
    def backlog(self) -> int:
        with self._read() as session:
            return leases.backlog(session, self._clock())

    @override
    def renew(self, task_id: str, attempt: int, lease_seconds: float) -> None:
        with self._write() as session:
            leases.renew(session, task_id, attempt, lease_seconds, self._clock())

    @override
    def check_fence(self, task_id: str, attempt: int) -> None:
        with self._read() as session:
            leases.fenced(session, task_id, attempt, lock=False)

    @override
    def record_progress(
        self, task_id: str, attempt: int, phase: str, percentage: float, message: str,
        details: dict[str, Any] | None = None,
    ) -> TaskEvent:  # fmt: skip
        with self._write() as session:
            task, _ = leases.fenced(session, task_id, attempt)
            return events.append_rising(session, task, phase, percentage, message, details, attempt=attempt,
                                        now=self._clock())  # fmt: skip

    @override
    def fail_attempt(
        self, task_id: str, attempt: int, error: TaskError, max_attempts: int, backoff: Backoff = DEFAULT_BACKOFF
    ) -> Task:
        with self._write() as session:
            return leases.fail(session, task_id, attempt, error, max_attempts, backoff, self._clock())

    @override
    def postpone(self, task_id: str, attempt: int, error: TaskError, backoff: Backoff = DEFAULT_BACKOFF) -> Task:
        with self._write() as session:
            return leases.postpone(session, task_id, attempt, error, backoff, self._clock())

    @override
    def release(self, task_id: str, attempt: int) -> None:
        with self._write() as session:
            leases.release(session, task_id, attempt, self._clock())

    @override
    def release_owned(self, owner_prefix: str) -> list[str]:
        with self._write() as session:
            return leases.release_owned(session, owner_prefix, self._clock())

    @override
    def requeue_lapsed(self, max_attempts: int) -> list[str]:
        with self._read() as session:
            if not leases.any_lapsed(session, self._clock()):
                return []
        with self._write() as session:
            return leases.requeue_lapsed(session, max_attempts, self._clock())

    @override
    def complete_task(
        self, task_id: str, attempt: int, document: PosterDocument, files: PosterFiles, quality: dict[str, Any]
    ) -> Task:
        with self._write() as session:
            return posters.complete(session, task_id, attempt, document, files, quality, self._clock())

    # events
    @override
    def events_since(self, task_id: str, seq: int, limit: int = 500) -> list[TaskEvent]:
        with self._read() as session:
            return events.since(session, task_id, seq, limit)

    @override
    def newest_event_id(self) -> int:
        with self._read() as session:
            return events.newest_id(session)

    @override
    def events_after(self, event_id: int, limit: int = 500) -> list[NumberedEvent]:
        with self._read() as session:
            return events.after(session, event_id, limit)

    # posters
    @override
    def get_poster(self, poster_id: str, user_id: str | None = None) -> Poster:
        with self._read() as session:
            return posters.get(session, poster_id, user_id)

    @override
    def get_document(self, poster_id: str, user_id: str | None = None) -> PosterDocument:
        with self._read() as session:
            return posters.get_document(session, poster_id, user_id)

    @override
    def list_posters(
        self, user_id: str | None = None, task_id: str | None = None, limit: int = 20, cursor: str | None = None
    ) -> Page[Poster]:
        with self._read() as session:
            return posters.list_page(session, user_id, task_id, limit, cursor)

    @override
    def get_element(self, element_id: str, user_id: str | None = None) -> Element:
        with self._read() as session:
            return elements.get(session, element_id, user_id)

    @override
    def update_element(self, element_id: str, update: ElementUpdate, user_id: str | None = None) -> Element:
        with self._write() as session:
            return elements.update(session, element_id, update, user_id, self._clock())

    @override
    def poster_of_element(self, element_id: str, user_id: str | None = None) -> str:
        with self._read() as session:
            return elements.load(session, element_id, user_id)[1].id

    @override
    def get_files(self, poster_id: str, version: int) -> PosterFiles | None:
        with self._read() as session:
            return posters.get_files(session, poster_id, version)

    @override
    def put_files(self, poster_id: str, files: PosterFiles) -> None:
        with self._write() as session:
            posters.put_files(session, poster_id, files)

    @override
    def put_quality(self, poster_id: str, version: int, quality: dict[str, Any]) -> None:
        with self._write() as session:
            posters.put_quality(session, poster_id, version, quality)

    @override
    def pending_reviews(self, limit: int = 10) -> list[tuple[str, int]]:
        with self._read() as session:
            return posters.pending_reviews(session, limit)
