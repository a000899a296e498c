"""SQLite connections and transactions.

WAL with ``synchronous=FULL``: an answer "accepted" must survive a power cut, and that costs one fsync a commit (about
fifteen a poster). Writers start with BEGIN IMMEDIATE, so that two of them never deadlock on upgrading a read lock.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy import exc as sql_errors
from sqlmodel import Session

from storage.database.rows import to_json
from storage.errors import ConflictError, UnavailableError

BUSY_SECONDS = 30
POOL_SIZE, POOL_OVERFLOW = 16, 32


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


@contextmanager
def named_errors() -> Iterator[None]:
    """The driver's errors as ours: UnavailableError, or ConflictError for a broken constraint."""
    try:
        yield
    except sql_errors.IntegrityError as error:
        raise ConflictError("Another writer was first; read again.", reason=str(error.orig)) from error
    except (sql_errors.DatabaseError, sql_errors.TimeoutError, sqlite3.OperationalError) as error:
        if isinstance(error, sql_errors.ProgrammingError):
            raise
        reason = str(getattr(error, "orig", None) or error)
        raise UnavailableError(f"The database does not answer: {reason}.", part="database") from error


class Sessions:
    """Read and write transactions on one SQLite file, for many threads."""

    def __init__(self, path: Path) -> None:
        self.engine = open_engine(path)
        self._writer = self.engine.execution_options(writes=True)
        # Threads of one process queue here, in turn; SQLite's own waiting is a poll that may starve one of them.
        self._turn = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A snapshot; nothing is written."""
        with named_errors(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """All or nothing."""
        with self._turn, named_errors(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A bare connection in a write transaction, for migrations."""
        with self._turn, named_errors(), self._writer.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
