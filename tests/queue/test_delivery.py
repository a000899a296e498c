"""What brokers may do to records, and what never follows from it."""

from functools import partial
from pathlib import Path

import pytest

from configs.settings import Settings
from storage.database.base import Database
from storage.database.queue_base import Band
from storage.queue.kafka import KafkaQueue
from storage.queue.kafka_publisher import KafkaPublisher
from tests.contract.conftest import FakeClock
from tests.contract.helpers import complete, new_task, together
from tests.contract.lanes import Lane, kafka_settings, until
from tests.queue.broker import records_of, reset_offsets, send
from tests.queue.conftest import OpenLane, lane_of

pytestmark = pytest.mark.usefixtures("patient_with_kafka")
ALL = Band(0, 9)


def low(settings: Settings) -> str:
    return f"{settings.kafka_prefix}.tasks.low"


def test_one_users_tasks_spread_over_the_partitions(database: Database, lane: Lane, settings: Settings) -> None:
    made = [new_task(database).id for _ in range(30)]
    assert lane.publisher.publish() == 30
    assert sorted(key.decode() for key, _ in records_of(settings) if key) == sorted(made)
    assert sum(lane.queue.lag().values()) == 30
    until(lambda: lane.arrived() == 30)
    assert {lane.queue.lag()[low(settings)]} == {30}
    assert len(lane.drain()) == 30
    assert sum(lane.queue.lag().values()) == 0


def test_duplicates_are_claimed_once(database: Database, lane: Lane, settings: Settings) -> None:
    made = {new_task(database).id for _ in range(10)}
    lane.publisher.publish()
    sent = records_of(settings)
    send(settings, low(settings), *sent, *sent)
    assert len(records_of(settings)) == 30
    claims = lane.drain()
    assert len(claims) == 10
    assert {claim.task_id for claim in claims} == made


def test_without_room_what_is_held_is_bounded_and_all_of_it_is_claimed_later(
    database: Database, tmp_path: Path
) -> None:
    settings = kafka_settings(tmp_path, kafka_window=2, kafka_partitions=1)
    lane = lane_of(database, settings)
    assert isinstance(lane.queue, KafkaQueue)
    consumer = lane.queue._consumer
    made = {new_task(database).id for _ in range(2)}
    lane.publisher.publish()
    until(lambda: lane.arrived() == 2)
    sent, rounds = records_of(settings), 0
    while not consumer._open().paused():
        assert (rounds := rounds + 1) < 50
        send(settings, low(settings), *sent * 5)
        assert lane.queue.take("worker", 0, 60) == []
    (paused,) = consumer._open().paused()
    held = consumer.inbox.held(paused)
    assert paused.topic == low(settings) and held >= 4
    send(settings, low(settings), *sent * 50)
    for _ in range(10):
        assert lane.queue.held(0.1) == 2
        assert consumer.inbox.held(paused) == held
    assert sorted(claim.task_id for claim in lane.drain()) == sorted(made)
    assert not consumer._open().paused()
    lane.close()


def test_offsets_reset_to_zero_start_nothing_again(database: Database, settings: Settings, open_lane: OpenLane) -> None:
    tasks = {task.id: task for task in (new_task(database) for _ in range(12))}
    first = open_lane()
    claims = first.drain()
    for claim in claims[:4]:
        complete(database, tasks[claim.task_id], claim.attempt)
    database.cancel_task(claims[4].task_id)
    database.release(claims[5].task_id, claims[5].attempt)
    first.close()
    reset_offsets(settings)
    late = new_task(database)
    again = open_lane().drain()
    assert sorted((claim.task_id, claim.attempt) for claim in again) == sorted([(claims[5].task_id, 2), (late.id, 1)])


def test_marked_but_never_sent_is_sent_later(
    database: Database, lane: Lane, settings: Settings, clock: FakeClock
) -> None:
    task = new_task(database)
    (reserved,) = database.reserve_publications([ALL], 10, settings.kafka_lost_seconds)[ALL]
    assert reserved.task_id == task.id
    assert lane.drain() == []
    clock.now += settings.kafka_lost_seconds + 1
    assert [claim.task_id for claim in lane.drain()] == [task.id]


def test_publishers_at_once_send_each_task_once(database: Database, settings: Settings) -> None:
    made = [new_task(database).id for _ in range(60)]
    publishers = [KafkaPublisher(database, settings) for _ in range(4)]
    counts = together([partial(_publish_all, publisher) for publisher in publishers])
    for publisher in publishers:
        publisher.close()
    assert [count for count in counts if isinstance(count, int)] and sum(map(int, counts)) == 60  # type: ignore[arg-type]
    assert sorted(key.decode() for key, _ in records_of(settings) if key) == sorted(made)


def test_window_bounds_what_is_published_and_a_newcomer_is_next(
    database: Database, tmp_path: Path, settings: Settings
) -> None:
    small = lane_of(database, kafka_settings(tmp_path, kafka_window=8))
    for _ in range(200):
        new_task(database, "many")
    assert small.publisher.publish() == 8
    assert small.publisher.publish() == 0
    until(lambda: small.arrived() == 8)
    newcomer = new_task(database, "newcomer")
    order: list[str] = []
    while newcomer.id not in order:
        order += [claim.task_id for claim in small.take(1)]
    # Its record follows the first claim, so at most what was claimed while it was under way goes before it.
    assert len(order) <= 9
    assert len(records_of(settings)) <= 8 + len(order)
    small.close()


def test_urgent_tasks_overtake_a_full_window_and_others_still_get_their_share(
    database: Database, tmp_path: Path, settings: Settings
) -> None:
    lane = lane_of(database, kafka_settings(tmp_path, kafka_window=30))
    for _ in range(40):
        new_task(database, priority=0)
    lane.publisher.publish()
    until(lambda: lane.arrived() == 30)
    urgent = {new_task(database, priority=9).id for _ in range(25)}
    assert lane.publisher.publish() == 25
    until(lambda: lane.arrived() == 55)
    order = [claim.task_id in urgent for claim in lane.take(28)]
    assert order[:9] == [True] * 9
    assert order[9] is False and order[19] is False
    assert order[:27].count(True) == 25
    lane.close()


def _publish_all(publisher: KafkaPublisher) -> int:
    total = 0
    while count := publisher.publish():
        total += count
    return total
