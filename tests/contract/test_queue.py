from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from storage.database.base import Database
from storage.documents.task import TaskError
from tests.contract.conftest import FakeClock
from tests.contract.helpers import complete, new_task, together
from tests.contract.lanes import LANES, Lane, drop_topics, kafka_settings, until

pytestmark = pytest.mark.usefixtures("patient_with_kafka")
ERROR = TaskError(code="NODE_FAILED", message="the painter stumbled")


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Lane]:
    lane = LANES[request.param](database, tmp_path)
    yield lane
    lane.close()
    if request.param == "kafka":
        drop_topics(kafka_settings(tmp_path))


def test_accepted_task_can_be_taken_once(database: Database, lane: Lane) -> None:
    task = new_task(database, priority=4)
    (claim,) = lane.drain()
    assert (claim.task_id, claim.attempt, claim.priority) == (task.id, 1, 4)
    assert not lane.queue.ready()
    assert lane.drain() == []


def test_empty_queue_gives_nothing(lane: Lane) -> None:
    assert lane.drain() == []
    assert not lane.queue.ready()
    lane.queue.ping()


def test_who_has_no_room_learns_that_something_waits(database: Database, lane: Lane) -> None:
    new_task(database)
    lane.publisher.publish()
    while not lane.queue.ready():
        assert lane.queue.take("worker", 0, 60) == []
    assert lane.queue.take("worker", 0, 60) == []
    assert len(lane.drain()) == 1


def test_task_given_back_is_delivered_again(database: Database, lane: Lane) -> None:
    new_task(database)
    (first,) = lane.drain()
    database.release(first.task_id, first.attempt)
    (second,) = lane.drain()
    assert (second.task_id, second.attempt) == (first.task_id, 2)


def test_task_of_a_dead_worker_is_delivered_again(database: Database, lane: Lane, clock: FakeClock) -> None:
    new_task(database)
    (first,) = lane.drain()
    clock.now += 61
    assert database.requeue_lapsed(3) == [first.task_id]
    (second,) = lane.drain()
    assert (second.task_id, second.attempt) == (first.task_id, 2)


def test_failed_task_comes_when_its_wait_is_over(database: Database, lane: Lane, clock: FakeClock) -> None:
    new_task(database)
    (first,) = lane.drain()
    database.fail_attempt(first.task_id, first.attempt, ERROR, max_attempts=3)
    assert lane.drain() == []
    clock.now += 2
    (second,) = lane.drain()
    assert (second.task_id, second.attempt) == (first.task_id, 2)


def test_cancelled_and_completed_tasks_are_not_delivered(database: Database, lane: Lane) -> None:
    database.cancel_task(new_task(database).id)
    done, stopped = new_task(database), new_task(database)
    lane.publisher.publish()
    database.cancel_task(stopped.id)
    (claim,) = lane.drain()
    complete(database, done, claim.attempt)
    assert lane.drain() == []


def test_higher_priority_goes_first(database: Database, lane: Lane) -> None:
    made = {priority: [new_task(database, priority=priority).id for _ in range(2)] for priority in (0, 9, 4, 8)}
    lane.publisher.publish()
    until(lambda: lane.arrived() == 8)
    order = [claim.task_id for claim in lane.drain(limit=1)]
    assert order == [task_id for priority in (9, 8, 4, 0) for task_id in made[priority]]


def test_users_take_turns(database: Database, lane: Lane) -> None:
    many = [new_task(database, "many").id for _ in range(20)]
    few = [new_task(database, "few").id for _ in range(3)]
    lane.publisher.publish()
    until(lambda: lane.arrived() == 23)
    order = [claim.task_id for claim in lane.drain(limit=1)]
    assert order[:6] == [many[0], few[0], many[1], few[1], many[2], few[2]]
    assert order[6:] == many[3:]


def test_consumers_at_once_take_each_task_once(database: Database, lane: Lane) -> None:
    made = {new_task(database).id for _ in range(40)}
    results = together([partial(lane.drain, f"worker-{number}", 3) for number in range(8)])
    assert not [result for result in results if isinstance(result, Exception)]
    taken = [claim.task_id for result in results if isinstance(result, list) for claim in result]
    assert len(taken) == 40
    assert set(taken) == made
