"""Revisions on a MySQL server: down and up again, killed half way, by a user who may make no database."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, make_url

from configs.servers import ServerSettings
from storage.database.mysql import MysqlDatabase
from storage.database.mysql_sessions import MysqlSessions
from storage.errors import UnavailableError
from storage.migrations import run
from tests.contract.helpers import completed_task
from tests.contract.mysql_databases import connect, lend_bare, settings_of, take_back
from tests.storage.mysql_schema import describe

CHANGES = ("CREATE TABLE", "CREATE INDEX", "ALTER", "DROP")


@pytest.fixture(autouse=True)
def lent_databases() -> Iterator[None]:
    yield
    take_back()


@pytest.fixture
def bare(tmp_path: Path) -> ServerSettings:
    lend_bare(tmp_path)
    return settings_of(tmp_path)


def url_of(settings: ServerSettings) -> str:
    assert settings.database_url is not None
    return settings.database_url.get_secret_value()


def move(settings: ServerSettings, *steps: str) -> None:
    """Up or down to each of these revisions."""
    sessions = MysqlSessions(settings)
    with sessions.connection() as connection:
        for step in steps:
            direction, _, revision = step.partition(" ")
            (run.upgrade if direction == "up" else run.downgrade)(connection, revision)
    sessions.close()


def test_up_down_up_gives_the_same_schema(bare: ServerSettings) -> None:
    move(bare, "up head")
    before = describe(url_of(bare))
    move(bare, "down base")
    assert set(describe(url_of(bare))) == {"alembic_version"}
    move(bare, "up head")
    assert describe(url_of(bare)) == before


class _Killed(BaseException):
    """The process is gone after this statement."""


def test_run_that_is_killed_again_and_again_arrives(bare: ServerSettings) -> None:
    deaths = 0
    while True:
        # Two changes every other time: one revision drops an index to make it anew, and one change a run undoes that.
        left = [1 + deaths % 2]
        sessions = MysqlSessions(bare)
        try:
            with sessions.connection() as connection:

                @event.listens_for(connection, "after_cursor_execute")
                def die(_connection: Any, _cursor: Any, statement: str, *_: Any, left: list[int] = left) -> None:
                    left[0] -= statement.strip().startswith(CHANGES)
                    if not left[0]:
                        raise _Killed

                run.upgrade(connection)
            break
        except _Killed:
            deaths += 1
        finally:
            sessions.close()
    whole = describe(url_of(bare))
    assert deaths > 20
    move(bare, "down base", "up head")
    assert describe(url_of(bare)) == whole


def killed_migration(url: str, changes: int) -> None:
    """Migrate, and kill this process at the n-th change."""
    left = [changes]
    sessions = MysqlSessions(ServerSettings(database_url=url))
    with sessions.connection() as connection:

        @event.listens_for(connection, "before_cursor_execute")
        def die(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            left[0] -= statement.strip().startswith(CHANGES)
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        run.upgrade(connection)


def test_killed_migration_holds_no_lock_and_the_next_one_goes_on(bare: ServerSettings) -> None:
    child = multiprocessing.get_context("spawn").Process(target=killed_migration, args=(url_of(bare), 9))
    child.start()
    child.join(120)
    assert child.exitcode == -signal.SIGKILL
    left = set(describe(url_of(bare)))
    assert left and "outbox" not in left
    database = MysqlDatabase(bare)
    database.migrate()
    completed_task(database)
    database.close()


def test_user_who_may_make_no_database_is_told_what_to_ask_for(bare: ServerSettings) -> None:
    url = make_url(url_of(bare))
    name = f"{url.database}_other"
    with connect(url_of(bare)) as connection, connection.cursor() as cursor:
        cursor.execute("DROP USER IF EXISTS lowly")
        cursor.execute("CREATE USER lowly IDENTIFIED BY 'lowly-secret'")
        cursor.execute(f"GRANT ALL ON {url.database}.* TO lowly")
    theirs = url.set(username="lowly", password="lowly-secret")
    database = MysqlDatabase(ServerSettings(database_url=theirs.set(database=name).render_as_string(False)))
    with pytest.raises(UnavailableError) as refused:
        database.migrate()
    assert "lowly-secret" not in refused.value.message
    database.close()
    allowed = MysqlDatabase(ServerSettings(database_url=theirs.render_as_string(False)))
    allowed.migrate()
    allowed.ping()
    allowed.close()
