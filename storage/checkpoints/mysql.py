"""The adapter for MySQL 8 and MariaDB: langgraph-checkpoint-mysql on pooled connections, in the task database."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, TypeVar

import pymysql
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.mysql.pymysql import PyMySQLSaver
from pymysql.cursors import DictCursor
from typing_extensions import override

from configs.servers import ServerSettings
from storage.checkpoints.base import Checkpointer
from storage.database import mysql_engine
from storage.database.mysql_errors import code_of, takes_no_writes
from storage.database.mysql_sessions import named_errors, retrying, schema_lock

ResultT = TypeVar("ResultT")
# Table, column or index is there; there is nothing to drop: an earlier run was killed before it noted its step.
_DONE_ALREADY = frozenset({1050, 1060, 1061, 1091})

_HERE = "WHERE thread_id = %s AND checkpoint_ns_hash = UNHEX(MD5(%s))"


class MysqlCheckpointer(Checkpointer, PyMySQLSaver):
    """Each call has a connection to itself, and is run again when that broke: all of them may be said twice.

    The tables are made at the first call, so that a process can start before its server does.
    """

    def __init__(self, settings: ServerSettings, *, history: bool = True) -> None:
        self.history = history
        self._engine = mysql_engine.open_pool(settings, mysql_engine.NEWEST)
        super().__init__(self._engine.raw_connection)
        self._retrying = retrying()
        self._ready = False
        self._getting_ready = threading.Lock()

    @override
    @contextmanager
    def _cursor(self, *, pipeline: bool = False) -> Iterator[DictCursor]:
        """A cursor and, as ``pipeline``, its transaction. The base class holds up all threads for one another."""
        with closing(self._engine.raw_connection()) as connection, closing(connection.cursor(DictCursor)) as cursor:
            try:
                yield cursor
                if pipeline:
                    connection.commit()
            except pymysql.err.MySQLError as error:
                if takes_no_writes(error):
                    connection.invalidate(error)
                raise

    @staticmethod
    @override
    def _select_sql(where: str) -> str:
        # Whatever collation the tables have: names out of JSON have the character set's own.
        query = PyMySQLSaver._select_sql(where)
        return query.replace("= channel_versions.channel\n", "= channel_versions.channel COLLATE utf8mb4_bin\n")

    def _run(self, action: Callable[[], ResultT]) -> ResultT:
        def prepared() -> ResultT:
            if not self._ready:
                self.setup()
            return action()

        with named_errors():
            return self._retrying(prepared)

    @override
    def setup(self) -> None:
        """Bring the library's tables up; one process at a time, and on from where a killed one stopped."""
        with self._getting_ready, self._engine.connect() as connection:
            if self._ready:
                return
            with schema_lock(connection, str(self._engine.url.database)), self._cursor() as cursor:
                self._migrate(cursor)
            self._ready = True

    def _migrate(self, cursor: DictCursor) -> None:
        cursor.execute(self.MIGRATIONS[0])
        cursor.execute("SELECT COALESCE(MAX(v), -1) AS newest FROM checkpoint_migrations")
        found = cursor.fetchone()
        done = -1 if found is None else int(found["newest"])
        for number, statement in enumerate(self.MIGRATIONS[done + 1 :], start=done + 1):
            try:
                cursor.execute(statement)
            except pymysql.err.MySQLError as error:
                if code_of(error) not in _DONE_ALREADY:
                    raise
            cursor.execute("INSERT INTO checkpoint_migrations (v) VALUES (%s)", (number,))
            cursor.connection.commit()

    @override
    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return self._run(lambda: PyMySQLSaver.get_tuple(self, config))

    @override
    def list(
        self, config: RunnableConfig | None, *, filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None, limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:  # fmt: skip
        found = PyMySQLSaver.list
        yield from self._run(lambda: [*found(self, config, filter=filter, before=before, limit=limit)])

    @override
    def put(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:  # fmt: skip
        return self._run(lambda: Checkpointer.put(self, config, checkpoint, metadata, new_versions))

    @override
    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        self._run(lambda: PyMySQLSaver.put_writes(self, config, writes, task_id, task_path))

    @override
    def delete_thread(self, thread_id: str) -> None:
        self._run(lambda: PyMySQLSaver.delete_thread(self, thread_id))

    @override
    def forget_older(self, thread_id: str, checkpoint_ns: str, newest: Checkpoint) -> None:
        place = (thread_id, checkpoint_ns)
        values = [(*place, channel, version) for channel, version in newest["channel_versions"].items()]
        with self._cursor(pipeline=True) as cursor:
            for table in ("checkpoint_writes", "checkpoints"):
                cursor.execute(f"DELETE FROM {table} {_HERE} AND checkpoint_id < %s", (*place, newest["id"]))  # noqa: S608
            cursor.executemany(f"DELETE FROM checkpoint_blobs {_HERE} AND channel = %s AND version < %s", values)  # noqa: S608

    @override
    def threads(self) -> Sequence[str]:
        def read() -> Sequence[str]:
            with self._cursor() as cursor:
                cursor.execute("SELECT DISTINCT thread_id FROM checkpoints")
                return [row["thread_id"] for row in cursor.fetchall()]

        return self._run(read)

    @override
    def close(self) -> None:
        self._engine.dispose()
