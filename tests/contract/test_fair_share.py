"""Whose turn it is: no user's tasks wait behind all of another's."""

import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.database.base import Database
from tests.contract.adapters import DATABASES, open_database
from tests.contract.helpers import claim_one, complete, new_task


def finish_next(database: Database) -> str:
    """Claim a task and complete it; its user."""
    claim = claim_one(database)
    return complete(database, database.get_task(claim.task_id), claim.attempt).user_id


def test_a_newcomer_is_next_however_much_somebody_else_queued(database: Database) -> None:
    for _ in range(200):
        new_task(database, "many")
    assert [finish_next(database) for _ in range(7)] == ["many"] * 7
    running = claim_one(database)
    newcomer = new_task(database, "few")
    assert database.queue_view([newcomer.id]).places == {newcomer.id: 1}
    complete(database, database.get_task(running.task_id), running.attempt)
    assert claim_one(database).task_id == newcomer.id


def test_users_take_turns(database: Database) -> None:
    for user in ("a", "b", "c"):
        for _ in range(4):
            new_task(database, user)
    assert [finish_next(database) for _ in range(12)] == ["a", "b", "c"] * 4


def test_small_users_that_come_again_do_not_starve_a_large_one(database: Database) -> None:
    for _ in range(20):
        new_task(database, "many")
    served = []
    for _ in range(20):
        for user in ("few", "less"):
            if not database.list_tasks(user_id=user, status="pending").items:
                new_task(database, user)
        served.append(finish_next(database))
    assert served.count("many") >= 20 // 3


def test_idle_time_earns_no_credit_and_what_was_cancelled_costs_none(database: Database) -> None:
    for _ in range(30):
        new_task(database, "busy")
    for _ in range(10):
        finish_next(database)
    # "fresh" did nothing so far: it gets its turns from now on, not ten in a row.
    for _ in range(9):
        new_task(database, "fresh")
    assert [finish_next(database) for _ in range(4)] == ["fresh", "busy", "fresh", "busy"]
    for task in database.list_tasks(user_id="busy", status="pending", limit=50).items:
        database.cancel_task(task.id)
    again = new_task(database, "busy")
    assert again.id in [claim.task_id for claim in database.claim("worker", 3, 60)]


def test_priority_goes_before_turns(database: Database) -> None:
    for _ in range(3):
        new_task(database, "a", priority=5)
    low = new_task(database, "b")
    assert [finish_next(database) for _ in range(3)] == ["a"] * 3
    assert claim_one(database).task_id == low.id


def test_retry_takes_its_users_turn(database: Database) -> None:
    tasks = [new_task(database, "a") for _ in range(3)]
    other = new_task(database, "b")
    database.cancel_task(tasks[0].id)
    retried = database.retry_task(tasks[0].id)
    taken = [claim.task_id for claim in database.claim("worker", 10, 60)]
    assert taken == [other.id, tasks[1].id, tasks[2].id, retried.id]


@pytest.mark.parametrize("adapter_name", DATABASES)
@settings(max_examples=20, deadline=None)
@given(users=st.lists(st.sampled_from("abc"), min_size=1, max_size=15), taken=st.integers(0, 5))
def test_places_are_the_order_of_claiming(
    tmp_path_factory: pytest.TempPathFactory, adapter_name: str, users: list[str], taken: int
) -> None:
    folder = tmp_path_factory.mktemp("queue")
    database = open_database(adapter_name, folder)
    for user in users[: len(users) // 2]:
        new_task(database, user)
    database.claim("worker", taken, 60)
    for user in users[len(users) // 2 :]:
        new_task(database, user)
    waiting = [task.id for task in database.list_tasks(status="pending", limit=50).items]
    places = database.queue_view(waiting).places
    claimed = [claim.task_id for claim in database.claim("worker", 50, 60)]
    assert claimed == sorted(waiting, key=places.__getitem__)
    database.close()
    shutil.rmtree(folder)
