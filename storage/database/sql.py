"""The database port over SQL sessions, whichever the server."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session
from typing_extensions import override

from storage.announcer.base import Announcer, Change, NoAnnouncer
from storage.database import changes, costs, creation, elements, events, leases, posters, requests, tasks, turns
from storage.database.backoff import DEFAULT_BACKOFF, Backoff
from storage.database.base import Claim, Database, NumberedEvent, Page
from storage.database.clock import Clock
from storage.database.fairness import EQUAL, Fairness
from storage.database.lanes import LaneTurns
from storage.database.sessions import ResultT, Sessions
from storage.database.sql_client import SqlClientMethods
from storage.database.sql_keys import SqlKeyMethods
from storage.database.sql_queue import SqlQueueMethods
from storage.database.sql_usage import SqlUsageMethods
from storage.database.together import Together
from storage.documents.element import Element, ElementUpdate
from storage.documents.poster import Poster, PosterDocument, PosterFiles
from storage.documents.progress import TaskEvent
from storage.documents.task import Task, TaskError, TaskExecutor, TaskLane, TaskParams
from storage.errors import ConflictError, TooManyError

CREATED_AT_ONCE = 64


class SqlDatabase(SqlKeyMethods, SqlClientMethods, SqlQueueMethods, SqlUsageMethods, Database):
    """Database over ``sessions``; thread-safe. Every method is one transaction, which the server may have run again."""

    def __init__(
        self, sessions: Sessions, clock: Clock, announcer: Announcer | None = None, fairness: Fairness = EQUAL
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._fairness = fairness
        self._lanes = LaneTurns(fairness.bulk_every)
        self._announcer = announcer or NoAnnouncer()
        self._creating = Together(self._create, CREATED_AT_ONCE, (TooManyError, ConflictError))

    @override
    def _now(self) -> float:
        return self._clock()

    @override
    def _read(self, action: Callable[[Session], ResultT]) -> ResultT:
        return self._sessions.read(action)

    @override
    def _write(self, action: Callable[[Session], ResultT]) -> ResultT:
        made: list[Change] = []

        def noting(session: Session) -> ResultT:
            result = action(session)
            made[:] = changes.noted(session)
            return result

        result = self._sessions.write(noting)
        if made:
            self._announcer.announce(made)
        return result

    @override
    def migrate(self) -> None:
        from storage.migrations import run  # alembic takes a third of a second to import

        with self._sessions.connection() as connection:
            run.upgrade(connection)

    @override
    def ping(self) -> None:
        self._read(lambda session: session.execute(text("SELECT 1 FROM tasks LIMIT 1")))

    @override
    def close(self) -> None:
        self._announcer.close()
        self._sessions.close()

    # tasks
    @override
    def create_task(
        self, user_id: str, params: TaskParams, priority: int = 0, *, executor: TaskExecutor = "cluster",
        lane: TaskLane = "interactive", request_key: str | None = None, most_unfinished: int | None = None,
    ) -> Task:  # fmt: skip
        key = requests.request_id(user_id, request_key) if request_key is not None else None
        origin = creation.Origin(executor, lane=lane)
        return self._creating.call(creation.Order(user_id, params, priority, origin, key, most_unfinished))

    def _create(self, orders: Sequence[creation.Order]) -> list[Task]:
        return self._write(lambda session: creation.create(session, orders, self._now(), self._fairness))

    @override
    def get_task(self, task_id: str, user_id: str | None = None) -> Task:
        return self._read(lambda session: tasks.read(session, tasks.load(session, task_id, user_id)))

    @override
    def list_tasks(
        self, user_id: str | None = None, status: str | None = None, limit: int = 20, cursor: str | None = None
    ) -> Page[Task]:
        return self._read(lambda session: tasks.list_page(session, user_id, status, limit, cursor))

    @override
    def cancel_task(self, task_id: str, user_id: str | None = None) -> Task:
        return self._write(lambda session: tasks.cancel(session, task_id, user_id, self._now()))

    # work
    @override
    def claim(self, owner: str, limit: int, lease_seconds: float) -> list[Claim]:
        # An idle ingress asks ten times a second: only a queue that has something is locked.
        if limit < 1 or not self.backlog():
            return []
        bulk = list(self._lanes.next_are_bulk(limit))
        claims = self._write(lambda session: leases.claim(session, owner, bulk, lease_seconds, self._now()))
        self._lanes.note(len(claims))
        return claims

    @override
    def backlog(self) -> int:
        return self._read(lambda session: leases.backlog(session, self._now()))

    @override
    def renew(self, task_id: str, attempt: int, lease_seconds: float) -> None:
        self._write(lambda session: leases.renew(session, task_id, attempt, lease_seconds, self._now()))

    @override
    def check_fence(self, task_id: str, attempt: int) -> None:
        self._read(lambda session: leases.fenced(session, task_id, attempt, lock=False))

    @override
    def record_progress(
        self, task_id: str, attempt: int, phase: str, percentage: float, message: str,
        details: dict[str, Any] | None = None,
    ) -> TaskEvent:  # fmt: skip
        def record(session: Session) -> TaskEvent:
            task, _ = leases.fenced(session, task_id, attempt)
            return events.append_rising(session, task, phase, percentage, message, details, attempt=attempt,
                                        now=self._now())  # fmt: skip

        return self._write(record)

    @override
    def fail_attempt(
        self, task_id: str, attempt: int, error: TaskError, max_attempts: int, backoff: Backoff = DEFAULT_BACKOFF
    ) -> Task:
        return self._write(
            lambda session: leases.fail(session, task_id, attempt, error, max_attempts, backoff, self._now())
        )

    @override
    def postpone(self, task_id: str, attempt: int, error: TaskError, backoff: Backoff = DEFAULT_BACKOFF) -> Task:
        return self._write(lambda session: leases.postpone(session, task_id, attempt, error, backoff, self._now()))

    @override
    def release(self, task_id: str, attempt: int) -> None:
        self._write(lambda session: leases.release(session, task_id, attempt, self._now()))

    @override
    def release_owned(self, owner_prefix: str) -> list[str]:
        return self._write(lambda session: leases.release_owned(session, owner_prefix, self._now()))

    @override
    def requeue_lapsed(self, max_attempts: int) -> list[str]:
        if not self._read(lambda session: leases.any_lapsed(session, self._now())):
            return []
        return self._write(lambda session: leases.requeue_lapsed(session, max_attempts, self._now()))

    @override
    def rebalance_turns(self) -> list[str]:
        users = self._read(lambda session: costs.unbalanced(session))
        for user_id in users:
            self._write(lambda session, user_id=user_id: turns.rebalance(session, user_id))  # type: ignore[misc]
        return users

    @override
    def complete_task(
        self, task_id: str, attempt: int, document: PosterDocument, files: PosterFiles, quality: dict[str, Any]
    ) -> Task:
        return self._write(
            lambda session: posters.complete(session, task_id, attempt, document, files, quality, self._now())
        )

    # events
    @override
    def events_since(self, task_id: str, seq: int, limit: int = 500) -> list[TaskEvent]:
        return self._read(lambda session: events.since(session, task_id, seq, limit))

    @override
    def newest_seqs(self, task_ids: Sequence[str]) -> dict[str, int]:
        return self._read(lambda session: events.newest_seqs(session, task_ids))

    @override
    def events_after(self, event_id: int, limit: int = 500) -> list[NumberedEvent]:
        return self._read(lambda session: events.after(session, event_id, limit))

    # posters
    @override
    def get_poster(self, poster_id: str, user_id: str | None = None) -> Poster:
        return self._read(lambda session: posters.get(session, poster_id, user_id))

    @override
    def get_document(self, poster_id: str, user_id: str | None = None) -> PosterDocument:
        return self._read(lambda session: posters.get_document(session, poster_id, user_id))

    @override
    def list_posters(
        self, user_id: str | None = None, task_id: str | None = None, limit: int = 20, cursor: str | None = None
    ) -> Page[Poster]:
        return self._read(lambda session: posters.list_page(session, user_id, task_id, limit, cursor))

    @override
    def get_element(self, element_id: str, user_id: str | None = None) -> Element:
        return self._read(lambda session: elements.get(session, element_id, user_id))

    @override
    def element_version(self, element_id: str, user_id: str | None = None) -> int:
        return self._read(lambda session: elements.version(session, element_id, user_id))

    @override
    def update_element(self, element_id: str, update: ElementUpdate, user_id: str | None = None) -> Element:
        return self._write(lambda session: elements.update(session, element_id, update, user_id, self._now()))

    @override
    def poster_of_element(self, element_id: str, user_id: str | None = None) -> str:
        return self._read(lambda session: elements.load(session, element_id, user_id)[1].id)

    @override
    def get_files(self, poster_id: str, version: int) -> PosterFiles | None:
        return self._read(lambda session: posters.get_files(session, poster_id, version))

    @override
    def put_files(self, poster_id: str, files: PosterFiles) -> None:
        self._write(lambda session: posters.put_files(session, poster_id, files))

    @override
    def put_quality(self, poster_id: str, version: int, quality: dict[str, Any]) -> None:
        self._write(lambda session: posters.put_quality(session, poster_id, version, quality))

    @override
    def pending_reviews(self, limit: int = 10) -> list[tuple[str, int]]:
        return self._read(lambda session: posters.pending_reviews(session, limit))
