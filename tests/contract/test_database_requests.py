"""Requests sent again, retries, places in the queue."""

from functools import partial

import pytest

from storage.database.backoff import Backoff
from storage.database.base import Database
from storage.database.clock import at
from storage.documents.task import Task, TaskError
from storage.errors import ConflictError, IdempotencyKeyReused, TaskNotFound
from tests.contract.conftest import FakeClock
from tests.contract.helpers import PARAMS, claim_one, complete, completed_task, new_task, running_task, together

DAY = 24 * 3600


def keyed(database: Database, user: str = "u1", key: str = "k") -> Task:
    assert database.reserve_request(user, key, "body") is None
    return database.create_task(user, PARAMS, request_key=key)


def test_request_sent_again_gets_the_first_answer(database: Database) -> None:
    task = keyed(database)
    assert database.reserve_request("u1", "k", "body") == task
    answer = task.model_copy(update={"queue_position": 1})
    database.store_answer("u1", "k", answer)
    database.cancel_task(task.id)
    assert database.reserve_request("u1", "k", "body") == answer
    assert database.list_tasks().items == [database.get_task(task.id)]


def test_key_with_another_body_is_refused(database: Database) -> None:
    keyed(database)
    with pytest.raises(IdempotencyKeyReused):
        database.reserve_request("u1", "k", "other")


def test_key_is_the_users_own_and_to_the_letter(database: Database) -> None:
    first = keyed(database, "u1", "k")
    assert keyed(database, "u2", "k").id != first.id
    assert keyed(database, "u1", "K").id != first.id


def test_request_in_flight_holds_others_off(database: Database, clock: FakeClock) -> None:
    assert database.reserve_request("u1", "k", "body") is None
    with pytest.raises(ConflictError):
        database.reserve_request("u1", "k", "body")
    database.abandon_request("u1", "k")
    assert database.reserve_request("u1", "k", "body") is None
    clock.now += 61  # whoever reserved it has died
    assert database.reserve_request("u1", "k", "body") is None


def test_of_many_at_once_one_makes_the_task(database: Database) -> None:
    def send() -> Task:
        return database.reserve_request("u1", "k", "body") or database.create_task("u1", PARAMS, request_key="k")

    results = together([send] * 8)
    assert {type(result) for result in results} <= {Task, ConflictError}
    assert len({result.id for result in results if isinstance(result, Task)}) == 1
    assert len(database.list_tasks().items) == 1


def test_late_maker_under_a_settled_key_makes_nothing(database: Database, clock: FakeClock) -> None:
    assert database.reserve_request("u1", "k", "body") is None
    clock.now += 61
    task = keyed(database)
    with pytest.raises(ConflictError):
        database.create_task("u1", PARAMS, request_key="k")
    assert [found.id for found in database.list_tasks().items] == [task.id]


def test_abandoning_does_not_free_a_settled_key(database: Database) -> None:
    task = keyed(database)
    database.abandon_request("u1", "k")
    assert database.reserve_request("u1", "k", "body") == task


def test_key_is_free_after_a_day(database: Database, clock: FakeClock) -> None:
    first = keyed(database)
    clock.now += DAY - 1
    assert database.reserve_request("u1", "k", "body") == first
    clock.now += 2
    database.sweep()
    assert keyed(database).id != first.id
    clock.now += DAY + 1
    assert database.reserve_request("u1", "k", "other body") is None
    third = database.create_task("u1", PARAMS, request_key="k")
    assert database.reserve_request("u1", "k", "other body") == third


def test_retry_asks_for_the_same_and_names_the_first(database: Database) -> None:
    task = database.create_task("u1", PARAMS, 3)
    with pytest.raises(ConflictError):
        database.retry_task(task.id)
    database.cancel_task(task.id)
    again = database.retry_task(task.id, "u1")
    assert (again.input_params, again.priority, again.user_id) == (PARAMS, 3, "u1")
    assert (again.retry_of, again.group_id, again.status) == (task.id, task.id, "pending")
    assert database.get_task(again.id) == again
    assert claim_one(database).task_id == again.id
    database.cancel_task(again.id)
    third = database.retry_task(again.id)
    assert (third.retry_of, third.group_id) == (again.id, task.id)
    with pytest.raises(TaskNotFound):
        database.retry_task(task.id, "u2")


def test_retry_of_an_external_task_is_external(database: Database) -> None:
    task = database.create_task("u1", PARAMS, executor="external")
    database.cancel_task(task.id)
    assert database.retry_task(task.id).executor == "external"
    assert database.backlog() == 0


def test_places_in_the_queue_follow_the_order_of_claiming(database: Database) -> None:
    low, high, low_again = (new_task(database, priority=priority) for priority in (0, 5, 0))
    external = database.create_task("u1", PARAMS, executor="external")
    ids = [low.id, high.id, low_again.id, external.id, "task_none"]
    view = database.queue_view(ids)
    assert view.places == {high.id: 1, low.id: 2, low_again.id: 3}
    assert (view.running, view.recent_seconds) == (0, [])
    claim_one(database)
    view = database.queue_view(ids)
    assert view.places == {low.id: 1, low_again.id: 2}
    assert view.running == 1


def test_times_are_what_tasks_took_lately(database: Database, clock: FakeClock) -> None:
    for seconds in (8, 4):
        task, attempt = running_task(database)
        clock.now += seconds
        complete(database, task, attempt)
    assert database.queue_view([]).recent_seconds == [4, 8]
    for _ in range(50):
        completed_task(database)
    assert database.queue_view([]).recent_seconds == [0] * 50


def test_what_else_a_task_waits_for(database: Database, clock: FakeClock) -> None:
    first, attempt = running_task(database, "ann")
    second, third, other = (new_task(database, user) for user in ("ann", "ann", "bob"))
    database.claim("worker", 2, 60)
    view = database.queue_view([first.id, second.id, third.id, other.id])
    assert (view.running, view.retries) == (3, {})
    # Of the two of ann's that waited, bob's went between.
    assert view.own_running == {first.id: 1, second.id: 1, third.id: 2, other.id: 0}
    clock.now += 0.4
    database.fail_attempt(first.id, attempt, TaskError(code="X", message="x"), 3, Backoff(10, 10, 0))
    view = database.queue_view([first.id, third.id])
    assert view.retries == {first.id: at(clock.now + 10.6)}
    assert view.places == {third.id: 1}
    clock.now += 10
    view = database.queue_view([first.id, third.id])
    assert (view.retries, set(view.places)) == ({}, {first.id, third.id})


def test_deleted_task_leaves_its_key_taken(database: Database) -> None:
    task = keyed(database)
    database.cancel_task(task.id)
    database.delete_task(task.id)
    with pytest.raises(ConflictError):
        database.reserve_request("u1", "k", "body")


def test_retries_at_once_are_separate_tasks(database: Database) -> None:
    task = new_task(database)
    database.cancel_task(task.id)
    made = together([partial(database.retry_task, task.id)] * 3)
    assert len({result.id for result in made if isinstance(result, Task)}) == 3
