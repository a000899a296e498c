"""What an error of an attempt counts, and what happens when it cannot even be written down."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines import runner
from serve_apps import execution
from serve_apps.execution import execute
from storage.checkpoints.sqlite import SqliteCheckpointer
from storage.database import sqlite_sessions
from storage.database.backoff import Backoff
from storage.database.base import Database
from storage.errors import DesignError, TaskNotFound, UnavailableError
from storage.objects.folder import FolderStore
from tests.contract.checkpoint_steps import newest_step, put_step
from tests.contract.helpers import claim_one, new_task

AT_ONCE = Backoff(0, 0)


def attempt_with(database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch, work: Any) -> None:
    """One attempt at the waiting task whose workflow is ``work``."""
    monkeypatch.setattr(runner, "run_task", lambda *_: work())
    claim = claim_one(database)
    engines: Any = SimpleNamespace(objects=FolderStore(folder / "objects"))
    checkpointer = SqliteCheckpointer(folder / "test.db")
    execute(claim.task_id, claim.attempt, database, engines, checkpointer, 3, AT_ONCE)
    checkpointer.close()


def raises(error: Exception) -> Any:
    def work() -> None:
        raise error

    return work


def test_three_errors_of_a_part_end_a_task(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = new_task(database)
    for expected in ("pending", "pending", "failed"):
        attempt_with(database, tmp_path, monkeypatch, raises(UnavailableError("the reader is away")))
        assert database.get_task(task.id).status == expected


def test_error_of_the_design_ends_it_at_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = new_task(database)
    attempt_with(database, tmp_path, monkeypatch, raises(DesignError("nothing to draw")))
    assert database.get_task(task.id).status == "failed"


@pytest.mark.parametrize("part", ["objects", "database"])
def test_errors_of_storage_count_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    task = new_task(database)
    for _ in range(5):
        attempt_with(database, tmp_path, monkeypatch, raises(UnavailableError("No space left.", part=part)))
        waiting = database.get_task(task.id)
        assert (waiting.status, waiting.progress.message) == ("pending", "等待重试")
        assert waiting.progress.details is not None
        assert waiting.progress.details["error"]["message"] == "No space left."


def test_failure_is_written_down_once_the_database_can_be_written_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "DATABASE_RETRY_SECONDS", 0.01)
    task = new_task(database)
    refusals: list[str] = []
    fail = database.fail_attempt

    def refuse_twice(*arguments: Any) -> Any:
        if len(refusals) < 2:
            refusals.append(arguments[0])
            raise UnavailableError("database or disk is full", part="database")
        return fail(*arguments)

    monkeypatch.setattr(database, "fail_attempt", refuse_twice)
    attempt_with(database, tmp_path, monkeypatch, raises(ZeroDivisionError()))
    assert len(refusals) == 2
    waiting = database.get_task(task.id)
    assert waiting.status == "pending"
    assert waiting.progress.details is not None and waiting.progress.details["failures"] == 1


def test_failure_of_a_task_that_was_deleted_meanwhile_is_nobodys(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = new_task(database)

    def delete() -> None:
        database.cancel_task(task.id)
        database.delete_task(task.id)
        raise UnavailableError("No space left.", part="objects")

    attempt_with(database, tmp_path, monkeypatch, delete)  # returns
    with pytest.raises(TaskNotFound):
        database.get_task(task.id)


def test_checkpointer_names_a_locked_database_and_lets_go_of_it(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.checkpoints.sqlite.BUSY_SECONDS", 0)
    monkeypatch.setattr(sqlite_sessions, "BUSY_SECONDS", 0)
    checkpointer = SqliteCheckpointer(tmp_path / "test.db")
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError) as refused:
        put_step(checkpointer, "task_1", 1)
    assert refused.value.details["part"] == "database"
    other.execute("ROLLBACK")
    put_step(checkpointer, "task_1", 2)
    assert newest_step(checkpointer, "task_1") == 2
    new_task(database)  # nobody holds the write lock
    other.close()
    checkpointer.close()
