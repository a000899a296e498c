"""Tasks that failed wait before they are tried again, each time longer."""

from hypothesis import given
from hypothesis import strategies as st

from storage.database.backoff import Backoff
from storage.database.base import Database
from storage.documents.task import TaskError
from tests.contract.conftest import FakeClock
from tests.contract.helpers import claim_one, new_task, running_task

ERROR = TaskError(code="UNAVAILABLE", message="the reader is away")
STEADY = Backoff(base_seconds=1, cap_seconds=10, jitter=0)


def test_failed_attempt_is_claimed_after_its_wait_and_not_before(database: Database, clock: FakeClock) -> None:
    task, attempt = running_task(database)
    waiting = database.fail_attempt(task.id, attempt, ERROR, 3, STEADY)
    assert (waiting.status, waiting.progress.message) == ("pending", "等待重试")
    assert waiting.progress.details is not None
    assert waiting.progress.details["retry_at"] == "2027-01-15T08:00:01Z"
    assert database.claim("worker", 1, 60) == []
    assert database.backlog() == 0
    assert database.queue_view([task.id]).places == {}
    clock.now += 0.999
    assert database.claim("worker", 1, 60) == []
    clock.now += 0.001
    assert database.backlog() == 1
    assert database.queue_view([task.id]).places == {task.id: 1}
    assert claim_one(database).attempt == attempt + 1


def test_others_go_first_while_a_task_waits_for_its_retry(database: Database, clock: FakeClock) -> None:
    task = new_task(database, priority=9)
    database.fail_attempt(task.id, claim_one(database).attempt, ERROR, 3, STEADY)
    other = new_task(database)
    assert claim_one(database).task_id == other.id
    clock.now += 1
    assert claim_one(database).task_id == task.id


def test_each_wait_is_longer_up_to_the_cap(database: Database, clock: FakeClock) -> None:
    task = new_task(database)
    for seconds in (1, 4, 10, 10, 10):
        database.postpone(task.id, claim_one(database).attempt, ERROR, STEADY)
        clock.now += seconds - 0.002
        assert database.claim("worker", 1, 60) == []
        clock.now += 0.002
    # Postponing counted nothing.
    assert database.fail_attempt(task.id, claim_one(database).attempt, ERROR, 2, STEADY).status == "pending"


def test_released_and_lapsed_tasks_wait_for_nothing(database: Database, clock: FakeClock) -> None:
    task = new_task(database)
    database.release(task.id, claim_one(database).attempt)
    claim_one(database, lease_seconds=10)
    clock.now += 11
    assert database.requeue_lapsed(3) == [task.id]
    claim_one(database)


def test_waiting_task_can_be_cancelled(database: Database, clock: FakeClock) -> None:
    task, attempt = running_task(database)
    database.fail_attempt(task.id, attempt, ERROR, 3, STEADY)
    assert database.cancel_task(task.id).status == "cancelled"
    clock.now += 100
    assert database.claim("worker", 1, 60) == []


@given(
    base=st.floats(0.01, 100), cap=st.floats(0.01, 1000), jitter=st.floats(0, 1), retries=st.integers(1, 10**6)
)  # fmt: skip
def test_wait_is_never_longer_than_the_cap_nor_shorter_than_the_jitter_allows(
    base: float, cap: float, jitter: float, retries: int
) -> None:
    longest = min(cap, base * 4.0 ** min(retries - 1, 19))
    seconds = Backoff(base, cap, jitter).seconds(retries)
    assert longest * (1 - jitter) <= seconds <= longest
