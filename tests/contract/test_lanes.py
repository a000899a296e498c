"""Interactive tasks go before bulk ones, and those are never starved, whatever the adapter."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database.base import Database
from tests.contract.helpers import PARAMS, claim_one, complete
from tests.contract.lanes import LANES, Lane, drop_topics, kafka_settings, until

pytestmark = pytest.mark.usefixtures("patient_with_kafka")
BULK_SHARE = ["i", "i", "i", "i", "b"]


def queued(database: Database, interactive: int, bulk: int, user: str = "u1") -> dict[str, str]:
    """Tasks of both lanes: id -> ``b`` or ``i``. The bulk ones are the older and more urgent."""
    made = {database.create_task(user, PARAMS, 9, lane="bulk").id: "b" for _ in range(bulk)}
    return made | {database.create_task(user, PARAMS, 0).id: "i" for _ in range(interactive)}


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Lane]:
    opened = LANES[request.param](database, tmp_path)
    yield opened
    opened.close()
    if request.param == "kafka":
        drop_topics(kafka_settings(tmp_path))


def test_one_claim_in_five_is_of_the_bulk_lane_while_both_wait(lane: Lane, database: Database) -> None:
    lanes = queued(database, 12, 10)
    lane.publisher.publish()
    until(lambda: lane.arrived() == 22)
    taken = [lanes[claim.task_id] for claim in lane.take(22)]
    assert taken == BULK_SHARE * 3 + ["b"] * 7


def test_claimed_tasks_tell_the_priority_they_were_given(lane: Lane, database: Database) -> None:
    queued(database, 0, 1)
    (claim,) = lane.take(1)
    assert claim.priority == 9
    task = database.get_task(claim.task_id)
    assert (task.lane, task.priority, task.status) == ("bulk", 9, "processing")


def test_several_claims_at_once_keep_the_share(database: Database) -> None:
    lanes = queued(database, 16, 16)
    for _ in range(4):
        assert [lanes[claim.task_id] for claim in database.claim("worker", 5, 60)] == BULK_SHARE
    assert [lanes[claim.task_id] for claim in database.claim("worker", 50, 60)] == ["b"] * 12


def test_either_lane_alone_has_all_claims(database: Database) -> None:
    assert len(queued(database, 0, 7)) == len(database.claim("worker", 7, 60))
    assert len(queued(database, 7, 0)) == len(database.claim("worker", 7, 60))
    assert database.claim("worker", 1, 60) == []


def test_places_count_both_lanes(database: Database) -> None:
    lanes = queued(database, 6, 3)
    places = database.queue_view(list(lanes)).places
    assert sorted(places.values()) == list(range(1, 10))
    order = [claim_one(database).task_id for _ in range(9)]
    assert order == sorted(lanes, key=places.__getitem__)


def test_much_in_bulk_costs_no_turn_of_the_other_lane(database: Database) -> None:
    queued(database, 0, 30, "many")
    for user in ("many", "few"):
        for _ in range(2):
            database.create_task(user, PARAMS)
    users = []
    for _ in range(4):
        claim = claim_one(database)
        users.append(complete(database, database.get_task(claim.task_id), claim.attempt).user_id)
    assert users == ["many", "few", "many", "few"]


def test_users_take_turns_in_the_bulk_lane_and_priority_goes_first(database: Database) -> None:
    for user in ("a", "b"):
        for _ in range(2):
            database.create_task(user, PARAMS, lane="bulk")
    urgent = database.create_task("a", PARAMS, 3, lane="bulk")
    claims = [claim.task_id for claim in database.claim("worker", 5, 60)]
    assert claims[0] == urgent.id
    assert [database.get_task(task_id).user_id for task_id in claims[1:]] == ["a", "b", "a", "b"]


def test_a_retry_stays_in_its_lane(database: Database) -> None:
    task = database.create_task("u1", PARAMS, 4, lane="bulk")
    database.cancel_task(task.id)
    again = database.retry_task(task.id)
    assert (again.lane, again.priority) == ("bulk", 4)
    assert database.get_task(again.id).lane == "bulk"
    assert database.list_tasks().items[0].lane == "bulk"
