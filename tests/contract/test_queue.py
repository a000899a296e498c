from functools import partial

import pytest

from storage.database.base import Database
from storage.queue.base import TaskQueue
from tests.contract.adapters import QUEUES
from tests.contract.helpers import complete, new_task, together


@pytest.fixture(params=QUEUES)
def queue(request: pytest.FixtureRequest, database: Database) -> TaskQueue:
    return QUEUES[request.param](database)


def test_accepted_task_can_be_taken(database: Database, queue: TaskQueue) -> None:
    task = new_task(database, priority=4)
    assert queue.backlog() == 1
    (claim,) = queue.take("worker", 5, 60)
    assert (claim.task_id, claim.attempt, claim.priority) == (task.id, 1, 4)
    assert queue.backlog() == 0
    assert queue.take("worker", 5, 60) == []


def test_empty_queue_gives_nothing(queue: TaskQueue) -> None:
    assert queue.take("worker", 5, 60) == []
    assert queue.backlog() == 0


def test_task_given_back_is_delivered_again(database: Database, queue: TaskQueue) -> None:
    new_task(database)
    (first,) = queue.take("worker", 1, 60)
    database.release(first.task_id, first.attempt)
    assert queue.backlog() == 1
    (second,) = queue.take("worker", 1, 60)
    assert (second.task_id, second.attempt) == (first.task_id, 2)


def test_cancelled_and_completed_tasks_are_not_delivered(database: Database, queue: TaskQueue) -> None:
    database.cancel_task(new_task(database).id)
    done = new_task(database)
    (claim,) = queue.take("worker", 1, 60)
    complete(database, done, claim.attempt)
    assert queue.take("worker", 5, 60) == []
    assert queue.backlog() == 0


def test_consumers_at_once_take_each_task_once(database: Database, queue: TaskQueue) -> None:
    made = {new_task(database).id for _ in range(40)}
    results = together([partial(queue.take, f"worker-{number}", 10, 60) for number in range(8)])
    taken = [claim.task_id for result in results if isinstance(result, list) for claim in result]
    assert len(taken) == 40
    assert set(taken) == made
