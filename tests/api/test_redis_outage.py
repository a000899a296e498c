"""Two replicas over one database and one Redis server, which is stopped, killed, frozen, flushed and started again."""

import dataclasses
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from serve_apps.api.main import create_app
from tests.api.conftest import claimed, data, finish, new_task, opened_services
from tests.contract import redis_copies
from tests.servers.valkey import Valkey
from tests.serving import served
from tests.storage.redis_sight import until

# A call waits half a second for Redis, if at all; this is for a busy machine, and far below what would hang.
ONE_CALL = 60.0


def nothing(valkey: Valkey) -> None:
    """The fault mends itself."""


def flush(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()


def restart(valkey: Valkey) -> None:
    valkey.stop()
    valkey.start()


OUTAGES: dict[str, tuple[Callable[[Valkey], None], Callable[[Valkey], None]]] = {
    "stopped": (Valkey.stop, Valkey.start),
    "killed": (Valkey.kill, Valkey.start),
    "frozen": (Valkey.freeze, Valkey.thaw),
}
FAULTS = {**OUTAGES, "flushed": (flush, nothing), "restarted": (restart, nothing)}


class Stream:
    """A client that reads a task's server-sent events to their end."""

    def __init__(self, url: str, task_id: str) -> None:
        self.messages: list[dict[str, Any]] = []
        self.ended = False
        self._url = f"{url}/api/v1/tasks/{task_id}/events"
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    @property
    def numbers(self) -> list[int]:
        return [message["seq"] for message in self.messages]

    def _read(self) -> None:
        with httpx.stream("GET", self._url, timeout=120) as answer:
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    self.messages.append(json.loads(line[5:]))
        self.ended = True

    def join(self) -> None:
        self._thread.join(120)


@pytest.fixture
def replicas(tmp_path: Path, valkey: Valkey) -> Iterator[list[Any]]:
    """Services and address of each of two replicas."""
    with ExitStack() as stack:
        found = []
        for _ in range(2):
            services = stack.enter_context(opened_services(tmp_path / "data"))
            feed = redis_copies.open_feed(services.database, valkey.url, safety_seconds=3)
            cache = redis_copies.open_cache(services.database, valkey.url)
            services = dataclasses.replace(services, feed=feed, cache=cache)
            stack.callback(cache.close)
            stack.callback(feed.close)
            found.append((services, stack.enter_context(served(create_app(services)))))
        yield found


def ready(url: str) -> list[str]:
    """What is degraded, of a service that is ready."""
    answer = httpx.get(f"{url}/readyz", timeout=60)
    assert answer.status_code == 200, answer.text
    degraded: list[str] = answer.json()["degraded"]
    return degraded


@pytest.mark.parametrize("fault", FAULTS)
def test_streams_get_every_event_once_in_order(replicas: list[Any], valkey: Valkey, fault: str) -> None:
    harm, mend = FAULTS[fault]
    (services, url), (_, other_url) = replicas
    tasks = [running(services) for _ in range(2)]
    streams = [Stream(address, task) for task, _ in tasks for address in (url, other_url)]
    until(lambda: all(stream.messages for stream in streams), "the snapshots")

    def report(upto: int) -> None:
        for task, attempt in tasks:
            for seq in range(len(services.database.events_since(task, 0)) + 1, upto + 1):
                services.database.record_progress(task, attempt, "p", seq, f"event {seq}")

    report(8)
    harm(valkey)
    report(16)
    until(lambda: all(stream.numbers[-1] == 16 for stream in streams), "the events of the outage, before it is over")
    mend(valkey)
    report(24)
    for task, attempt in tasks:
        finish(services, task, attempt)
    for stream in streams:
        stream.join()
        assert stream.ended
        first = stream.numbers[0]
        assert stream.numbers == list(range(first, 26))
        assert stream.messages[-1]["type"] == "end"
    until(lambda: not ready(url) and not ready(other_url), "both replicas to be as before")


@pytest.mark.parametrize("fault", OUTAGES)
def test_answers_stay_right_and_quick_and_readyz_says_degraded(replicas: list[Any], valkey: Valkey, fault: str) -> None:
    harm, mend = OUTAGES[fault]
    (services, url), (_, other_url) = replicas
    element_id, task_id = finished_element(services)
    address = f"/api/v1/elements/{element_id}"
    with httpx.Client(base_url=url, timeout=120) as one, httpx.Client(base_url=other_url, timeout=120) as two:
        both = (one, two)
        assert [data(client.get(address))["transform"]["x"] for client in both * 2] == [0] * 4
        until(lambda: ready(url) == ready(other_url) == [], "nothing degraded")
        harm(valkey)
        for number in range(1, 11):
            edited = timed(lambda n=number: one.put(address, json={"transform": {"x": n}}))
            assert data(edited)["transform"]["x"] == number
            for client in both:
                assert data(timed(lambda c=client: c.get(address)))["transform"]["x"] == number
                assert data(timed(lambda c=client: c.get(f"/api/v1/tasks/{task_id}/status")))["status"] == "completed"
        for replica in (url, other_url):
            until(lambda r=replica: any("Redis" in entry for entry in ready(r)), "degraded, naming Redis")
        mend(valkey)
        # What a thawed server still holds is from before the edits.
        assert [data(client.get(address))["transform"]["x"] for client in both * 2] == [10] * 4
        for replica in (url, other_url):
            until(lambda r=replica: not ready(r), "the replica to be as before")
        assert [data(client.get(address))["transform"]["x"] for client in both * 2] == [10] * 4
        with redis.Redis.from_url(valkey.url) as seen:
            until(lambda: json.loads(seen.get(f"element:{element_id}") or "{}").get("version") in {None, 11},
                  "the old copy to go")  # fmt: skip


def test_an_edit_by_one_replica_is_read_from_the_other(replicas: list[Any]) -> None:
    (services, url), (_, other_url) = replicas
    address = f"/api/v1/elements/{finished_element(services)[0]}"
    with httpx.Client(base_url=url, timeout=120) as one, httpx.Client(base_url=other_url, timeout=120) as two:
        for number in range(1, 40):
            writer, reader = (one, two) if number % 2 else (two, one)
            data(reader.get(address))
            data(writer.put(address, json={"transform": {"x": number}}))
            assert data(reader.get(address))["transform"]["x"] == number


def test_wake_up_is_sooner_than_the_safety_poll(replicas: list[Any]) -> None:
    """Twenty events told one after the other, each when the one before was read: polling would take a minute."""
    (services, _), (_, other_url) = replicas
    task, attempt = running(services)
    stream = Stream(other_url, task)
    until(lambda: stream.messages, "the snapshot")
    until(lambda: ready(other_url) == [], "the subscription")
    began = time.monotonic()
    for number in range(20):
        seq = services.database.record_progress(task, attempt, "p", number, "m").seq
        until(lambda s=seq: stream.numbers[-1] == s, "the event")
    took = time.monotonic() - began
    finish(services, task, attempt)
    stream.join()
    assert took < 20 * 3 / 2


def running(services: Any) -> tuple[str, int]:
    """Id and attempt of a task that is worked on."""
    task_id = new_task(services)
    return task_id, claimed(services, task_id)


def finished_element(services: Any) -> tuple[str, str]:
    """Ids of an element that may be edited, and of its task."""
    task, attempt = running(services)
    document = finish(services, task, attempt)
    return document.walk()[0].id, task


def timed(call: Callable[[], httpx.Response]) -> httpx.Response:
    began = time.monotonic()
    answer = call()
    assert time.monotonic() - began < ONE_CALL
    return answer
