from collections.abc import Callable
from functools import partial

import pytest
from pydantic import ValidationError as PydanticError

from storage.database.base import Database
from storage.documents.task import Task, TaskError
from storage.errors import ConflictError, StaleAttempt, TaskCancelled, TaskNotFound
from tests.contract.conftest import FakeClock
from tests.contract.helpers import claim_one, complete, new_task, poster_id, running_task, together

ERROR = TaskError(code="NODE_FAILED", message="the painter stumbled", details={"node": "background"})
WRITES: dict[str, Callable[[Database, str, int], object]] = {
    "renew": lambda database, task_id, attempt: database.renew(task_id, attempt, 60),
    "check_fence": lambda database, task_id, attempt: database.check_fence(task_id, attempt),
    "record_progress": lambda database, task_id, attempt: database.record_progress(task_id, attempt, "p", 1, "m"),
    "fail_attempt": lambda database, task_id, attempt: database.fail_attempt(task_id, attempt, ERROR, 3),
    "postpone": lambda database, task_id, attempt: database.postpone(task_id, attempt, ERROR),
    "release": lambda database, task_id, attempt: database.release(task_id, attempt),
    "complete_task": lambda database, task_id, attempt: complete(database, database.get_task(task_id), attempt),
}
every_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


def test_higher_priority_goes_first_then_first_come(database: Database) -> None:
    tasks = {priority: [new_task(database, priority=priority) for _ in range(2)] for priority in (0, 9, 4)}
    order = [claim.task_id for claim in database.claim("worker", 10, 60)]
    assert order == [task.id for priority in (9, 4, 0) for task in tasks[priority]]


def test_claim_takes_no_more_than_asked(database: Database) -> None:
    for _ in range(3):
        new_task(database)
    assert len(database.claim("worker", 2, 60)) == 2
    assert database.claim("worker", 0, 60) == []
    assert database.backlog() == 1


def test_first_claim_starts_the_task(database: Database, clock: FakeClock) -> None:
    task = new_task(database, priority=2)
    clock.now += 5
    claim = claim_one(database)
    started = database.get_task(task.id)
    assert (claim.attempt, claim.priority, started.status) == (1, 2, "processing")
    assert started.started_at is not None and (started.started_at - task.created_at).total_seconds() == 5
    database.release(task.id, 1)
    clock.now += 5
    assert claim_one(database).attempt == 2
    assert database.get_task(task.id).started_at == started.started_at


def test_eight_threads_claim_each_task_once(database: Database) -> None:
    made = {new_task(database, priority=index % 3).id for index in range(200)}

    def drain(owner: str) -> list[str]:
        taken: list[str] = []
        while claims := database.claim(owner, 3, 60):
            taken += [claim.task_id for claim in claims]
        return taken

    results = together([partial(drain, f"worker-{number}") for number in range(8)])
    taken = [task_id for result in results if isinstance(result, list) for task_id in result]
    assert len(taken) == 200
    assert set(taken) == made


@every_write
def test_stale_attempt_is_refused(
    database: Database, clock: FakeClock, write: Callable[[Database, str, int], object]
) -> None:
    task = new_task(database)
    first = claim_one(database, lease_seconds=10)
    clock.now += 11
    assert database.requeue_lapsed(3) == [task.id]
    with pytest.raises(StaleAttempt):
        write(database, task.id, first.attempt)
    second = claim_one(database)
    before = database.get_task(task.id), database.events_since(task.id, 0)
    with pytest.raises(StaleAttempt):
        write(database, task.id, first.attempt)
    assert (database.get_task(task.id), database.events_since(task.id, 0)) == before
    write(database, task.id, second.attempt)


@every_write
def test_cancelled_task_is_written_no_more(database: Database, write: Callable[[Database, str, int], object]) -> None:
    task, attempt = running_task(database)
    cancelled = database.cancel_task(task.id)
    with pytest.raises(TaskCancelled):
        write(database, task.id, attempt)
    assert database.get_task(task.id) == cancelled
    assert database.list_posters(task_id=task.id).items == []


@every_write
def test_unknown_task_is_not_found(database: Database, write: Callable[[Database, str, int], object]) -> None:
    with pytest.raises(TaskNotFound):
        write(database, "task_000000000000", 1)


def test_progress_is_stored_as_event_and_on_the_task(database: Database) -> None:
    task, attempt = running_task(database)
    event = database.record_progress(
        task.id, attempt, "quality_check", 90, "质量检查", {"repair_round": 1, "why": None}
    )
    assert (event.seq, event.attempt, event.status, event.type) == (2, attempt, "processing", "progress")
    assert event.details == {"repair_round": 1, "why": None}
    progress = database.get_task(task.id).progress
    assert (progress.phase, progress.percentage, progress.details) == ("quality_check", 90, event.details)


def test_percentage_never_falls_within_an_attempt(database: Database) -> None:
    task, attempt = running_task(database)
    given = [10, 90, 40, 90.5, 20]
    shown = [database.record_progress(task.id, attempt, "p", value, "m").percentage for value in given]
    assert shown == [10, 90, 90, 90.5, 90.5]
    database.release(task.id, attempt)
    assert database.record_progress(task.id, claim_one(database).attempt, "p", 20, "m").percentage == 20


def test_failed_phase_shows_minus_one(database: Database) -> None:
    task, attempt = running_task(database)
    database.record_progress(task.id, attempt, "p", 60, "m")
    assert database.record_progress(task.id, attempt, "failed", 60, "m").percentage == -1


@pytest.mark.parametrize("percentage", [101, float("nan"), float("inf")])
def test_impossible_percentage_is_refused(database: Database, percentage: float) -> None:
    task, attempt = running_task(database)
    with pytest.raises(PydanticError):
        database.record_progress(task.id, attempt, "p", percentage, "m")
    assert len(database.events_since(task.id, 0)) == 1


def test_threads_reporting_at_once_get_numbers_without_gap(database: Database) -> None:
    task, attempt = running_task(database)
    reports = [partial(database.record_progress, task.id, attempt, "p", float(value), "m") for value in range(24)]
    assert not [result for result in together(reports) if isinstance(result, Exception)]
    events = database.events_since(task.id, 0)
    assert [event.seq for event in events] == list(range(1, 26))
    percentages = [event.percentage for event in events]
    assert percentages == sorted(percentages)


def test_failure_below_the_limit_queues_the_task_again(database: Database, clock: FakeClock) -> None:
    task, attempt = running_task(database)
    behind = new_task(database)
    database.record_progress(task.id, attempt, "generating_layout", 20, "m")
    again = database.fail_attempt(task.id, attempt, ERROR, max_attempts=3)
    assert (again.status, again.error) == ("pending", None)
    last = database.events_since(task.id, 0)[-1]
    assert (last.type, last.status, last.percentage) == ("progress", "pending", 20)
    assert last.details is not None and last.details["failures"] == 1
    # It keeps its place, before what came after it.
    clock.now += 60
    assert [claim.task_id for claim in database.claim("worker", 2, 60)] == [task.id, behind.id]


def test_last_failure_ends_the_task(database: Database, clock: FakeClock) -> None:
    task = new_task(database)
    for expected in ("pending", "pending", "failed"):
        after = database.fail_attempt(task.id, claim_one(database).attempt, ERROR, max_attempts=3)
        assert after.status == expected
        clock.now += 60
    assert after.error == ERROR
    assert (after.progress.phase, after.progress.percentage) == ("failed", -1)
    assert after.progress.message == "生成失败: the painter stumbled"
    last = database.events_since(task.id, 0)[-1]
    assert (last.type, last.status, last.phase, last.percentage) == ("end", "failed", "failed", -1)
    assert database.backlog() == 0
    with pytest.raises(ConflictError):
        database.cancel_task(task.id)


def test_release_counts_no_failure(database: Database) -> None:
    task = new_task(database)
    for _ in range(5):
        database.release(task.id, claim_one(database).attempt)
    assert database.fail_attempt(task.id, claim_one(database).attempt, ERROR, max_attempts=2).status == "pending"


def die(database: Database, clock: FakeClock, task: Task, *steps: tuple[str, int | None]) -> list[str]:
    """Claim the task, report steps (phase, repair round), and let the lease run out; what is queued again."""
    attempt = claim_one(database, lease_seconds=10).attempt
    for phase, repair in steps:
        details = None if repair is None else {"repair_round": repair}
        database.record_progress(task.id, attempt, phase, 50, "m", details)
    clock.now += 9.9
    assert database.requeue_lapsed(3) == []
    clock.now += 0.2
    return database.requeue_lapsed(3)


def test_third_death_in_the_same_step_ends_the_task(database: Database, clock: FakeClock) -> None:
    task = new_task(database)
    layout = ("fetching_task", None), ("generating_layout", None)
    assert die(database, clock, task, *layout) == [task.id]
    assert die(database, clock, task, *layout) == [task.id]
    assert die(database, clock, task, *layout) == []
    lost = database.get_task(task.id)
    assert lost.status == "failed" and lost.error is not None
    assert lost.error.code == "WORKER_LOST"


def test_deaths_in_different_steps_end_nothing(database: Database, clock: FakeClock) -> None:
    task = new_task(database)
    steps: list[tuple[str, int | None]] = [("generating_layout", None), ("quality_check", None), ("quality_check", 1),
                                           ("generating_layout", None), ("quality_check", 2)]  # fmt: skip
    for step in steps:
        assert die(database, clock, task, step) == [task.id]
    assert database.fail_attempt(task.id, claim_one(database).attempt, ERROR, max_attempts=2).status == "pending"


def test_a_lone_death_counts_nothing_and_a_repeated_one_counts_like_failures(
    database: Database, clock: FakeClock
) -> None:
    task = new_task(database)
    for expected in ("pending", "pending"):
        assert die(database, clock, task, ("quality_check", None)) == [task.id]
        assert database.get_task(task.id).status == expected
    assert database.fail_attempt(task.id, claim_one(database).attempt, ERROR, max_attempts=3).status == "failed"


def test_task_lost_on_its_way_to_a_worker_counts_nothing(database: Database, clock: FakeClock) -> None:
    task = new_task(database)
    assert die(database, clock, task, ("generating_layout", None)) == [task.id]
    for _ in range(5):
        assert die(database, clock, task) == [task.id]
    assert die(database, clock, task, ("generating_layout", None)) == [task.id]
    assert die(database, clock, task, ("generating_layout", None)) == []


def test_owners_that_are_gone_give_back_uncounted(database: Database) -> None:
    mine, other = new_task(database), new_task(database)
    for _ in range(4):
        (claim,) = database.claim("here_1/ingress", 1, 60)
        database.record_progress(mine.id, claim.attempt, "generating_layout", 20, "m")
        assert database.release_owned("here_1/") == [mine.id]
    (kept,) = [c for c in database.claim("hereX1/ingress", 2, 60) if c.task_id == other.id]
    assert database.release_owned("here_1/") == []
    database.check_fence(other.id, kept.attempt)


def test_renewed_lease_holds(database: Database, clock: FakeClock) -> None:
    task = new_task(database)
    claim = claim_one(database, lease_seconds=10)
    for _ in range(4):
        clock.now += 8
        database.renew(task.id, claim.attempt, 10)
        assert database.requeue_lapsed(1) == []
    clock.now += 11
    database.renew(task.id, claim.attempt, 10)  # late, but nobody took the task
    database.check_fence(task.id, claim.attempt)


def test_cancelling_while_completing_ends_in_exactly_one_way(database: Database) -> None:
    for _ in range(12):
        task, attempt = running_task(database)
        results = together([partial(complete, database, task, attempt), partial(database.cancel_task, task.id)])
        errors = [result for result in results if isinstance(result, Exception)]
        assert len(errors) == 1 and isinstance(errors[0], ConflictError)
        ended = database.get_task(task.id)
        posters = database.list_posters(task_id=task.id).items
        assert [poster.id for poster in posters] == ([poster_id(ended)] if ended.status == "completed" else [])
        assert [event.type for event in database.events_since(task.id, 0)].count("end") == 1


def test_two_workers_completing_make_one_poster(database: Database) -> None:
    task, attempt = running_task(database)
    results = together([partial(complete, database, task, attempt)] * 4)
    assert sum(isinstance(result, TaskCancelled) for result in results) == 3
    assert len(database.list_posters(task_id=task.id).items) == 1
