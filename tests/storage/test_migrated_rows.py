"""What every revision leaves of the rows, on each server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from storage.database.sql import SqlDatabase
from storage.migrations import run
from tests.contract.adapters import BARE, DATABASES, open_database
from tests.contract.helpers import completed_task, new_task, poster_id
from tests.contract.mysql_databases import take_back
from tests.storage.schema import REVISIONS

KNOWN = {"tasks", "posters", "layers", "poster_layers", "elements", "task_events", "task_leases"}
# Later revisions gave them columns, which going down takes away.
GROWN = {"task_leases", "outbox"}


@pytest.fixture(params=DATABASES)
def database(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SqlDatabase]:
    BARE[request.param](tmp_path)
    database = open_database(request.param, tmp_path)
    assert isinstance(database, SqlDatabase)
    yield database
    database.close()
    take_back()


def rows(database: SqlDatabase) -> dict[str, set[tuple[Any, ...]]]:
    """All rows of all tables, column by column in the order of their names."""
    with database._sessions.connection() as connection:
        tables, quote = inspect(connection), connection.dialect.identifier_preparer.quote
        found = {}
        for name in tables.get_table_names():
            columns = ", ".join(sorted(quote(column["name"]) for column in tables.get_columns(name)))
            found[name] = {tuple(row) for row in connection.exec_driver_sql(f"SELECT {columns} FROM {name}")}
        return found


def test_no_row_of_the_known_tables_is_lost_by_any_revision(database: SqlDatabase) -> None:
    poster = poster_id(completed_task(database))
    waiting = new_task(database, "u2")
    document = database.get_document(poster)
    before = rows(database)
    assert all(before[name] for name in KNOWN | GROWN)
    # One revision at a time from the newest to the first, and back.
    numbers = [name[1:5] for name in REVISIONS]
    for revision in reversed(numbers[:-1]):
        with database._sessions.connection() as connection:
            run.downgrade(connection, revision)
        with database._sessions.connection() as connection:
            run.upgrade(connection)
        after = rows(database)
        assert {name: len(after[name]) for name in GROWN} == {name: len(before[name]) for name in GROWN}
        assert {name: after[name] for name in KNOWN - GROWN} == {name: before[name] for name in KNOWN - GROWN}
    assert database.get_document(poster) == document
    assert [claim.task_id for claim in database.claim("worker", 5, 60)] == [waiting.id]
