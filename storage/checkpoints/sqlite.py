"""The embedded adapter: checkpoints in the task database's own file."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from langgraph.checkpoint.base import Checkpoint
from langgraph.checkpoint.sqlite import SqliteSaver
from typing_extensions import override

from storage.checkpoints.base import Checkpointer
from storage.database.files import file_lock
from storage.database.sqlite_sessions import BUSY_SECONDS, configure_connection, named_errors


class SqliteCheckpointer(Checkpointer, SqliteSaver):
    """One connection of its own, used by one thread at a time. Raises UnavailableError when the file cannot be used."""

    def __init__(self, path: Path, *, history: bool = True) -> None:
        self.history = history
        path.parent.mkdir(parents=True, exist_ok=True)
        # IMMEDIATE for the driver's implicit BEGIN: as every other writer of this file.
        with named_errors():
            connection = sqlite3.connect(
                path, check_same_thread=False, isolation_level="IMMEDIATE", timeout=BUSY_SECONDS
            )
        super().__init__(connection)
        with named_errors(), file_lock(path):
            # A checkpoint lost in a power cut repeats a step and nothing else; the tables' own commits sync the file.
            configure_connection(connection, synchronous="NORMAL")
            self.setup()

    @override
    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        """A cursor and, as ``transaction``, its commit. The base class commits even what failed half way, and a commit
        that fails (disk full) leaves it with the write lock held.
        """
        with named_errors(), self.lock:
            cursor = self.conn.cursor()
            try:
                yield cursor
                if transaction:
                    self.conn.commit()
            except BaseException:
                self.conn.rollback()
                raise
            finally:
                cursor.close()

    @override
    def forget_older(self, thread_id: str, checkpoint_ns: str, newest: Checkpoint) -> None:
        with self.cursor() as cursor:
            for table in ("writes", "checkpoints"):
                cursor.execute(
                    f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id < ?",  # noqa: S608
                    (thread_id, checkpoint_ns, newest["id"]),
                )

    @override
    def threads(self) -> Sequence[str]:
        with self.cursor(transaction=False) as cursor:
            return [thread for (thread,) in cursor.execute("SELECT DISTINCT thread_id FROM checkpoints")]

    @override
    def close(self) -> None:
        """Waits for the thread that uses the connection."""
        with self.lock:
            self.conn.close()
