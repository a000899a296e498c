"""The opt-in longest wait for a worker."""

from storage.database.base import Database
from tests.contract.conftest import FakeClock
from tests.contract.helpers import claim_one, complete, new_task


def test_task_that_no_worker_takes_in_time_fails(database: Database, clock: FakeClock) -> None:
    late = new_task(database)
    clock.now += 50
    later = new_task(database)
    assert database.fail_unstarted(60) == []
    clock.now += 11
    assert database.fail_unstarted(60) == [late.id]
    assert database.fail_unstarted(60) == []
    failed = database.get_task(late.id)
    assert failed.status == "failed" and failed.error is not None
    assert (failed.error.code, failed.progress.phase, failed.progress.percentage) == ("QUEUE_ERROR", "failed", -1)
    assert database.events_since(late.id, 0)[-1].type == "end"
    assert claim_one(database).task_id == later.id


def test_task_that_was_begun_may_wait_for_longer(database: Database, clock: FakeClock) -> None:
    begun, at_work, done = (new_task(database) for _ in range(3))
    first, _, third = database.claim("worker", 3, 3600)
    assert (first.task_id, third.task_id) == (begun.id, done.id)
    database.release(begun.id, first.attempt)
    complete(database, done, third.attempt)
    clock.now += 1000
    assert database.fail_unstarted(60) == []
    assert [database.get_task(task.id).status for task in (begun, at_work, done)] == [
        "pending", "processing", "completed",
    ]  # fmt: skip
