"""Consumers, publishers and brokers that are killed, frozen and started again: nothing lost, nothing doubled."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from configs.settings import Settings
from storage.database.base import Claim, Database
from storage.errors import UnavailableError
from storage.queue import kafka_consumer
from storage.queue.kafka import KafkaQueue
from storage.queue.kafka_clients import HEARTBEAT_MS
from storage.queue.kafka_consumer import GroupConsumer
from storage.queue.kafka_publisher import KafkaPublisher
from storage.queue.kafka_topics import ensure_topics
from tests.contract import mysql_databases
from tests.contract.adapters import DATABASES, open_database
from tests.contract.helpers import complete, new_task
from tests.contract.lanes import Lane, drop_topics, kafka_settings, until
from tests.queue.broker import records_of
from tests.queue.children import LEASE_SECONDS, consume, publish
from tests.queue.conftest import lane_of
from tests.queue.workers import Worker
from tests.servers.tansu import Tansu

SPAWN = get_context("spawn")
LOST_SECONDS = 3
SESSION_SECONDS = 6
# A task's partition is chance: each of two consumers gets some of so many.
ENOUGH = 40


on_every_database = pytest.mark.parametrize("adapter", DATABASES, indirect=True)


def short(folder: Path, bootstrap: str | None = None, **given: Any) -> Settings:
    """What counts as lost, or as dead, does so soon."""
    soon = {"kafka_lost_seconds": LOST_SECONDS, "kafka_session_seconds": SESSION_SECONDS}
    return kafka_settings(folder, bootstrap, **(soon | given))


@pytest.fixture
def adapter(request: pytest.FixtureRequest) -> Iterator[str]:
    yield str(getattr(request, "param", "sqlite"))
    mysql_databases.take_back()


@pytest.fixture
def database(adapter: str, tmp_path: Path) -> Iterator[Database]:
    """On the real clock."""
    database = open_database(adapter, tmp_path)
    yield database
    database.close()


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    settings = short(tmp_path)
    yield settings
    drop_topics(settings)


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    yield path


def assert_all_completed_once(database: Database, task_ids: list[str]) -> None:
    for task_id in task_ids:
        assert database.get_task(task_id).status == "completed"
        assert len(database.list_posters(task_id=task_id).items) == 1
        assert [event.type for event in database.events_since(task_id, 0)].count("end") == 1


def claims_of(workers: list[Worker]) -> list[Claim]:
    return [claim for worker in workers for claim in worker.claims]


def assert_each_claimed_once(claims: list[Claim], task_ids: list[str]) -> None:
    assert sorted(claim.task_id for claim in claims) == sorted(task_ids)
    assert {claim.attempt for claim in claims} == {1}


def work(database: Database, claims: list[Claim]) -> None:
    for claim in claims:
        complete(database, database.get_task(claim.task_id), claim.attempt)


def finished(database: Database, task_ids: list[str]) -> bool:
    return all(database.get_task(task_id).status == "completed" for task_id in task_ids)


def all_published(lane: Lane) -> bool:
    """Whether nothing is left to publish."""
    with suppress(UnavailableError):
        return lane.publisher.publish() == 0
    return False


@on_every_database
def test_eight_consumers_claim_each_of_two_hundred_tasks_once(database: Database, settings: Settings) -> None:
    made = [new_task(database, f"user-{index % 7}", priority=index % 10).id for index in range(200)]
    workers = [Worker(lane_of(database, settings), limit=3) for _ in range(8)]
    until(lambda: len(claims_of(workers)) >= 200)
    for worker in workers:
        worker.close()
    assert_each_claimed_once(claims_of(workers), made)
    assert sum(1 for worker in workers if worker.claims) > 1


@on_every_database
def test_consumers_killed_at_work_lose_nothing(
    adapter: str, database: Database, tmp_path: Path, settings: Settings, pipe: Path
) -> None:
    made = [new_task(database, f"user-{index % 5}").id for index in range(60)]
    publisher = lane_of(database, settings)
    args = adapter, str(tmp_path), settings, str(pipe)
    children = [SPAWN.Process(target=consume, args=args, daemon=True) for _ in range(2)]
    for child in children:
        child.start()
    seen: set[int] = set()
    with pipe.open() as claimed:
        # Before both are there one would claim all.
        assert {claimed.readline().split()[1] for _ in children} == {"joined"}
        until(lambda: all_published(publisher))
        for line in claimed:
            seen.add(int(line.split()[0]))
            if len(seen) == 2:
                break
        for child in children:
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
            child.join()
    assert not finished(database, made)

    def others_go_on() -> bool:
        database.requeue_lapsed(3)
        with suppress(UnavailableError):
            publisher.publisher.publish()
            work(database, publisher.queue.take("survivor", 5, LEASE_SECONDS))
        return finished(database, made)

    until(others_go_on)
    assert_all_completed_once(database, made)
    publisher.close()


def test_consumers_that_come_and_go_while_claiming_double_nothing(database: Database, settings: Settings) -> None:
    made: list[str] = []
    workers: list[Worker] = []

    def until_all_claim() -> None:
        """More tasks, until each worker that is there has claimed some of them."""
        before = [len(worker.claims) for worker in workers]

        def step() -> bool:
            if len(made) - len(claims_of(gone + workers)) < 20:
                made.extend(new_task(database, f"user-{index % 5}").id for index in range(20))
            return all(len(worker.claims) > count for worker, count in zip(workers, before, strict=True))

        until(step)

    gone: list[Worker] = []
    for come, go in ((1, 0), (2, 0), (0, 1), (1, 1)):
        workers += [Worker(lane_of(database, settings)) for _ in range(come)]
        for worker in workers[:go]:
            worker.close()
        gone, workers = gone + workers[:go], workers[go:]
        until_all_claim()
    until(lambda: len(claims_of(gone + workers)) >= len(made))
    for worker in workers:
        worker.close()
    assert_each_claimed_once(claims_of(gone + workers), made)


def at_rest(queues: list[KafkaQueue]) -> Callable[[], bool]:
    """Whether nobody joins: each member learns from its next heartbeat that the group forms again."""
    since = time.monotonic()

    def quiet() -> bool:
        nonlocal since
        if not all(queue.joined for queue in queues):
            since = time.monotonic()
        return time.monotonic() - since > 2 * HEARTBEAT_MS / 1000

    return quiet


def test_who_says_goodbye_leaves_the_partitions_at_once(database: Database, tmp_path: Path, settings: Settings) -> None:
    slow = kafka_settings(tmp_path, kafka_session_seconds=30)
    queues = [KafkaQueue(database, slow) for _ in range(2)]
    first, second = (Worker(Lane(queue, KafkaPublisher(database, slow), queue.held), limit=0) for queue in queues)
    made = [new_task(database).id for _ in range(ENOUGH)]
    until(lambda: first.lane.arrived() > 0 and second.lane.arrived() > 0)
    until(lambda: first.lane.arrived() + second.lane.arrived() == ENOUGH)
    until(at_rest(queues))
    left = time.monotonic()
    first.close()
    until(lambda: not queues[1].joined or second.lane.arrived() == ENOUGH)
    # Nobody waited for its session to end.
    assert time.monotonic() - left < slow.kafka_session_seconds
    second.limit = 5
    until(lambda: len(second.claims) >= ENOUGH)
    second.close()
    assert_each_claimed_once(second.claims, made)


def joins(consumer: GroupConsumer) -> Callable[[], bool]:
    """Whether it has joined; it leaves then."""

    def joined() -> bool:
        with suppress(UnavailableError):
            consumer.receive()
        if consumer.joined:
            consumer.close()
            return True
        return False

    return joined


def leads(consumer: GroupConsumer) -> bool:
    assert consumer._consumer is not None
    return bool(consumer._consumer._coordinator._is_leader)


@pytest.mark.parametrize("seconds", [1, 2])
def test_who_goes_while_the_group_forms_keeps_nobody_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    ensure_topics(settings)
    with monkeypatch.context() as short:
        short.setattr(kafka_consumer, "JOIN_MS", seconds * 1000)
        first = GroupConsumer(settings, 10)
        first.receive()
        assert not first.joined
        first.close()
    until(joins(GroupConsumer(settings, 10)))


@pytest.mark.parametrize("leader_first", [True, False])
def test_members_that_stop_together_keep_nobody_out(settings: Settings, leader_first: bool) -> None:
    ensure_topics(settings)
    both = [GroupConsumer(settings, 10) for _ in range(2)]
    rounds = 0

    def at_rest() -> bool:
        nonlocal rounds
        for consumer in both:
            with suppress(UnavailableError):
                consumer.receive(0.05)
        rounds = rounds + 1 if all(consumer.joined for consumer in both) else 0
        return rounds > 20 * HEARTBEAT_MS / 1000

    until(at_rest)
    both.sort(key=leads, reverse=leader_first)
    closing = [threading.Thread(target=consumer.close) for consumer in both]
    for thread in closing:
        thread.start()
    for thread in closing:
        thread.join()
    until(joins(GroupConsumer(settings, 10)))


def test_consumer_without_room_stays_in_the_group_and_nothing_is_published_again(
    database: Database, tmp_path: Path, settings: Settings
) -> None:
    # A busy machine may hold up a confirmation for seconds.
    settings = kafka_settings(tmp_path, kafka_lost_seconds=15)
    workers = [Worker(lane_of(database, settings), limit=0) for _ in range(2)]
    made = [new_task(database).id for _ in range(ENOUGH)]
    until(lambda: all(worker.lane.arrived() > 0 for worker in workers))

    until(lambda: sum(worker.lane.arrived() for worker in workers) == ENOUGH)
    before = [worker.lane.arrived() for worker in workers]
    # Longer than a session, and longer than an unconfirmed publication counts as there.
    began = time.monotonic()
    until(lambda: time.monotonic() - began > max(settings.kafka_session_seconds, settings.kafka_lost_seconds) + 2)
    assert [worker.lane.arrived() for worker in workers] == before
    assert len(records_of(settings)) == sum(worker.published for worker in workers) == ENOUGH
    for worker in workers:
        worker.limit = 5
    until(lambda: len(claims_of(workers)) >= ENOUGH)
    for worker in workers:
        worker.close()
    assert_each_claimed_once(claims_of(workers), made)


def test_publisher_killed_while_the_broker_is_frozen_loses_nothing(
    adapter: str, database: Database, tmp_path: Path, broker: Tansu, pipe: Path
) -> None:
    settings = short(tmp_path, broker.bootstrap)
    child = SPAWN.Process(target=publish, args=(adapter, str(tmp_path), settings, str(pipe)), daemon=True)
    child.start()
    with pipe.open() as said:
        assert said.readline()  # Its producer is connected.
        broker.freeze()
        made = [new_task(database).id for _ in range(5)]
        until(lambda: database.backlog() == 5 and _marked(adapter, database, settings) == 5)
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
    broker.thaw()
    lane = lane_of(database, settings)
    claims = lane.take(5)
    assert sorted(claim.task_id for claim in claims) == sorted(made)
    assert lane.drain() == []
    lane.close()


def test_frozen_broker_holds_up_nobody_for_long(database: Database, tmp_path: Path, broker: Tansu) -> None:
    settings = short(tmp_path, broker.bootstrap)
    lane = lane_of(database, settings)
    new_task(database)
    assert len(lane.take(1)) == 1
    broker.freeze()
    made = [new_task(database).id for _ in range(3)]
    for action in (lane.queue.ping, lane.publisher.publish):
        began = time.monotonic()
        with pytest.raises(UnavailableError):
            action()
        assert time.monotonic() - began < 90
    with suppress(UnavailableError):
        assert lane.queue.take("worker", 3, 60) == []
    broker.thaw()
    claims = take_patiently(lane, 3)
    assert sorted(claim.task_id for claim in claims) == sorted(made)
    lane.close()


def test_broker_that_is_down_when_tasks_come_gets_them_when_it_is_back(
    database: Database, tmp_path: Path, broker: Tansu
) -> None:
    settings = short(tmp_path, broker.bootstrap)
    broker.kill()
    made = [new_task(database).id for _ in range(4)]
    lane = lane_of(database, settings)
    for action in (lane.queue.ping, lane.queue.ready, lane.publisher.publish, lane.queue.lag):
        with pytest.raises(UnavailableError, match=broker.bootstrap) as refused:
            action()
        assert refused.value.told == "The queue does not answer; try again in a moment."
    broker.start()
    claims = take_patiently(lane, 4)
    assert sorted(claim.task_id for claim in claims) == sorted(made)
    lane.close()


def test_broker_killed_and_started_again_loses_and_doubles_nothing(
    database: Database, tmp_path: Path, broker: Tansu
) -> None:
    settings = short(tmp_path, broker.bootstrap)
    made = [new_task(database, f"user-{index % 3}").id for index in range(30)]
    lane = lane_of(database, settings)
    claims = lane.take(10)
    broker.kill()
    made += [new_task(database).id for _ in range(5)]
    broker.start()
    claims += take_patiently(lane, 35 - len(claims))
    assert sorted(claim.task_id for claim in claims) == sorted(made)
    assert {claim.attempt for claim in claims} == {1}
    lane.close()


def test_broker_that_forgot_everything_is_filled_again(database: Database, tmp_path: Path) -> None:
    broker = Tansu(tmp_path / "forgetful")
    broker.start()
    settings = short(tmp_path, broker.bootstrap)
    made = [new_task(database).id for _ in range(6)]
    lane = lane_of(database, settings)
    lane.publisher.publish()
    claims = lane.take(2)
    lane.queue.close()
    broker.kill()
    broker.start()
    again = lane_of(database, settings)
    claims += take_patiently(again, 4)
    assert sorted(claim.task_id for claim in claims) == sorted(made)
    lane.close()
    again.close()
    broker.close()


def take_patiently(lane: Lane, count: int) -> list[Claim]:
    """As a loop does that goes on after errors."""
    claims: list[Claim] = []

    def step() -> bool:
        with suppress(UnavailableError):
            lane.publisher.publish()
        with suppress(UnavailableError):
            claims.extend(lane.queue.take("worker", 5, 600))
        return len(claims) >= count

    until(step)
    return claims


def _marked(adapter: str, database: Database, settings: Settings) -> int:
    from storage.queue.kafka_topics import CLASSES

    waiting = database.reserve_publications(list(CLASSES.values()), 5, 1e6)
    return 5 - sum(map(len, waiting.values()))
