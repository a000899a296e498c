"""Writes of several threads share a transaction, and nothing else."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlmodel import Session

from storage.database.sqlite_sessions import SqliteSessions
from storage.errors import ConflictError

SECONDS = 30
Action = Callable[[Session], int]


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[SqliteSessions]:
    opened = SqliteSessions(tmp_path / "test.db")
    opened.write(lambda session: session.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")))
    yield opened
    opened.close()


def insert(number: int) -> Action:
    def action(session: Session) -> int:
        session.execute(text("INSERT INTO numbers VALUES (:n)"), {"n": number})
        return number

    return action


def refuse(session: Session) -> int:
    insert(99)(session)
    raise ConflictError("no")


def stored(sessions: SqliteSessions) -> list[int]:
    return sessions.read(lambda session: list(session.execute(text("SELECT n FROM numbers ORDER BY n")).scalars()))


def together(sessions: SqliteSessions, actions: list[Action]) -> list[Future[int]]:
    """All of them while another writes: their futures, done."""
    began, go_on = threading.Event(), threading.Event()

    def slow(session: Session) -> int:
        began.set()
        assert go_on.wait(SECONDS)
        return insert(0)(session)

    with ThreadPoolExecutor(len(actions) + 1) as pool:
        first = pool.submit(sessions.write, slow)
        assert began.wait(SECONDS)
        futures = [pool.submit(sessions.write, action) for action in actions]
        for _ in range(SECONDS * 100):
            if len(sessions._together._waiting) == len(actions):
                break
            began.clear()
            began.wait(0.01)
        go_on.set()
        assert first.result(SECONDS) == 0
    return futures


def test_writes_that_wait_are_committed_once(sessions: SqliteSessions) -> None:
    commits: list[object] = []
    event.listen(sessions.engine, "commit", commits.append)
    futures = together(sessions, [insert(number) for number in range(1, 9)])
    assert [future.result() for future in futures] == list(range(1, 9))
    assert stored(sessions) == list(range(9))
    assert len(commits) == 2


def test_one_that_raises_is_undone_alone(sessions: SqliteSessions) -> None:
    futures = together(sessions, [insert(1), refuse, insert(2), insert(1), insert(3)])
    assert [type(future.exception()) for future in futures] == [
        type(None), ConflictError, type(None), ConflictError, type(None),
    ]  # fmt: skip
    assert stored(sessions) == [0, 1, 2, 3]


def test_one_sees_what_those_before_it_wrote(sessions: SqliteSessions) -> None:
    def count(session: Session) -> int:
        return int(session.execute(text("SELECT COUNT(*) FROM numbers")).scalar_one())

    futures = together(sessions, [insert(1), count, insert(2), count])
    assert sorted(future.result() for future in futures)[-1] <= 3
    assert stored(sessions) == [0, 1, 2]


def test_a_commit_that_fails_fails_all(sessions: SqliteSessions) -> None:
    def deferred(session: Session) -> int:
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        session.execute(text("INSERT INTO child VALUES (7)"))
        return 7

    sessions.write(lambda session: session.execute(text("CREATE TABLE child (n INTEGER REFERENCES numbers (n))")))
    futures = together(sessions, [insert(1), deferred, insert(2)])
    assert all(future.exception() is not None for future in futures)
    assert stored(sessions) == [0]
    sessions.write(insert(5))
    assert stored(sessions) == [0, 5]
