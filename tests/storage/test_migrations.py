import sqlite3
from pathlib import Path

import pytest

from storage.checkpoints.sqlite import SqliteCheckpointer
from storage.database.sqlite import SqliteDatabase
from storage.database.sqlite_sessions import SqliteSessions
from storage.errors import ConflictError
from storage.migrations import run
from tests.contract.checkpoint_steps import newest_step, put_step
from tests.contract.helpers import completed_task, poster_id


def _dump(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        return list(connection.iterdump())


def _schema(path: Path) -> list[str]:
    return [line for line in _dump(path) if line.startswith("CREATE")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    database = SqliteDatabase(tmp_path / "test.db")
    database.migrate()
    database.close()
    return tmp_path / "test.db"


def test_upgrading_again_changes_nothing(path: Path) -> None:
    database = SqliteDatabase(path)
    poster = poster_id(completed_task(database))
    before = _dump(path)
    database.migrate()
    assert _dump(path) == before
    assert database.get_document(poster).walk()
    database.close()


def test_down_and_up_again_gives_the_same_schema_and_keeps_what_is_not_ours(path: Path) -> None:
    checkpointer = SqliteCheckpointer(path)
    put_step(checkpointer, "task_1", 4)
    before = _schema(path)
    sessions = SqliteSessions(path)
    with sessions.connection() as connection:
        run.downgrade(connection, "base")
    left = [line for line in _schema(path) if "alembic_version" not in line]
    assert left and all("checkpoints" in line or "writes" in line for line in left)
    with sessions.connection() as connection:
        run.upgrade(connection)
    assert sorted(_schema(path)) == sorted(before)
    assert newest_step(checkpointer, "task_1") == 4
    checkpointer.close()
    sessions.close()
    database = SqliteDatabase(path)
    completed_task(database)
    database.close()


def test_broken_migration_leaves_the_old_schema(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    sessions = SqliteSessions(path)

    def half() -> None:
        with sessions.connection() as connection:
            run.upgrade(connection)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert _schema(path) == []
    sessions.close()


def test_schema_of_a_newer_version_is_left_alone_with_a_sentence(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = _dump(path)
    database = SqliteDatabase(path)
    with pytest.raises(ConflictError, match="newer"):
        database.migrate()
    database.close()
    assert _dump(path) == before
