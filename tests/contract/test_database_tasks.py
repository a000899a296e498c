import pytest

from storage.database.base import Database
from storage.documents.progress import PHASES
from storage.documents.task import FINAL_STATUSES
from storage.errors import ConflictError, TaskNotFound, UnavailableError, ValidationError
from tests.contract.conftest import FakeClock
from tests.contract.helpers import PARAMS, claim_one, complete, completed_task, new_task, running_task


def test_created_task_reads_back_as_it_was_given(database: Database) -> None:
    task = database.create_task("u1", PARAMS, priority=3)
    assert database.get_task(task.id) == task
    assert task.input_params == PARAMS
    assert (task.status, task.priority, task.type) == ("pending", 3, "poster_generation")
    assert task.result is None and task.error is None and task.started_at is None


def test_created_task_has_its_init_event_and_waits_in_the_queue(database: Database) -> None:
    task = new_task(database)
    (event,) = database.events_since(task.id, 0)
    assert (event.seq, event.phase, event.percentage, event.message) == (1, "init", 0, PHASES["init"].message)
    assert (event.type, event.status) == ("progress", "pending")
    assert database.backlog() == 1


def test_another_users_task_is_not_found(database: Database) -> None:
    task = new_task(database, "u1")
    assert database.get_task(task.id, "u1").id == task.id
    with pytest.raises(TaskNotFound):
        database.get_task(task.id, "u2")
    with pytest.raises(TaskNotFound):
        database.cancel_task(task.id, "u2")
    with pytest.raises(TaskNotFound):
        database.get_task("task_000000000000")


def test_pages_over_equal_timestamps_show_every_task_once(database: Database, clock: FakeClock) -> None:
    made = [new_task(database).id for _ in range(7)]
    clock.now += 1
    made += [new_task(database).id for _ in range(4)]
    seen: list[str] = []
    cursor = None
    while True:
        page = database.list_tasks(limit=3, cursor=cursor)
        seen += [task.id for task in page.items]
        cursor = page.next
        if cursor is None:
            break
        clock.now += 1
        new_task(database)  # newer than the page: it must not move what follows
    assert seen == [*sorted(made[7:], reverse=True), *sorted(made[:7], reverse=True)]


def test_last_page_that_is_exactly_full_has_no_next(database: Database) -> None:
    for _ in range(3):
        new_task(database)
    assert database.list_tasks(limit=3).next is None
    assert len(database.list_tasks(limit=3).items) == 3


def test_list_filters_by_user_and_status(database: Database) -> None:
    done = completed_task(database, "u1")
    waiting = new_task(database, "u1")
    new_task(database, "u2")
    assert [task.id for task in database.list_tasks(user_id="u1", status="pending").items] == [waiting.id]
    assert [task.id for task in database.list_tasks(status="completed").items] == [done.id]
    assert {task.user_id for task in database.list_tasks(user_id="u1").items} == {"u1"}


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "=====", "é", "task.1", "task.1.", "task.x.task_1", "task.99999999999.task_1",
     "poster.1767225600.poster_1", "task.1767225600.a' OR 1=1"],
)  # fmt: skip
def test_cursor_that_is_not_ours_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(ValidationError) as refused:
        database.list_tasks(cursor=cursor)
    assert "cursor" in refused.value.details["fields"]


def test_cancelling_a_waiting_task_takes_it_out_of_the_queue(database: Database) -> None:
    task = new_task(database)
    cancelled = database.cancel_task(task.id, "u1")
    assert cancelled.status == "cancelled" and cancelled.completed_at is not None
    assert database.backlog() == 0
    assert database.claim("worker", 5, 60) == []


def test_cancelling_a_running_task_keeps_its_percentage(database: Database) -> None:
    task, attempt = running_task(database)
    database.record_progress(task.id, attempt, "generating_background", 40, "生成背景图")
    database.cancel_task(task.id)
    last = database.events_since(task.id, 0)[-1]
    assert (last.type, last.status, last.phase, last.percentage) == ("end", "cancelled", "cancelled", 40)
    assert last.message == "任务已取消"


def test_cancelling_twice_is_one_cancellation(database: Database) -> None:
    task = new_task(database)
    first = database.cancel_task(task.id)
    assert database.cancel_task(task.id) == first
    assert len(database.events_since(task.id, 0)) == 2


def test_ended_task_cannot_be_cancelled(database: Database) -> None:
    done = completed_task(database)
    with pytest.raises(ConflictError):
        database.cancel_task(done.id)
    assert database.get_task(done.id) == done


def test_events_are_read_in_pieces(database: Database) -> None:
    task, attempt = running_task(database)
    for percentage in (10, 20, 40):
        database.record_progress(task.id, attempt, "parsing_intent", percentage, "x")
    assert [event.seq for event in database.events_since(task.id, 1, limit=2)] == [2, 3]
    assert [event.seq for event in database.events_since(task.id, 3)] == [4]
    assert database.events_since(task.id, 4) == []


def test_global_event_numbers_cover_all_tasks_in_order(database: Database) -> None:
    before = database.events_after(0)
    start = before[-1].id if before else 0
    first, second = new_task(database), new_task(database)
    claim_one(database)
    database.record_progress(first.id, 1, "parsing_intent", 10, "x")
    found = database.events_after(start)
    assert [(numbered.task_id, numbered.event.seq) for numbered in found] == [
        (first.id, 1),
        (second.id, 1),
        (first.id, 2),
    ]
    assert [numbered.id for numbered in database.events_after(start, limit=2)] == [found[0].id, found[1].id]
    assert database.events_after(found[-1].id) == []


def test_newest_numbers_are_of_the_tasks_asked_for(database: Database) -> None:
    tasks = [new_task(database) for _ in range(3)]
    claim_one(database)
    database.record_progress(tasks[0].id, 1, "p", 10, "m")
    assert database.newest_seqs([]) == {}
    asked = [tasks[0].id, tasks[1].id, "task_nowhere", *(f"task_{number}" for number in range(1200))]
    assert database.newest_seqs(asked) == {tasks[0].id: 2, tasks[1].id: 1}


def test_final_statuses_stay(database: Database) -> None:
    task, attempt = running_task(database)
    done = complete(database, task, attempt)
    assert done.status in FINAL_STATUSES
    assert database.requeue_lapsed(1) == []
    assert database.claim("worker", 5, 60) == []


def test_ping_answers_on_a_ready_database(database: Database) -> None:
    database.ping()


def test_ping_names_a_database_without_its_schema(tmp_path_factory: pytest.TempPathFactory, adapter: str) -> None:
    from storage.database.clock import system_clock
    from tests.contract.adapters import BARE, DATABASES

    folder = tmp_path_factory.mktemp("bare")
    BARE[adapter](folder)
    bare = DATABASES[adapter](folder, system_clock)
    with pytest.raises(UnavailableError):
        bare.ping()
    bare.close()
