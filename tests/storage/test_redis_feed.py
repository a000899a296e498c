"""What only the feed over Redis has: one subscription, and what makes up for messages that are lost."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from storage.database.base import Database
from storage.documents.progress import TaskEvent
from storage.errors import UnavailableError
from storage.progress.redis import RedisFeed
from tests.contract.helpers import complete, running_task
from tests.contract.redis_copies import announce, link
from tests.servers.valkey import Valkey
from tests.storage.redis_sight import plain, until

PATIENCE = 120


@pytest.fixture
def seen(valkey: Valkey) -> Iterator[Any]:
    with plain(valkey.url) as client:
        yield client


@pytest.fixture
def open_feed(database: Database, valkey: Valkey) -> Iterator[Callable[[float], RedisFeed]]:
    with contextlib.ExitStack() as opened:

        def open_one(safety_seconds: float) -> RedisFeed:
            feed = RedisFeed(database, link(valkey.url), poll_seconds=0.05, safety_seconds=safety_seconds)
            opened.callback(feed.close)
            return feed

        yield open_one


async def subscribed(feed: RedisFeed) -> None:
    await asyncio.to_thread(until, lambda: feed._subscription.healthy, "the subscription")


def answers(feed: RedisFeed) -> bool:
    """Within its half second, which a busy machine may take."""
    with contextlib.suppress(UnavailableError):
        feed.ping()
        return True
    return False


def subscriptions(seen: Any) -> int:
    return sum(int(client["psub"]) > 0 for client in seen.client_list())


def test_many_streams_share_one_subscription(
    database: Database, seen: Any, open_feed: Callable[[float], RedisFeed]
) -> None:
    feed = open_feed(600)
    assert subscriptions(seen) == 0

    async def scenario() -> None:
        tasks = [running_task(database)[0] for _ in range(20)]
        streams = [feed.follow(task.id, 0) for task in tasks for _ in range(5)]
        for stream in streams:
            await anext(stream)
        await subscribed(feed)
        assert subscriptions(seen) == 1
        for stream in streams:
            await stream.aclose()

    asyncio.run(asyncio.wait_for(scenario(), PATIENCE))


def test_lost_message_is_made_up_for_though_others_never_cease(
    database: Database, seen: Any, open_feed: Callable[[float], RedisFeed]
) -> None:
    feed, over = open_feed(0.3), threading.Event()
    (task, attempt), (other, _) = running_task(database), running_task(database)

    def chatter() -> None:
        while not over.is_set():
            seen.publish(f"task:progress:{other.id}", b"\xff no text")

    async def scenario() -> TaskEvent:
        ours, others = feed.follow(task.id, 0), feed.follow(other.id, 0)
        await anext(ours), await anext(others)
        await subscribed(feed)
        talking = threading.Thread(target=chatter)
        talking.start()
        try:
            database.record_progress(task.id, attempt, "untold", 10, "m")
            return await anext(ours)
        finally:
            over.set()
            talking.join()

    assert asyncio.run(asyncio.wait_for(scenario(), PATIENCE)).phase == "untold"
    assert feed._subscription.healthy


def test_events_between_two_connections_are_read_at_once(
    database: Database, valkey: Valkey, seen: Any, open_feed: Callable[[float], RedisFeed]
) -> None:
    """The server drops the subscribed connection; whatever is published until there is a new one is heard by nobody."""
    feed = open_feed(600)
    announce(database, valkey.url)
    task, attempt = running_task(database)

    async def scenario() -> list[TaskEvent]:
        stream = feed.follow(task.id, 0)
        events = [await anext(stream)]
        await subscribed(feed)
        for number in range(10):
            assert seen.client_kill_filter(_type="pubsub") >= 0
            database.record_progress(task.id, attempt, "p", number, "m")
            events.append(await anext(stream))
        complete(database, task, attempt)
        return events + [event async for event in stream]

    events = asyncio.run(asyncio.wait_for(scenario(), 3 * PATIENCE))
    assert [event.seq for event in events] == list(range(1, 13))


def test_full_server_still_wakes_streams_and_drops_copies(
    database: Database, valkey: Valkey, seen: Any, open_feed: Callable[[float], RedisFeed]
) -> None:
    feed = open_feed(600)
    announce(database, valkey.url)
    task, attempt = running_task(database)
    database.record_progress(task.id, attempt, "p", 1, "m")
    until(lambda: seen.hget(f"task:progress:{task.id}", "phase") == "p", "the hash")

    async def scenario() -> list[TaskEvent]:
        stream = feed.follow(task.id, 1)
        events = [await anext(stream)]
        await subscribed(feed)
        seen.config_set("maxmemory", 1)
        with pytest.raises(UnavailableError, match="Redis"):
            feed.ping()
        database.record_progress(task.id, attempt, "q", 2, "m")
        events.append(await anext(stream))
        complete(database, task, attempt)
        return events + [event async for event in stream]

    events = asyncio.run(asyncio.wait_for(scenario(), PATIENCE))
    assert [event.seq for event in events] == [2, 3, 4]
    until(lambda: not seen.exists(f"task:progress:{task.id}"), "the hash to go")
    seen.config_set("maxmemory", 0)
    until(lambda: answers(feed), "writes as before")


def test_frozen_server_is_noticed_and_polled_around(
    database: Database, valkey: Valkey, open_feed: Callable[[float], RedisFeed]
) -> None:
    feed = open_feed(600)
    task, attempt = running_task(database)

    async def scenario() -> float:
        stream = feed.follow(task.id, 0)
        await anext(stream)
        await subscribed(feed)
        await asyncio.to_thread(until, lambda: answers(feed), "an answer")
        valkey.freeze()
        database.record_progress(task.id, attempt, "p", 1, "m")
        began = time.monotonic()
        await anext(stream)
        with pytest.raises(UnavailableError, match="Redis"):
            feed.ping()
        valkey.thaw()
        await subscribed(feed)
        await asyncio.to_thread(until, lambda: answers(feed), "commands as before")
        return time.monotonic() - began

    assert asyncio.run(asyncio.wait_for(scenario(), PATIENCE)) < PATIENCE
