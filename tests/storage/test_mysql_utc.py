"""Times on a server whose own zone is eight hours ahead of UTC."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pymysql
import pytest
from sqlalchemy import Table
from sqlmodel import SQLModel, select

from configs.servers import ServerSettings
from storage.database.mysql import MysqlDatabase
from storage.database.types import UtcSeconds
from tests.contract.conftest import FakeClock
from tests.contract.helpers import completed_task
from tests.contract.mysql_databases import connect
from tests.servers.mariadb import MariaDb

# The moments in each column of each table.
Times = dict[tuple[str, str], set[int]]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    server = MariaDb(tmp_path / "mariadb", "--default-time-zone=+08:00")
    server.start()
    yield server.url()
    server.close()


@pytest.fixture
def database(url: str) -> Iterator[MysqlDatabase]:
    database = MysqlDatabase(ServerSettings(database_url=url), FakeClock())
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def plain(url: str, database: MysqlDatabase) -> Iterator["pymysql.cursors.Cursor"]:
    """A session that the adapter has not prepared."""
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@global.time_zone, @@session.time_zone")
        assert cursor.fetchall() == (("+08:00", "+08:00"),)
        cursor.execute("SET SESSION time_zone = '+00:00'")
        yield cursor


def tables(*, defaults: bool = False) -> list[tuple[Table, list[str]]]:
    """Columns that hold times; with ``defaults``, those that the server fills in itself."""
    found = []
    for table in SQLModel.metadata.sorted_tables:
        times = [column for column in table.columns if isinstance(column.type, UtcSeconds)]
        names = [column.name for column in times if column.server_default is not None or not defaults]
        if names:
            found.append((table, names))
    return found


def stored(plain: "pymysql.cursors.Cursor", *, defaults: bool = False) -> Times:
    """Epoch seconds as the server has them, whatever the zone of a session."""
    times: Times = {}
    for table, names in tables(defaults=defaults):
        for name in names:
            plain.execute(f"SELECT UNIX_TIMESTAMP(`{name}`) FROM {table.name} WHERE `{name}` IS NOT NULL")
            times[table.name, name] = {int(moment) for (moment,) in plain.fetchall()}
    return times


def test_times_are_stored_as_the_moments_they_were(database: MysqlDatabase, plain: "pymysql.cursors.Cursor") -> None:
    task = completed_task(database)
    plain.execute("SELECT UNIX_TIMESTAMP(created_at), created_at FROM tasks WHERE id = %s", (task.id,))
    ((epoch, naive),) = plain.fetchall()
    assert int(epoch) == FakeClock.now
    assert naive.replace(tzinfo=UTC) == task.created_at == datetime.fromtimestamp(FakeClock.now, UTC)
    written = {place: moments for place, moments in stored(plain).items() if moments}
    assert {("tasks", "started_at"), ("tasks", "completed_at"), ("task_events", "at")} <= written.keys()
    assert set(map(frozenset, written.values())) == {frozenset({int(FakeClock.now)})}


def test_times_that_the_server_fills_in_are_read_as_the_moments_they_were(
    database: MysqlDatabase, plain: "pymysql.cursors.Cursor"
) -> None:
    completed_task(database)
    for table, names in tables(defaults=True):
        plain.execute(f"UPDATE {table.name} SET {', '.join(f'`{name}` = DEFAULT' for name in names)}")
    expected = stored(plain, defaults=True)
    assert {name for name, moments in expected.items() if moments} >= {
        ("tasks", "created_at"),
        ("posters", "updated_at"),
    }
    assert int(FakeClock.now) not in set().union(*expected.values())
    read: Times = {}
    for table, names in tables(defaults=True):
        for name in names:
            found = database._read(lambda session, column=table.c[name]: session.exec(select(column)).all())
            read[table.name, name] = {int(moment.timestamp()) for moment in found}
    assert read == expected
