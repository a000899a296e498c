import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from storage.database.base import Database
from storage.documents.progress import TaskEvent
from storage.progress import reader
from storage.progress.base import ProgressFeed
from storage.progress.polling import PollingFeed
from tests.contract.adapters import FEEDS
from tests.contract.helpers import complete, completed_task, new_task, running_task

PATIENCE = 120


@pytest.fixture(params=FEEDS)
def feed(request: pytest.FixtureRequest, database: Database) -> Iterator[ProgressFeed]:
    feed = FEEDS[request.param](database)
    yield feed
    feed.close()


async def _read(feed: ProgressFeed, task_id: str, since: int = 0, count: int | None = None) -> list[TaskEvent]:
    """All events to the end, or the first few."""
    events: list[TaskEvent] = []
    async with asyncio.timeout(PATIENCE), contextlib.aclosing(feed.follow(task_id, since)) as stream:
        async for event in stream:
            events.append(event)
            if len(events) == count:
                break
    return events


def _report(database: Database, task_id: str, attempt: int, count: int) -> None:
    for number in range(count):
        database.record_progress(task_id, attempt, "p", number % 90, f"step {number}")


def test_finished_task_is_replayed_to_its_end(database: Database, feed: ProgressFeed) -> None:
    task = completed_task(database)
    assert asyncio.run(_read(feed, task.id)) == database.events_since(task.id, 0)


def test_replay_starts_after_the_last_number_seen(database: Database, feed: ProgressFeed) -> None:
    task, attempt = running_task(database)
    _report(database, task.id, attempt, 6)
    complete(database, task, attempt)
    assert [event.seq for event in asyncio.run(_read(feed, task.id, since=5))] == [6, 7, 8]


def test_events_arrive_while_they_happen(database: Database, feed: ProgressFeed) -> None:
    async def scenario() -> list[TaskEvent]:
        task, attempt = running_task(database)
        stream = feed.follow(task.id, 0)
        got = [await anext(stream)]
        for number in range(5):
            database.record_progress(task.id, attempt, "p", number, "m")
            got.append(await anext(stream))
        complete(database, task, attempt)
        return got + [event async for event in stream]

    events = asyncio.run(asyncio.wait_for(scenario(), PATIENCE))
    assert [event.seq for event in events] == list(range(1, 8))
    assert events[-1].type == "end"


def test_two_hundred_streams_each_get_their_own_task_whole(database: Database, feed: ProgressFeed) -> None:
    running = [running_task(database) for _ in range(10)]

    def work(task: Any, attempt: int) -> None:
        _report(database, task.id, attempt, 5)
        complete(database, task, attempt)

    async def scenario() -> list[list[TaskEvent]]:
        streams = [asyncio.create_task(_read(feed, running[index % 10][0].id)) for index in range(200)]
        await asyncio.sleep(0)
        await asyncio.gather(*(asyncio.to_thread(work, task, attempt) for task, attempt in running))
        return await asyncio.gather(*streams)

    for index, events in enumerate(asyncio.run(scenario())):
        assert events == database.events_since(running[index % 10][0].id, 0)


def test_slow_reader_loses_nothing_and_holds_up_nobody(
    database: Database, feed: ProgressFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "BUFFER", 4)

    async def scenario() -> tuple[list[TaskEvent], list[TaskEvent]]:
        task, attempt = running_task(database)
        slow = feed.follow(task.id, 0)
        first = await anext(slow)
        quick = asyncio.create_task(_read(feed, task.id))
        await asyncio.to_thread(_report, database, task.id, attempt, 30)
        complete(database, task, attempt)
        whole = await quick
        return whole, [first] + [event async for event in slow]

    whole, slow = asyncio.run(asyncio.wait_for(scenario(), PATIENCE))
    assert [event.seq for event in whole] == list(range(1, 33))
    assert slow == whole


def test_stream_survives_more_events_than_one_page(database: Database, feed: ProgressFeed) -> None:
    task, attempt = running_task(database)
    _report(database, task.id, attempt, reader.BUFFER * 2 + 1)
    complete(database, task, attempt)
    assert len(asyncio.run(_read(feed, task.id))) == reader.BUFFER * 2 + 3


def test_two_loops_share_one_feed(database: Database, feed: ProgressFeed) -> None:
    task = completed_task(database)
    results: list[list[TaskEvent]] = []
    threads = [threading.Thread(target=lambda: results.append(asyncio.run(_read(feed, task.id)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert results == [database.events_since(task.id, 0)] * 3


def test_close_ends_open_streams(database: Database, feed: ProgressFeed) -> None:
    task = new_task(database)

    async def scenario() -> list[TaskEvent]:
        stream = feed.follow(task.id, 0)
        first = await anext(stream)
        await asyncio.to_thread(feed.close)
        return [first] + [event async for event in stream]

    assert len(asyncio.run(asyncio.wait_for(scenario(), PATIENCE))) == 1


class TestPolling:
    """What only the polling feed has."""

    def test_nobody_following_means_no_thread_and_no_reads(self, database: Database) -> None:
        feed = PollingFeed(database, poll_seconds=0.001)
        task = new_task(database)
        asyncio.run(_read(feed, task.id, count=1))
        feed.close()  # joins the thread
        assert feed._thread is None
        completed_task_after = asyncio.run(_read(feed, task.id, count=1))
        assert completed_task_after[0].seq == 1
        feed.close()

    def test_pause_of_the_database_does_not_end_a_stream(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from storage.errors import UnavailableError

        feed = PollingFeed(database, poll_seconds=0.001)
        task, attempt = running_task(database)
        failed = threading.Event()
        real = database.events_since

        def breaks_once(task_id: str, seq: int, limit: int = 500) -> list[TaskEvent]:
            if not failed.is_set():
                failed.set()
                raise UnavailableError("gone")
            return real(task_id, seq, limit)

        monkeypatch.setattr(database, "events_since", breaks_once)
        complete(database, task, attempt)
        assert len(asyncio.run(_read(feed, task.id))) == 2
        assert failed.is_set()
        feed.close()
