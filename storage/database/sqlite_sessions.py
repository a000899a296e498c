"""SQLite connections and transactions.

WAL with ``synchronous=FULL``: an answer "accepted" must survive a power cut, and that costs one fsync a commit (about
fifteen a poster). Writers start with BEGIN IMMEDIATE, so that two of them never deadlock on upgrading a read lock.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlmodel import Session
from typing_extensions import override

from storage.database import sessions
from storage.database.files import file_lock
from storage.database.rows import to_json
from storage.database.sessions import ResultT, Sessions
from storage.database.together import Together
from storage.errors import UnavailableError

BUSY_SECONDS = 30
POOL_SIZE, POOL_OVERFLOW = 16, 32
WRITTEN_AT_ONCE = 32


def configure_connection(connection: Any, *, synchronous: str = "FULL") -> None:
    """The pragmas every connection to the file needs (on a ``sqlite3.Connection``)."""
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}", "journal_mode = WAL", f"synchronous = {synchronous}",
        "foreign_keys = ON", "journal_size_limit = 67108864",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def open_engine(path: Path) -> Engine:
    """A pooled engine on the file. Transactions begin IMMEDIATE on connections with the option ``writes``."""
    engine = create_engine(
        f"sqlite:///{path}", pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW, json_serializer=to_json,
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # The driver's own implicit BEGIN is off; "begin" below says which kind.
        connection.isolation_level = None
        configure_connection(connection)

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def named_errors() -> AbstractContextManager[None]:
    """The errors of SQLAlchemy, and of the driver where it is used without it, as ours."""
    return sessions.named_errors(sqlite3.OperationalError)


@dataclass(frozen=True, slots=True)
class _Outcome:
    result: Any = None
    error: Exception | None = None


def _do(connection: Connection, action: Callable[[Session], ResultT]) -> ResultT:
    with Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session:
        result = action(session)
        session.flush()
        return result


class SqliteSessions(Sessions):
    """Transactions on one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.engine = open_engine(path)
        self._writer = self.engine.execution_options(writes=True)
        # Threads of one process queue here, in turn; SQLite's own waiting is a poll that may starve one of them.
        self._turn = threading.Lock()
        self._together: Together[Callable[[Session], Any], _Outcome] = Together(self._write, WRITTEN_AT_ONCE, ())

    @override
    def read(self, action: Callable[[Session], ResultT]) -> ResultT:
        with named_errors(), Session(self.engine, expire_on_commit=False) as session:
            return action(session)

    @override
    def write(self, action: Callable[[Session], ResultT]) -> ResultT:
        outcome = self._together.call(action)
        if outcome.error is not None:
            raise outcome.error
        result: ResultT = outcome.result
        return result

    def _write(self, actions: Sequence[Callable[[Session], Any]]) -> list["_Outcome"]:
        """All in one transaction, for the disk takes longer than they do; each undone by itself where it raises."""
        with self._my_turn(), named_errors(), self._writer.connect() as connection, connection.begin():
            if len(actions) == 1:
                return [_Outcome(_do(connection, actions[0]))]
            outcomes = []
            for action in actions:
                try:
                    with named_errors(), connection.begin_nested():
                        outcomes.append(_Outcome(_do(connection, action)))
                except Exception as error:
                    outcomes.append(_Outcome(error=error))
            return outcomes

    @override
    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """In a write transaction: a killed migration leaves the old schema."""
        with file_lock(self._path), self._my_turn(), named_errors(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        # While somebody outside holds the file, whoever comes last must not wait for all before to give up in turn.
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise UnavailableError("The database does not answer: it is locked, and others wait too.", part="database")
        try:
            yield
        finally:
            self._turn.release()

    @override
    def close(self) -> None:
        self.engine.dispose()
