"""Whose objects are, and what a deletion takes along."""

import pytest

from storage.database.base import Database
from storage.documents.element import ElementContent, ElementUpdate
from storage.documents.external import NewElement, NewElements, NewPoster, TaskCompletion
from storage.documents.ids import poster_id_of
from storage.documents.task import Task
from storage.documents.upload import OBJECTS_PATH, Upload
from storage.errors import (
    ConflictError,
    ElementNotFound,
    ObjectNotFound,
    PosterNotFound,
    TaskNotFound,
)
from tests.contract.helpers import PARAMS, completed_task, new_task, poster_id, running_task


def upload(database: Database, name: str, user: str = "u1") -> str:
    key = f"uploads/{name}.png"
    database.add_upload(Upload(key=key, user_id=user, content_type="image/png", size=3))
    return key


def picture(layer_id: str, url: str) -> NewElements:
    return NewElements(elements=[NewElement(layer_id=layer_id, type="image", content=ElementContent(image_url=url))])


def finished(database: Database, layer_id: str, preview: str = "", image: str = "") -> Task:
    """A completed external task of u1."""
    task = database.create_task("u1", PARAMS, executor="external")
    database.create_poster(NewPoster(task_id=task.id, width=64, height=64, preview_url=preview), "u1", "u1")
    database.create_elements(picture(layer_id, image or "https://example.com/a.png"), "u1", "u1")
    done = TaskCompletion(poster_id=poster_id_of(task.id), layers=[layer_id])
    return database.complete_external(task.id, done, "u1", "u1")


def test_upload_is_readable_by_its_owner_and_by_services(database: Database) -> None:
    key = upload(database, "a")
    database.check_readable(key, "u1")
    database.check_readable(key, None)
    for other in (key, "uploads/none.png", "secrets/x"):
        with pytest.raises(ObjectNotFound):
            database.check_readable(other, "u2")


def test_files_of_posters_and_tasks_are_their_users(database: Database) -> None:
    task = completed_task(database, "u1")
    for key in (f"posters/{poster_id(task)}/v1/preview.png", f"tasks/{task.id}/layout/abc"):
        database.check_readable(key, "u1")
        with pytest.raises(ObjectNotFound):
            database.check_readable(key, "u2")


def test_what_a_service_uploaded_for_a_poster_is_the_users_to_see(database: Database) -> None:
    key = upload(database, "a", "service")
    task = database.create_task("u1", PARAMS, executor="external")
    with pytest.raises(ObjectNotFound):
        database.check_readable(key, "u1")
    new = NewPoster(task_id=task.id, width=64, height=64, preview_url=OBJECTS_PATH + key)
    database.create_poster(new, "service", None)
    database.check_readable(key, "u1")
    with pytest.raises(ObjectNotFound):
        database.check_readable(key, "u2")


def test_naming_anothers_object_shows_it_to_nobody(database: Database) -> None:
    theirs = upload(database, "a", "u2")
    task = database.create_task("u1", PARAMS, executor="external")
    with pytest.raises(ObjectNotFound):
        database.create_poster(NewPoster(task_id=task.id, width=64, height=64, source_url=theirs), "u1", "u1")
    with pytest.raises(ObjectNotFound):
        database.create_elements(picture("layer_a", theirs), "u1", "u1")
    poster = poster_id(completed_task(database, "u1"))
    element = database.get_document(poster).walk()[0]
    for url in (theirs, OBJECTS_PATH + theirs):
        with pytest.raises(ObjectNotFound):
            database.update_element(element.id, ElementUpdate(content=ElementContent(image_url=url)), "u1")
        with pytest.raises(ObjectNotFound):
            database.patch_element(element.id, 1, {"content": {"image_url": url}}, "u1")
    with pytest.raises(ObjectNotFound):
        database.check_readable(theirs, "u1")


def test_deleting_takes_uploads_that_only_this_poster_has(database: Database) -> None:
    preview, image, shared = (upload(database, name) for name in ("preview", "image", "shared"))
    task = finished(database, "layer_a", OBJECTS_PATH + preview, image)
    other = finished(database, "layer_b", shared, shared)
    poster = poster_id(task)
    element = database.get_document(poster).walk()[0]
    database.update_element(element.id, ElementUpdate(content=ElementContent(image_url=shared)), "u1")
    belongings = database.belongings_of_task(task.id, "u1")
    assert set(belongings.folders) == {f"tasks/{task.id}", f"posters/{poster}"}
    assert set(belongings.keys) == {preview, image}
    database.delete_task(task.id, "u1")
    with pytest.raises(ObjectNotFound):
        database.check_readable(preview, "u1")
    database.check_readable(shared, "u1")
    assert database.belongings_of_poster(poster_id(other)).keys == [shared]


def test_deleted_task_is_gone_with_all_that_was_its(database: Database) -> None:
    kept = completed_task(database, "u1")
    task = completed_task(database, "u1")
    document = database.get_document(poster_id(task))
    database.delete_task(task.id, "u1")
    with pytest.raises(TaskNotFound):
        database.get_task(task.id)
    with pytest.raises(PosterNotFound):
        database.get_document(document.poster.id)
    with pytest.raises(ElementNotFound):
        database.get_element(document.walk()[0].id)
    assert database.events_since(task.id, 0) == []
    assert database.get_files(document.poster.id, 1) is None
    with pytest.raises(TaskNotFound):
        database.delete_task(task.id)
    assert database.get_document(poster_id(kept)).walk()


def test_deleted_poster_leaves_its_task(database: Database) -> None:
    task = completed_task(database, "u1")
    poster = poster_id(task)
    assert database.belongings_of_poster(poster, "u1").folders == [f"posters/{poster}"]
    database.delete_poster(poster, "u1")
    with pytest.raises(PosterNotFound):
        database.get_poster(poster)
    assert database.get_task(task.id) == task
    database.delete_task(task.id, "u1")


def test_what_is_at_work_cannot_be_deleted(database: Database) -> None:
    waiting = new_task(database)
    task = database.create_task("u1", PARAMS, executor="external")
    poster = database.create_poster(NewPoster(task_id=task.id, width=64, height=64), "u1", "u1")
    database.cancel_task(waiting.id)
    running, _ = running_task(database)
    for refused in (task, running):
        with pytest.raises(ConflictError):
            database.belongings_of_task(refused.id)
        with pytest.raises(ConflictError):
            database.delete_task(refused.id)
    with pytest.raises(ConflictError):
        database.delete_poster(poster.id)
    assert database.get_poster(poster.id) == poster


def test_anothers_things_cannot_be_deleted(database: Database) -> None:
    task = completed_task(database, "u1")
    for act in (database.belongings_of_task, database.delete_task):
        with pytest.raises(TaskNotFound):
            act(task.id, "u2")
    for act in (database.belongings_of_poster, database.delete_poster):
        with pytest.raises(PosterNotFound):
            act(poster_id(task), "u2")
    assert database.get_document(poster_id(task)).walk()
