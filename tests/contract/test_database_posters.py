from functools import partial

import pytest
from pydantic import TypeAdapter

from storage.database.base import Database
from storage.documents.element import Element, ElementContent, ElementUpdate, Transform
from storage.documents.ids import poster_id_of
from storage.documents.poster import PosterDocument
from storage.documents.style import ElementStyle, Stroke, solid
from storage.errors import ElementNotFound, PosterNotFound, ValidationError
from tests.contract.conftest import FakeClock
from tests.contract.helpers import (
    PASS,
    completed_task,
    document_of,
    files_of,
    new_task,
    poster_id,
    running_task,
    together,
)

NEW_TEXT = ElementUpdate(content=ElementContent(text="新标题"))


def _title(database: Database, poster: str) -> Element:
    return next(element for element in database.get_document(poster).walk() if element.content.text == "诚聘英才")


def test_completed_task_says_what_it_made(database: Database) -> None:
    task = completed_task(database)
    document = database.get_document(poster_id(task))
    assert task.status == "completed" and task.completed_at is not None
    assert task.result is not None
    assert task.result.poster_id == poster_id_of(task.id)
    assert task.result.preview == f"/posters/{task.result.poster_id}/preview"
    assert task.result.layers == [layer.id for layer in document.layers]
    assert (task.progress.phase, task.progress.percentage, task.progress.message) == ("completed", 100, "生成完成")
    last = database.events_since(task.id, 0)[-1]
    assert (last.type, last.status, last.phase, last.percentage) == ("end", "completed", "completed", 100)
    assert database.backlog() == 0


def test_document_comes_back_as_it_was_stored(database: Database) -> None:
    task, attempt = running_task(database)
    given = document_of(task)
    database.complete_task(task.id, attempt, given, files_of(task), PASS)
    stored = database.get_document(given.poster.id)
    assert [layer.name for layer in stored.layers] == ["背景", "文字"]
    assert [layer.order for layer in stored.layers] == [0, 1]
    assert stored.layers[0].opacity == 0.3333
    assert stored.layers[1].blend_mode == "multiply"
    bare = {"created_at", "updated_at"}
    assert [element.model_dump(exclude=bare) for element in stored.walk()] == [
        element.model_dump(exclude=bare) for element in given.walk()
    ]
    expected = given.poster.model_dump(exclude={*bare, "metadata", "preview_url", "source_url"})
    assert stored.poster.model_dump(include=set(expected)) == expected
    assert stored.poster.preview_url == f"/posters/{given.poster.id}/preview"
    assert stored.poster.source_url == f"/api/v1/posters/{given.poster.id}/export?format=psd"
    metadata = given.poster.metadata.model_dump()
    assert stored.poster.metadata.model_dump() == {**metadata, "quality": PASS}


def test_foreign_picture_addresses_are_kept(database: Database) -> None:
    task, attempt = running_task(database)
    document = document_of(task)
    document.poster.preview_url = "https://oss.example.com/p.jpg"
    database.complete_task(task.id, attempt, document, files_of(task), PASS)
    assert database.get_poster(document.poster.id).preview_url == "https://oss.example.com/p.jpg"


def test_document_of_another_task_is_refused_and_leaves_nothing(database: Database) -> None:
    other = new_task(database)
    database.cancel_task(other.id)
    task, attempt = running_task(database)
    with pytest.raises(ValidationError):
        database.complete_task(task.id, attempt, document_of(other), files_of(task), PASS)
    assert database.get_task(task.id).status == "processing"
    assert database.list_posters().items == []


def test_completion_that_breaks_halfway_leaves_nothing(database: Database) -> None:
    task, attempt = running_task(database)
    document = document_of(task)
    first, *_ = document.walk()
    document.elements[document.layers[1].id].append(first.model_copy())  # the same id twice
    with pytest.raises(Exception, match="first"):
        database.complete_task(task.id, attempt, document, files_of(task), PASS)
    assert database.get_task(task.id).status == "processing"
    with pytest.raises(PosterNotFound):
        database.get_poster(document.poster.id)
    database.complete_task(task.id, attempt, document_of(task), files_of(task), PASS)


def test_another_users_poster_and_elements_are_not_found(database: Database) -> None:
    poster = poster_id(completed_task(database, "u1"))
    element = _title(database, poster).id
    assert database.get_poster(poster, "u1").id == poster
    assert database.poster_of_element(element, "u1") == poster
    for read in (database.get_poster, database.get_document):
        with pytest.raises(PosterNotFound):
            read(poster, "u2")
    with pytest.raises(ElementNotFound):
        database.get_element(element, "u2")
    with pytest.raises(ElementNotFound):
        database.poster_of_element(element, "u2")
    with pytest.raises(ElementNotFound):
        database.update_element(element, NEW_TEXT, "u2")
    assert database.get_element(element).version == 1


def test_posters_are_listed_newest_first_by_user_and_task(database: Database, clock: FakeClock) -> None:
    first = completed_task(database, "u1")
    clock.now += 1
    second = completed_task(database, "u2")
    third = completed_task(database, "u1")
    same_second = sorted([poster_id(second), poster_id(third)], reverse=True)
    page = database.list_posters(limit=2)
    assert [poster.id for poster in page.items] == same_second
    rest = database.list_posters(limit=2, cursor=page.next)
    assert [poster.id for poster in rest.items] == [poster_id(first)]
    assert rest.next is None
    assert [poster.id for poster in database.list_posters(task_id=second.id).items] == [poster_id(second)]
    assert {poster.user_id for poster in database.list_posters(user_id="u1").items} == {"u1"}
    assert rest.items[0].metadata.model_dump()["quality"] == PASS


def test_update_replaces_whole_objects_and_raises_versions(database: Database, clock: FakeClock) -> None:
    poster = poster_id(completed_task(database))
    before = _title(database, poster)
    clock.now += 7
    style = ElementStyle(fill=solid("#ff0000"), stroke=Stroke(color="#000", width=2))
    change = ElementUpdate(style=style, transform=Transform(x=5), visible=False)
    after = database.update_element(before.id, change, "u1")
    assert after == database.get_element(before.id)
    assert (after.style, after.transform, after.visible) == (style, Transform(x=5), False)
    assert (after.content, after.locked, after.selectable) == (before.content, before.locked, before.selectable)
    assert after.version == 2
    assert before.updated_at is not None and after.updated_at is not None
    assert (after.updated_at - before.updated_at).total_seconds() == 7
    stored = database.get_poster(poster)
    assert (stored.version, stored.updated_at) == (2, after.updated_at)
    assert stored.metadata.model_dump()["quality"] == {"verdict": "pending"}


def test_empty_update_makes_no_new_version(database: Database) -> None:
    poster = poster_id(completed_task(database))
    before = _title(database, poster)
    assert database.update_element(before.id, ElementUpdate()) == before
    assert database.get_poster(poster).version == 1
    assert database.pending_reviews() == []


def test_editors_at_once_each_make_a_version(database: Database) -> None:
    poster = poster_id(completed_task(database))
    elements = database.get_document(poster).walk()
    edits = [partial(database.update_element, element.id, ElementUpdate(locked=True)) for element in elements] * 2
    assert not [result for result in together(edits) if isinstance(result, Exception)]
    document = database.get_document(poster)
    assert document.poster.version == 1 + len(edits)
    assert {element.version for element in document.walk()} == {3}


def test_review_of_a_version_is_pending_until_it_is_stored(database: Database, clock: FakeClock) -> None:
    posters = [poster_id(completed_task(database)) for _ in range(2)]
    assert database.pending_reviews() == []
    for poster in posters:
        clock.now += 1
        database.update_element(_title(database, poster).id, NEW_TEXT)
    assert database.pending_reviews() == [(poster, 2) for poster in posters]
    assert database.pending_reviews(limit=1) == [(posters[0], 2)]
    warn = {"verdict": "warn", "why": "too faint"}
    database.put_quality(posters[0], 2, warn)
    assert database.pending_reviews() == [(posters[1], 2)]
    assert database.get_poster(posters[0]).metadata.model_dump()["quality"] == warn


def test_late_review_of_an_old_version_is_ignored(database: Database) -> None:
    poster = poster_id(completed_task(database))
    database.update_element(_title(database, poster).id, NEW_TEXT)
    database.put_quality(poster, 1, {"verdict": "warn"})
    assert database.get_poster(poster).metadata.model_dump()["quality"] == {"verdict": "pending"}
    assert database.pending_reviews() == [(poster, 2)]


def test_files_belong_to_a_version(database: Database) -> None:
    task = completed_task(database)
    poster = poster_id(task)
    assert database.get_files(poster, 1) == files_of(task)
    assert database.get_files(poster, 2) is None
    for _ in range(2):
        database.put_files(poster, files_of(task, version=2))
    assert database.get_files(poster, 2) == files_of(task, version=2)
    assert database.get_files(poster, 1) == files_of(task)


def test_unknown_things_are_not_found(database: Database) -> None:
    with pytest.raises(PosterNotFound):
        database.get_document("poster_000000000000")
    with pytest.raises(PosterNotFound):
        database.put_quality("poster_000000000000", 1, PASS)
    with pytest.raises(ElementNotFound):
        database.update_element("elem_000000000000", NEW_TEXT)


SEED_ELEMENT = """{"id": "elem_shape_002", "layer_id": "layer_main_002", "type": "shape",
  "transform": {"x": 100, "y": 500, "width": 880, "height": 600, "rotation": 0},
  "style": {"opacity": 0.9, "fill": {"type": "solid", "color": "#ffffff"}, "stroke": {"color": "#e8e8e8", "width": 1},
            "shadow": {"color": "rgba(0,0,0,0.1)", "offset_x": 0, "offset_y": 10, "blur": 30}},
  "content": {"shape_type": "rounded_rect", "shape_path": "M20,0 L860,0 Q880,0 880,20 L20,600 Z"}}"""


def test_known_element_sample_survives_storage(database: Database) -> None:
    sample = TypeAdapter(Element).validate_json(SEED_ELEMENT)
    task, attempt = running_task(database)
    document: PosterDocument = document_of(task)
    document.elements[document.layers[0].id] = [sample.model_copy(update={"layer_id": document.layers[0].id})]
    database.complete_task(task.id, attempt, document, files_of(task), PASS)
    stored = database.get_element("elem_shape_002")
    assert (stored.transform, stored.style, stored.content) == (sample.transform, sample.style, sample.content)
