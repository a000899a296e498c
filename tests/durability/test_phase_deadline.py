"""A phase that does not end: its attempt fails, and the replica with the lost thread is replaced."""

from types import SimpleNamespace

import pytest

from serve_apps.execution import FencedExecutor
from serve_apps.leases import LeaseKeeper
from serve_apps.orchestrator import Orchestrator
from storage.database.backoff import Backoff
from storage.database.base import Database
from storage.errors import StaleAttempt
from tests.contract.helpers import claim_one, new_task
from tests.durability.rig import until


def at_work(database: Database, keeper: LeaseKeeper, task_id: str) -> FencedExecutor:
    """A claimed task that has begun."""
    attempt = claim_one(database).attempt
    keeper.add(task_id, attempt)
    executor = FencedExecutor(database, task_id, attempt, lambda: keeper.progressed(task_id, attempt))
    executor.report("generating_layout")
    return executor


def test_phases_that_take_too_long_count_like_errors(database: Database) -> None:
    task = new_task(database)
    keeper = LeaseKeeper(database, lease_seconds=60, phase_seconds=0.01, max_attempts=3, backoff=Backoff(0, 0))
    for expected in ("pending", "pending", "failed"):
        executor = at_work(database, keeper, task.id)
        until(lambda: keeper.fail_overdue() or keeper.stuck(), "the deadline")
        assert database.get_task(task.id).status == expected
        keeper.remove(task.id, executor.attempt)
    error = database.get_task(task.id).error
    assert error is not None and error.code == "PHASE_TIMEOUT"


def test_stuck_thread_is_stopped_by_the_fence_and_makes_the_replica_unhealthy(database: Database) -> None:
    task = new_task(database)
    keeper = LeaseKeeper(database, lease_seconds=60, phase_seconds=0.01, max_attempts=3, backoff=Backoff(0, 0))
    replica = SimpleNamespace(_keeper=keeper, check_health=lambda: Orchestrator.check_health(replica))
    executor = at_work(database, keeper, task.id)
    replica.check_health()
    until(lambda: keeper.fail_overdue() or keeper.stuck(), "the deadline")
    assert keeper.held() == {}
    with pytest.raises(RuntimeError, match=task.id):
        replica.check_health()
    with pytest.raises(StaleAttempt):
        executor.report("generating_background")
    keeper.remove(task.id, executor.attempt)
    replica.check_health()


def test_task_that_moves_on_may_take_long_in_all(database: Database) -> None:
    task = new_task(database)
    keeper = LeaseKeeper(database, lease_seconds=60, phase_seconds=3600, max_attempts=3, backoff=Backoff(0, 0))
    executor = at_work(database, keeper, task.id)
    keeper._since[task.id] -= 3000
    executor.check()
    keeper._since[task.id] -= 3000
    keeper.fail_overdue()
    assert keeper.held() == {task.id: executor.attempt}
