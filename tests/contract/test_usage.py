"""The ledger of engine time: each stored step once, for good, and sums over a period."""

from datetime import timedelta

import pytest

from storage.database.base import Database
from storage.database.clock import at
from storage.documents.task import Task
from storage.documents.usage import UsageEntry, UsageItem, UsageReport, UsageSums
from storage.errors import StaleAttempt, TaskNotFound
from tests.contract.conftest import FakeClock
from tests.contract.helpers import complete, running_task, together

PICTURE = UsageEntry(stage="background", step="d1", model="sdxl/tiny", seconds=4.0, gpus=0.5, steps=30)
WORDS = UsageEntry(stage="intent", step="d2", model="vllm/tiny", seconds=1.0, gpus=1.0, tokens=200)


def usage(database: Database, clock: FakeClock, by: str = "user", **wanted: object) -> UsageReport:
    """Of the last hour."""
    now = at(clock.now)
    return database.usage(now - timedelta(hours=1), now + timedelta(seconds=1), by, **wanted)  # type: ignore[arg-type]


def spent(database: Database, user: str, *entries: UsageEntry) -> Task:
    """A completed task with these entries."""
    task, attempt = running_task(database, user)
    assert all(database.append_usage(task.id, attempt, entry) for entry in entries)
    return complete(database, task, attempt)


def test_a_step_is_added_once_whichever_attempt_tells_it(database: Database, clock: FakeClock) -> None:
    task, attempt = running_task(database)
    assert database.append_usage(task.id, attempt, PICTURE)
    assert not database.append_usage(task.id, attempt, PICTURE)
    database.release(task.id, attempt)
    (again,) = database.claim("other", 1, 60)
    assert not database.append_usage(task.id, again.attempt, PICTURE)
    # A repair does a stage again, which is another step.
    assert database.append_usage(task.id, again.attempt, PICTURE.model_copy(update={"step": "d3"}))
    report = usage(database, clock)
    assert report.items == [UsageItem(user_id="u1", tasks=1, seconds=8, gpu_seconds=4, steps=60)]


def test_rows_of_a_bulk_run_are_in_the_ledger_beside_tasks(database: Database, clock: FakeClock) -> None:
    spent(database, "u1", PICTURE)
    assert database.append_bulk_usage("row_1", "bulk", PICTURE)
    assert not database.append_bulk_usage("row_1", "bulk", PICTURE)
    assert database.append_bulk_usage("row_2", "bulk", WORDS)
    report = usage(database, clock)
    assert {item.user_id: (item.tasks, item.gpu_seconds) for item in report.items} == {"u1": (1, 2.0), "bulk": (2, 3.0)}


def test_an_old_attempt_adds_nothing(database: Database, clock: FakeClock) -> None:
    task, attempt = running_task(database)
    database.release(task.id, attempt)
    database.claim("other", 1, 60)
    with pytest.raises(StaleAttempt):
        database.append_usage(task.id, attempt, PICTURE)
    with pytest.raises(TaskNotFound):
        database.append_usage("task_none", 1, PICTURE)
    assert usage(database, clock).total == UsageSums()


def test_what_was_done_counts_though_the_task_was_cancelled_and_deleted(database: Database, clock: FakeClock) -> None:
    task, attempt = running_task(database)
    database.append_usage(task.id, attempt, WORDS)
    database.cancel_task(task.id)
    assert database.append_usage(task.id, attempt, PICTURE)
    database.delete_task(task.id)
    report = usage(database, clock, "task")
    assert report.items == [
        UsageItem(task_id=task.id, user_id="u1", tasks=1, seconds=5, gpu_seconds=3, tokens=200, steps=30)
    ]
    with pytest.raises(TaskNotFound):
        database.append_usage(task.id, attempt, PICTURE.model_copy(update={"step": "late"}))


def test_sums_by_user_task_stage_and_model(database: Database, clock: FakeClock) -> None:
    first = spent(database, "ann", WORDS, PICTURE)
    second = spent(database, "Ann", WORDS)
    third = spent(database, "ann", WORDS)
    by_user = usage(database, clock)
    assert [(item.user_id, item.tasks, item.gpu_seconds) for item in by_user.items] == [("ann", 2, 4), ("Ann", 1, 1)]
    assert by_user.total == UsageSums(tasks=3, seconds=7, gpu_seconds=5, tokens=600, steps=30)
    by_task = usage(database, clock, "task")
    assert [item.task_id for item in by_task.items] == [first.id, *sorted([second.id, third.id])]
    by_stage = usage(database, clock, "stage")
    assert [(item.stage, item.tasks, item.gpu_seconds) for item in by_stage.items] == [
        ("intent", 3, 3), ("background", 1, 2),
    ]  # fmt: skip
    by_model = usage(database, clock, "model")
    assert [(item.model, item.tokens, item.steps) for item in by_model.items] == [
        ("vllm/tiny", 600, 0), ("sdxl/tiny", 0, 30),
    ]  # fmt: skip


def test_only_what_was_asked_for(database: Database, clock: FakeClock) -> None:
    mine = spent(database, "ann", WORDS, PICTURE)
    spent(database, "Ann", WORDS)
    assert usage(database, clock, "task", user_id="ann").total.tasks == 1
    assert usage(database, clock, "stage", task_id=mine.id).total.gpu_seconds == 3
    shortened = usage(database, clock, "user", limit=1)
    assert [item.user_id for item in shortened.items] == ["ann"]
    assert shortened.total.tasks == 2
    assert usage(database, clock, "user", user_id="nobody") == usage(database, clock).model_copy(
        update={"items": [], "total": UsageSums()}
    )


def test_the_period_includes_its_beginning_and_not_its_end(database: Database, clock: FakeClock) -> None:
    spent(database, "u1", WORDS)
    moment = at(clock.now)
    later, earlier = moment + timedelta(seconds=1), moment - timedelta(hours=1)
    assert database.usage(moment, later, "user").total.tasks == 1
    assert database.usage(earlier, moment, "user").total.tasks == 0
    assert database.usage(later, later + timedelta(hours=1), "user").total.tasks == 0


def test_the_same_step_told_at_once_is_one_row(database: Database, clock: FakeClock) -> None:
    task, attempt = running_task(database)
    told = together([lambda: database.append_usage(task.id, attempt, PICTURE) for _ in range(8)])
    assert sorted(map(str, told)) == ["False"] * 7 + ["True"]
    assert usage(database, clock).total.seconds == 4
