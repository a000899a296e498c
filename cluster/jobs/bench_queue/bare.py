"""The baseline of accepting: the same inserts in a bare loop over the driver, one commit a task."""

import sqlite3
import time
from typing import Any

import pymysql
from sqlalchemy import event, make_url
from sqlalchemy.engine import Engine

from cluster.jobs.bench_queue.service import PARAMS
from configs.settings import Settings
from storage.database.base import Database
from storage.database.sqlite_sessions import configure_connection

Values = dict[str, Any] | tuple[Any, ...]
Statement = tuple[str, Values]


def inserts_a_second(settings: Settings, database: Database, count: int) -> float:
    """Replays what one ``create_task`` writes, ``count`` times with other ids."""
    task_id, statements = _recorded(database)
    connection = _connect(settings)
    cursor = connection.cursor()
    started = time.monotonic()
    for number in range(count):
        if isinstance(connection, sqlite3.Connection):
            cursor.execute("BEGIN IMMEDIATE")
        for text, values in statements:
            cursor.execute(text, _renamed(values, task_id, f"bare_{number:08}"))
        connection.commit()
    seconds = time.monotonic() - started
    cursor.execute("DELETE FROM outbox WHERE task_id LIKE 'bare_%'")
    connection.commit()
    connection.close()
    return count / seconds


def _recorded(database: Database) -> tuple[str, list[Statement]]:
    statements: list[Statement] = []

    def note(_connection: Any, _cursor: Any, text: str, values: Any, _context: Any, many: bool) -> None:
        if text.lstrip().upper().startswith("INSERT"):
            statements.extend((text, row) for row in (values if many else [values]))

    # A user's first task writes a row that later ones only lock.
    database.cancel_task(database.create_task("bare", PARAMS).id)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        task = database.create_task("bare", PARAMS)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    database.cancel_task(task.id)
    return task.id, statements


def _renamed(values: Values, old: str, new: str) -> Values:
    if isinstance(values, dict):
        return {name: new if value == old else value for name, value in values.items()}
    return tuple(new if value == old else value for value in values)


def _connect(settings: Settings) -> Any:
    if settings.database_url is None:
        connection = sqlite3.connect(settings.database_path, isolation_level=None)
        configure_connection(connection)
        return connection
    url = make_url(settings.database_url.get_secret_value())
    return pymysql.connect(host=url.host or "", port=url.port or 3306, user=url.username, password=url.password or "",
                           database=url.database, charset="utf8mb4")  # fmt: skip
