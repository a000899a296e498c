"""Workflow checkpoints in the task database's own file (thread = task)."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from langgraph.checkpoint.sqlite import SqliteSaver
from typing_extensions import override

from storage.database.files import file_lock
from storage.database.sqlite_sessions import BUSY_SECONDS, configure_connection, named_errors


class SqliteCheckpointer(SqliteSaver):
    """A checkpointer for many threads: one connection of its own, used by one thread at a time.

    ``delete_thread(task_id)`` forgets a task that is final. Raises UnavailableError when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
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

    def close(self) -> None:
        """Close the connection; waits for the thread that uses it."""
        with self.lock:
            self.conn.close()
