"""Any order of calls, by owners that may be dead or late, against a model of what a task may do."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from storage.database.backoff import Backoff
from storage.documents.task import FINAL_STATUSES, TaskError
from storage.errors import ConflictError, StaleAttempt, TaskCancelled
from tests.contract.adapters import DATABASES, open_database
from tests.contract.conftest import FakeClock
from tests.contract.helpers import complete, new_task

# Where a call crosses no socket more orders are tried.
EXAMPLES = {"sqlite": 25}
MAX_ATTEMPTS = 3
LEASE = 60
BACKOFF = Backoff(base_seconds=30, cap_seconds=70, jitter=0)
ERROR = TaskError(code="NODE_FAILED", message="no")


@dataclass
class Expected:
    """What must be true of one task."""

    priority: int
    place: int
    status: str = "pending"
    attempt: int = 0
    failures: int = 0
    phase: str | None = None  # the last one reported in this attempt
    died_in: str | None = None
    deaths: int = 0
    lease_until: float = 0
    retries: int = 0
    available_at: float = 0
    percentage: float = 0
    seq: int = 1

    def fail(self, now: float) -> None:
        self.failures += 1
        self._retry_or_end()
        self.wait(now)

    def wait(self, now: float) -> None:
        self.retries += 1
        self.available_at = now + (30 if self.retries == 1 else 70)

    def die(self) -> None:
        if self.phase is not None:
            self.deaths = self.deaths + 1 if self.phase == self.died_in else 1
            self.died_in = self.phase
        self._retry_or_end()

    def _retry_or_end(self) -> None:
        counted = self.failures + (self.deaths if self.deaths > 1 else 0)
        self.status = "failed" if counted >= MAX_ATTEMPTS else "pending"
        self.seq += 1


class TaskMachine(RuleBasedStateMachine):
    adapter = ""
    tasks = Bundle("tasks")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        self.database = open_database(self.adapter, Path(self.folder.name), self.clock)
        self.model: dict[str, Expected] = {}

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @rule(target=tasks, priority=st.integers(0, 2))
    def create(self, priority: int) -> str:
        task = new_task(self.database, priority=priority)
        self.model[task.id] = Expected(priority, place=len(self.model))
        return task.id

    @rule(limit=st.integers(1, 3))
    def claim(self, limit: int) -> None:
        waiting = [(-task.priority, task.place, task_id) for task_id, task in self.model.items()
                   if self._claimable(task)]  # fmt: skip
        claims = self.database.claim("worker", limit, LEASE)
        assert [claim.task_id for claim in claims] == [task_id for *_, task_id in sorted(waiting)[:limit]]
        for claim in claims:
            task = self.model[claim.task_id]
            task.status, task.attempt, task.percentage = "processing", task.attempt + 1, 0
            task.lease_until, task.phase = self.clock.now + LEASE, None
            assert claim.attempt == task.attempt

    @rule(seconds=st.sampled_from([1, 40, 61]))
    def time_passes(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule()
    def lapsed_leases_are_found(self) -> None:
        lapsed = {task_id for task_id, task in self.model.items()
                  if task.status == "processing" and task.lease_until < self.clock.now}  # fmt: skip
        for task_id in lapsed:
            self.model[task_id].die()
        again = {task_id for task_id in lapsed if self.model[task_id].status == "pending"}
        assert set(self.database.requeue_lapsed(MAX_ATTEMPTS)) == again

    @rule(task_id=tasks, late=st.sampled_from([0, 0, 0, 1]), value=st.floats(0, 100), phase=st.sampled_from("pq"))
    def report(self, task_id: str, late: int, value: float, phase: str) -> None:
        task = self.model[task_id]
        if self._may_write(
            task_id, late, lambda attempt: self.database.record_progress(task_id, attempt, phase, value, "m")
        ):
            task.phase = phase
            task.seq += 1
            task.percentage = max(task.percentage, value)
            event = self.database.events_since(task_id, task.seq - 1)[0]
            assert event.percentage == task.percentage

    @rule(task_id=tasks, late=st.sampled_from([0, 0, 0, 1]))
    def renew(self, task_id: str, late: int) -> None:
        if self._may_write(task_id, late, lambda attempt: self.database.renew(task_id, attempt, LEASE)):
            self.model[task_id].lease_until = self.clock.now + LEASE

    @rule(task_id=tasks, late=st.sampled_from([0, 0, 0, 1]))
    def fail(self, task_id: str, late: int) -> None:
        action = lambda attempt: self.database.fail_attempt(task_id, attempt, ERROR, MAX_ATTEMPTS, BACKOFF)  # noqa: E731
        if self._may_write(task_id, late, action):
            self.model[task_id].fail(self.clock.now)

    @rule(task_id=tasks, late=st.sampled_from([0, 0, 0, 1]))
    def postpone(self, task_id: str, late: int) -> None:
        if self._may_write(task_id, late, lambda attempt: self.database.postpone(task_id, attempt, ERROR, BACKOFF)):
            self.model[task_id].status = "pending"
            self.model[task_id].seq += 1
            self.model[task_id].wait(self.clock.now)

    @rule(task_id=tasks, late=st.sampled_from([0, 0, 0, 1]))
    def release(self, task_id: str, late: int) -> None:
        if self._may_write(task_id, late, lambda attempt: self.database.release(task_id, attempt)):
            self.model[task_id].status = "pending"
            self.model[task_id].seq += 1

    @rule(task_id=tasks, late=st.sampled_from([0, 0, 0, 1]))
    def complete(self, task_id: str, late: int) -> None:
        stored = self.database.get_task(task_id)
        if self._may_write(task_id, late, lambda attempt: complete(self.database, stored, attempt)):
            self.model[task_id].status = "completed"
            self.model[task_id].seq += 1

    @rule(task_id=tasks)
    def cancel(self, task_id: str) -> None:
        task = self.model[task_id]
        if task.status in {"completed", "failed"}:
            with pytest.raises(ConflictError):
                self.database.cancel_task(task_id)
            return
        task.seq += task.status != "cancelled"
        task.status = "cancelled"
        assert self.database.cancel_task(task_id).status == "cancelled"

    def _claimable(self, task: Expected) -> bool:
        return task.status == "pending" and task.available_at <= self.clock.now

    def _may_write(self, task_id: str, late: int, action: Any) -> bool:
        """Act as the newest attempt, or as the one before; whether the write had to succeed, and did."""
        task = self.model[task_id]
        error: type[Exception] | None = None
        if task.status in FINAL_STATUSES:
            error = TaskCancelled
        elif task.status == "pending" or late:
            error = StaleAttempt
        if error is None:
            action(task.attempt)
            return True
        with pytest.raises(error):
            action(task.attempt - late)
        return False

    @precondition(lambda self: self.model)
    @invariant()
    def agrees_with_the_model(self) -> None:
        stored = {task.id: task for task in self.database.list_tasks(limit=200).items}
        assert {task_id: task.status for task_id, task in stored.items()} == {
            task_id: task.status for task_id, task in self.model.items()
        }
        claimable = {task_id for task_id, task in self.model.items() if self._claimable(task)}
        assert self.database.backlog() == len(claimable)
        assert set(self.database.queue_view(list(self.model)).places) == claimable
        posters = {poster.task_id for poster in self.database.list_posters(limit=200).items}
        assert posters == {task_id for task_id, task in self.model.items() if task.status == "completed"}
        for task_id, task in self.model.items():
            last = self.database.events_since(task_id, task.seq - 1)
            assert [event.seq for event in last] == [task.seq]
            assert (last[0].type == "end") == (task.status in FINAL_STATUSES)


@pytest.mark.parametrize("adapter_name", DATABASES)
def test_no_order_of_calls_breaks_a_task(adapter_name: str) -> None:
    machine = type("Machine", (TaskMachine,), {"adapter": adapter_name})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES.get(adapter_name, 6),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
