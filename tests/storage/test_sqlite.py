import json
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import host, sqlite_sessions
from storage.database.sqlite import SqliteDatabase
from storage.documents.element import ElementUpdate
from storage.errors import ConflictError, UnavailableError
from tests.contract.helpers import completed_task, new_task, poster_id

OTHER_HOST = {"host": "elsewhere", "machine": "m2", "boot": "b2"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "test.db")
    database.migrate()
    yield database
    database.close()


def _claim_of(path: Path, identity: dict[str, str], age: float) -> None:
    path.write_text(json.dumps(identity))
    os.utime(path, (time.time() - age,) * 2)


def test_every_connection_is_durable_and_patient(database: SqliteDatabase) -> None:
    names = ("journal_mode", "synchronous", "busy_timeout")
    pragmas = database._sessions.read(
        lambda session: {name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}
    )
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000}


def test_reader_is_not_blocked_by_a_writer(database: SqliteDatabase, tmp_path: Path) -> None:
    task = new_task(database)
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE tasks SET status = 'failed'")
    assert database.get_task(task.id).status == "pending"
    other.execute("ROLLBACK")
    other.close()


def test_lock_that_is_never_given_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_sessions, "BUSY_SECONDS", 0)
    database = SqliteDatabase(tmp_path / "test.db")
    database.migrate()
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError, match="locked"):
        new_task(database)
    other.execute("ROLLBACK")
    other.close()
    new_task(database)
    database.close()


def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "test.db").write_bytes(b"not a database, and long enough to have a header" * 40)
    database = SqliteDatabase(tmp_path / "test.db")
    with pytest.raises(UnavailableError):
        database.ping()
    database.close()


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError):
        SqliteDatabase(tmp_path / "file" / "test.db")


def test_element_of_a_running_task_cannot_be_edited(database: SqliteDatabase, tmp_path: Path) -> None:
    task = completed_task(database)
    element = database.get_document(poster_id(task)).walk()[0]
    with sqlite3.connect(tmp_path / "test.db") as connection:
        connection.execute("UPDATE tasks SET status = 'processing'")
    with pytest.raises(ConflictError):
        database.update_element(element.id, ElementUpdate(locked=True))
    assert database.get_element(element.id) == element


class TestOneHost:
    def test_processes_of_one_host_share_the_folder(self, database: SqliteDatabase, tmp_path: Path) -> None:
        second = SqliteDatabase(tmp_path / "test.db")
        second.ping()
        second.close()
        SqliteDatabase(tmp_path / "test.db").close()

    def test_live_claim_of_another_host_is_refused_by_name(self, tmp_path: Path) -> None:
        _claim_of(tmp_path / "test.db.host", OTHER_HOST, age=host.LIVE_SECONDS / 2)
        with pytest.raises(UnavailableError, match="elsewhere"):
            SqliteDatabase(tmp_path / "test.db")

    def test_old_claim_of_another_host_is_taken_over(self, tmp_path: Path) -> None:
        claim = tmp_path / "test.db.host"
        _claim_of(claim, OTHER_HOST, age=host.LIVE_SECONDS + 5)
        database = SqliteDatabase(tmp_path / "test.db")
        assert json.loads(claim.read_text()) == host.host_identity()
        assert time.time() - claim.stat().st_mtime < host.LIVE_SECONDS / 2
        database.close()

    def test_locked_claim_of_another_host_is_refused_however_old(
        self, database: SqliteDatabase, tmp_path: Path
    ) -> None:
        _claim_of(tmp_path / "test.db.host", OTHER_HOST, age=3600)
        with pytest.raises(UnavailableError, match="elsewhere"):
            SqliteDatabase(tmp_path / "test.db")

    def test_earlier_boot_of_this_host_is_no_other_host(self, tmp_path: Path) -> None:
        _claim_of(tmp_path / "test.db.host", {**host.host_identity(), "boot": "before"}, age=1)
        SqliteDatabase(tmp_path / "test.db").close()

    def test_orderly_end_leaves_no_claim(self, tmp_path: Path) -> None:
        SqliteDatabase(tmp_path / "test.db").close()
        assert (tmp_path / "test.db.host").read_text() == ""

    @pytest.mark.parametrize("text", ["", "{", "[]", "\x00" * 100])
    def test_torn_claim_is_written_anew(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "test.db.host").write_text(text)
        SqliteDatabase(tmp_path / "test.db").close()
