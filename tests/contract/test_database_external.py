"""Tasks that a client executes itself, and what it may write."""

from functools import partial

import pytest

from storage.database.base import Database
from storage.documents.element import ElementContent, ElementUpdate
from storage.documents.external import NewElement, NewElements, NewPoster, TaskCompletion
from storage.documents.ids import poster_id_of
from storage.documents.poster import Poster
from storage.documents.progress import PHASES, TaskProgress
from storage.documents.task import Task
from storage.errors import ConflictError, ElementNotFound, PosterNotFound, TaskCancelled, TaskNotFound, ValidationError
from tests.contract.conftest import FakeClock
from tests.contract.helpers import PARAMS, new_task, together

FAILED = TaskProgress(phase="failed", percentage=-1, message="生成失败: no GPU", details={"type": "RuntimeError"})


def external_task(database: Database, user: str = "u1") -> Task:
    return database.create_task(user, PARAMS, executor="external")


def progress(phase: str) -> TaskProgress:
    percentage, message = PHASES[phase]
    return TaskProgress(phase=phase, percentage=percentage, message=message, details={})


def poster_of(database: Database, task: Task, user: str | None = "u1", **more: object) -> Poster:
    new = NewPoster.model_validate({"task_id": task.id, "width": 1080, "height": 1920, **more})
    return database.create_poster(new, user or "service", user)


def text(layer_id: str, words: str = "诚聘英才") -> NewElement:
    return NewElement(layer_id=layer_id, type="text", content=ElementContent(text=words))


def batch(
    database: Database, *elements: NewElement, user: str | None = "u1", poster_id: str | None = None
) -> list[str]:
    new = NewElements(elements=list(elements), poster_id=poster_id)
    return [element.id for element in database.create_elements(new, user or "service", user)]


def complete(database: Database, task: Task, layers: list[str], user: str | None = "u1") -> Task:
    done = TaskCompletion(poster_id=poster_id_of(task.id), layers=layers)
    return database.complete_external(task.id, done, user or "service", user)


def layers_of(database: Database, task: Task) -> list[str]:
    return [layer.id for layer in database.get_document(poster_id_of(task.id)).layers]


def test_external_task_is_nobodys_to_claim(database: Database) -> None:
    task = external_task(database)
    assert task.executor == "external"
    assert database.get_task(task.id) == task
    assert database.list_tasks().items == [task]
    assert database.backlog() == 0
    assert database.claim("worker", 5, 60) == []
    assert new_task(database).executor == "cluster"


def test_progress_is_stored_as_events_and_starts_the_task(database: Database, clock: FakeClock) -> None:
    task = external_task(database)
    database.report_external(task.id, progress("parsing_intent"), "u1")
    clock.now += 1
    database.report_external(task.id, progress("generating_background"), "u1")
    events = database.events_since(task.id, 0)
    assert [(event.seq, event.phase, event.percentage) for event in events] == [
        (1, "init", 0), (2, "parsing_intent", 10), (3, "generating_background", 40),
    ]  # fmt: skip
    stored = database.get_task(task.id)
    assert stored.status == "processing" and stored.started_at is not None
    assert stored.progress == progress("generating_background")


def test_percentage_never_falls(database: Database) -> None:
    task = external_task(database)
    database.report_external(task.id, progress("generating_background"))
    assert database.report_external(task.id, progress("parsing_intent")).percentage == 40
    with pytest.raises(ValidationError):
        database.report_external(task.id, TaskProgress(phase="parsing_intent", percentage=-1))


def test_completed_phase_does_not_end_the_task(database: Database) -> None:
    task = external_task(database)
    event = database.report_external(task.id, progress("completed"))
    assert (event.type, event.status, event.percentage) == ("progress", "processing", 100)
    poster_of(database, task)
    done = complete(database, task, [])
    assert done.status == "completed" and done.completed_at is not None


def test_failed_phase_fails_the_task_in_the_known_shape(database: Database) -> None:
    task = external_task(database)
    event = database.report_external(task.id, FAILED)
    assert (event.type, event.status, event.percentage, event.message) == ("end", "failed", -1, "生成失败: no GPU")
    stored = database.get_task(task.id)
    assert stored.error is not None
    assert (stored.error.code, stored.error.message) == ("EXECUTOR_FAILED", "生成失败: no GPU")
    assert stored.error.details == {"type": "RuntimeError"}
    with pytest.raises(TaskCancelled):
        database.report_external(task.id, progress("completed"))


def test_every_write_to_a_task_of_the_cluster_is_refused(database: Database) -> None:
    task = new_task(database)
    for write in (
        partial(database.report_external, task.id, FAILED), partial(poster_of, database, task),
        partial(database.complete_external, task.id, TaskCompletion(poster_id="poster_1"), "u1", "u1"),
    ):  # fmt: skip
        with pytest.raises(ConflictError):
            write()
    assert database.get_task(task.id) == task


def test_another_users_external_task_is_not_found(database: Database) -> None:
    task = external_task(database, "u1")
    poster_of(database, task)
    with pytest.raises(TaskNotFound):
        database.report_external(task.id, FAILED, "u2")
    with pytest.raises(TaskNotFound):
        poster_of(database, task, "u2")
    with pytest.raises(TaskNotFound):
        complete(database, task, [], "u2")
    with pytest.raises(PosterNotFound):
        batch(database, text("layer_b"), user="u2", poster_id=poster_id_of(task.id))
    assert database.get_task(task.id) == task


def test_poster_takes_what_is_left_out_from_its_task(database: Database) -> None:
    poster = poster_of(database, external_task(database))
    assert (poster.user_id, poster.title, poster.description) == ("u1", "诚聘英才", PARAMS.prompt)
    assert poster.preview_url == f"/posters/{poster.id}/preview"
    with pytest.raises(ConflictError):
        poster_of(database, external_task(database), user_id="u2")


def test_poster_made_again_stays_as_it_is(database: Database) -> None:
    task = external_task(database)
    first = poster_of(database, task, title="One")
    assert poster_of(database, task, title="Two", width=64) == first
    made = together([partial(poster_of, database, other) for other in [external_task(database)] * 4])
    assert len({poster.id for poster in made if isinstance(poster, Poster)}) == 1
    complete(database, task, [])
    assert poster_of(database, task) == first


def test_completion_links_the_named_layers_in_order(database: Database) -> None:
    task = external_task(database)
    poster = poster_of(database, task)
    made = batch(database, text("layer_top", "a"), text("layer_low", "b"), text("layer_top", "c"))
    assert layers_of(database, task) == []
    done = complete(database, task, ["layer_low", "layer_top", "layer_bare"])
    document = database.get_document(poster.id, "u1")
    assert [layer.id for layer in document.layers] == ["layer_low", "layer_top", "layer_bare"]
    assert [layer.order for layer in document.layers] == [0, 1, 2]
    assert document.layers[0].name == "Layer layer_low"
    assert [element.id for element in document.walk()] == [made[1], made[0], made[2]]
    assert done.result is not None and done.result.layers == ["layer_low", "layer_top", "layer_bare"]
    assert done.result.preview == f"/posters/{poster.id}/preview"
    last = database.events_since(task.id, 0)[-1]
    assert (last.type, last.status, last.percentage) == ("end", "completed", 100)


def test_layers_that_joined_before_stay_above_the_named_ones(database: Database) -> None:
    task = external_task(database)
    poster = poster_of(database, task, layers=["layer_a", "layer_b"])
    batch(database, text("layer_c"), poster_id=poster.id)
    assert layers_of(database, task) == ["layer_a", "layer_b", "layer_c"]
    complete(database, task, ["layer_c", "layer_a"])
    assert layers_of(database, task) == ["layer_c", "layer_a", "layer_b"]


def test_completion_said_again_is_as_it_was(database: Database) -> None:
    task = external_task(database)
    poster_of(database, task)
    done = complete(database, task, ["layer_a"])
    assert complete(database, task, ["layer_a"]) == done
    with pytest.raises(TaskCancelled):
        complete(database, task, ["layer_b"])
    assert len(database.events_since(task.id, 0)) == 2


def test_completion_needs_the_tasks_own_poster(database: Database) -> None:
    task, other = external_task(database), external_task(database)
    with pytest.raises(PosterNotFound):
        complete(database, task, [])
    poster = poster_of(database, other)
    with pytest.raises(ConflictError):
        database.complete_external(task.id, TaskCompletion(poster_id=poster.id), "u1", "u1")
    assert database.get_task(task.id).status == "pending"


def test_layer_belongs_to_who_named_it_first(database: Database) -> None:
    batch(database, text("layer_a"))
    with pytest.raises(ConflictError):
        batch(database, text("layer_a"), user="u2")
    task = external_task(database, "u2")
    with pytest.raises(ConflictError):
        poster_of(database, task, "u2", layers=["layer_a"])
    with pytest.raises(PosterNotFound):
        database.get_poster(poster_id_of(task.id))
    poster_of(database, task, "u2")
    with pytest.raises(ConflictError):
        complete(database, task, ["layer_own", "layer_a"], "u2")
    assert database.get_task(task.id).status == "pending"
    assert layers_of(database, task) == []


def test_layer_joins_one_poster_only(database: Database) -> None:
    first, second = external_task(database), external_task(database)
    poster_of(database, first, layers=["layer_a"])
    poster = poster_of(database, second)
    with pytest.raises(ConflictError):
        complete(database, second, ["layer_a"])
    with pytest.raises(ConflictError):
        batch(database, text("layer_a"), poster_id=poster.id)
    assert batch(database, text("layer_a"))  # its own poster is still open


def test_poster_of_an_ended_task_takes_no_more_elements(database: Database) -> None:
    task = external_task(database)
    poster = poster_of(database, task, layers=["layer_a"])
    complete(database, task, [])
    with pytest.raises(TaskCancelled):
        batch(database, text("layer_a"))
    with pytest.raises(TaskCancelled):
        batch(database, text("layer_b"), poster_id=poster.id)
    assert layers_of(database, task) == ["layer_a"]


def test_service_works_on_a_users_task(database: Database) -> None:
    task = external_task(database, "u1")
    poster_of(database, task, None)
    (element,) = batch(database, text("layer_a"), user=None)
    complete(database, task, ["layer_a"], None)
    assert database.get_element(element, "u1").id == element
    assert [layer.id for layer in database.get_document(poster_id_of(task.id), "u1").layers] == ["layer_a"]


def test_element_whose_layer_is_in_no_poster_is_its_owners_to_read_only(database: Database) -> None:
    (element,) = batch(database, text("layer_a"))
    assert database.get_element(element, "u1").layer_id == "layer_a"
    with pytest.raises(ElementNotFound):
        database.get_element(element, "u2")
    with pytest.raises(ElementNotFound):
        database.update_element(element, ElementUpdate(locked=True), "u1")


def test_elements_of_a_completed_task_are_edited(database: Database) -> None:
    task = external_task(database)
    poster_of(database, task)
    (element,) = batch(database, text("layer_a"))
    complete(database, task, ["layer_a"])
    assert database.update_element(element, ElementUpdate(locked=True), "u1").version == 2
    assert database.pending_reviews() == [(poster_id_of(task.id), 2)]


def test_writers_at_once_stack_every_element_once(database: Database) -> None:
    made = together([partial(batch, database, *[text("layer_a", str(index))] * 3) for index in range(4)])
    assert not [result for result in made if isinstance(result, Exception)]
    task = external_task(database)
    poster_of(database, task)
    complete(database, task, ["layer_a"])
    assert len(database.get_document(poster_id_of(task.id)).walk()) == 12


def test_forgotten_task_fails_after_a_day(database: Database, clock: FakeClock) -> None:
    task, running, done = (external_task(database) for _ in range(3))
    database.report_external(running.id, progress("parsing_intent"))
    poster_of(database, done)
    complete(database, done, [])
    clock.now += 24 * 3600 - 1
    assert database.sweep() == []
    clock.now += 2
    assert set(database.sweep()) == {task.id, running.id}
    expired = database.get_task(task.id)
    assert expired.status == "failed" and expired.error is not None
    assert expired.error.code == "EXTERNAL_EXPIRED"
    assert database.events_since(task.id, 0)[-1].type == "end"
    assert database.get_task(done.id).status == "completed"
    assert database.sweep() == []


def test_external_task_is_cancelled_like_any_other(database: Database) -> None:
    task = external_task(database)
    assert database.cancel_task(task.id, "u1").status == "cancelled"
    with pytest.raises(TaskCancelled):
        database.report_external(task.id, progress("parsing_intent"))
