"""Topics that are deleted under tasks which wait: all of them are published again."""

from contextlib import suppress

from configs.settings import Settings
from storage.database.base import Claim, Database
from storage.errors import UnavailableError
from tests.contract.conftest import FakeClock
from tests.contract.helpers import new_task
from tests.contract.lanes import Lane, until
from tests.queue.broker import delete_topics, records_of


def claimed(lane: Lane, clock: FakeClock, count: int) -> list[Claim]:
    """So many claims, while time passes."""
    claims: list[Claim] = []

    def time_passes() -> bool:
        clock.now += 1
        with suppress(UnavailableError):
            lane.publisher.publish()
        with suppress(UnavailableError):
            claims.extend(lane.queue.take("worker", count, 1000))
        return len(claims) >= count

    until(time_passes)
    return claims


def test_deleted_topics_lose_nothing(database: Database, lane: Lane, settings: Settings, clock: FakeClock) -> None:
    made = {new_task(database).id for _ in range(5)}
    assert lane.publisher.publish() == 5
    delete_topics(settings)
    assert {claim.task_id for claim in claimed(lane, clock, len(made))} == made
    assert lane.drain() == []


def test_topics_deleted_after_much_use_are_read_from_their_new_beginning(
    database: Database, lane: Lane, settings: Settings, clock: FakeClock
) -> None:
    for _ in range(120):
        new_task(database)
    assert len(lane.drain()) == 120
    made = {new_task(database).id for _ in range(5)}
    lane.publisher.publish()
    delete_topics(settings)
    assert {claim.task_id for claim in claimed(lane, clock, len(made))} == made
    # Not after as many records as the old topics had.
    assert len(records_of(settings)) < 3 * len(made)
