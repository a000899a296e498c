"""An empty queue is looked at again when the file changes, or when a wait is over, and not before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database.backoff import Backoff
from storage.database.sqlite import SqliteDatabase
from storage.documents.task import TaskError
from tests.contract.conftest import FakeClock
from tests.contract.helpers import new_task


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def watching(tmp_path: Path, clock: FakeClock) -> Iterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "design_agent.db", clock)
    database.migrate()
    yield database
    database.close()


def queries(database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    made: list[object] = []
    read = database._sessions.read
    monkeypatch.setattr(database._sessions, "read", lambda action: (made.append(action), read(action))[1])
    return made


def test_empty_queue_is_asked_once_until_another_writes(
    watching: SqliteDatabase, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = SqliteDatabase(watching._sessions._path, clock)
    made = queries(watching, monkeypatch)
    assert [watching.backlog() for _ in range(50)] == [0] * 50
    assert len(made) == 1
    new_task(other)
    assert watching.backlog() == 1
    other.close()


def test_own_writes_are_seen_and_a_queue_that_is_emptied_is_empty(watching: SqliteDatabase) -> None:
    assert watching.backlog() == 0
    new_task(watching)
    assert watching.backlog() == 1
    assert len(watching.claim("worker", 5, 60)) == 1
    assert watching.backlog() == 0


def test_wait_that_is_over_needs_no_write(
    watching: SqliteDatabase, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_task(watching)
    (claim,) = watching.claim("worker", 1, 60)
    watching.fail_attempt(claim.task_id, claim.attempt, TaskError(code="X", message="x"), 3, Backoff(5, 5))
    made = queries(watching, monkeypatch)
    assert [watching.backlog() for _ in range(50)] == [0] * 50
    assert len(made) == 1
    clock.now += 6
    assert watching.backlog() == 1
