"""Events of transactions that commit in another order than they were numbered, as a server with row locks has them."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from storage.database import leases, posters
from storage.database.clock import system_clock
from storage.database.sql import SqlDatabase
from storage.documents.progress import TaskEvent
from tests.contract.adapters import FEEDS, open_database
from tests.contract.helpers import PASS, document_of, files_of, running_task

PATIENCE = 120


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqlDatabase]:
    database = open_database("mysql", tmp_path)
    assert isinstance(database, SqlDatabase)
    yield database
    database.close()


@pytest.mark.parametrize("feed", FEEDS)
def test_end_that_commits_after_later_numbers_were_read_is_delivered(database: SqlDatabase, feed: str) -> None:
    (slow, slow_attempt), (quick, quick_attempt) = running_task(database), running_task(database)
    numbered, may_commit = threading.Event(), threading.Event()

    def complete_slowly(session: Session) -> None:
        leases.fenced(session, slow.id, slow_attempt)
        posters.complete(session, slow.id, slow_attempt, document_of(slow), files_of(slow), PASS, system_clock())
        session.flush()
        numbered.set()
        assert may_commit.wait(PATIENCE)

    follower = FEEDS[feed](database)
    writer = threading.Thread(target=lambda: database._write(complete_slowly))

    async def scenario() -> list[TaskEvent]:
        ours, others = follower.follow(slow.id, 0), follower.follow(quick.id, 0)
        seen = [await anext(ours)]
        await anext(others)
        writer.start()
        await asyncio.to_thread(numbered.wait, PATIENCE)
        database.record_progress(quick.id, quick_attempt, "p", 10, "m")
        later = await anext(others)
        assert later.phase == "p"
        may_commit.set()
        return seen + [event async for event in ours]

    events = asyncio.run(asyncio.wait_for(scenario(), 2 * PATIENCE))
    assert [event.type for event in events] == ["progress", "end"]
    slow_end, quick_news = database.events_after(0)[-2:]
    assert (slow_end.task_id, quick_news.task_id) == (slow.id, quick.id), "numbered in the other order"
    writer.join()
    follower.close()
