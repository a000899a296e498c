"""Reading and editing elements."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from serve_apps.api.examples import SHAPE, TITLE
from serve_apps.api.services import ApiServices
from storage.documents.element import Element
from storage.documents.poster import PosterDocument
from tests.api.conftest import claimed, data, fields, new_task, refused


@pytest.fixture
def title(poster: PosterDocument) -> Element:
    return next(element for element in poster.walk() if element.type == "text")


@pytest.fixture
def group(poster: PosterDocument) -> Element:
    return next(element for element in poster.walk() if element.type == "group")


def version(client: TestClient, poster: PosterDocument) -> int:
    return data(client.get(f"/api/v1/posters/{poster.poster.id}"))["version"]


def put(client: TestClient, element: Element, body: Any) -> Any:
    return client.put(f"/api/v1/elements/{element.id}", json=body)


def test_a_fetched_element_can_be_put_back_as_it_is(client: TestClient, title: Element) -> None:
    fetched = data(client.get(f"/api/v1/elements/{title.id}"))
    kept = data(put(client, title, fetched))
    for part in ("transform", "style", "content", "locked", "visible", "selectable", "type", "layer_id"):
        assert kept[part] == fetched[part]


@pytest.mark.parametrize("sample", [TITLE, SHAPE], ids=["title", "shape"])
def test_the_samples_of_the_contract_are_taken_and_come_back_equal(
    client: TestClient, title: Element, sample: dict[str, Any]
) -> None:
    stored = data(put(client, title, sample))
    assert includes(stored["style"], sample["style"])
    assert includes(stored["transform"], sample["transform"])
    assert includes(stored["content"], sample["content"])


def includes(whole: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return all(key in whole and includes(whole[key], value) for key, value in part.items())
    return bool(whole == part)


def test_each_object_given_replaces_the_stored_one_whole(
    client: TestClient, poster: PosterDocument, title: Element
) -> None:
    changed = data(put(client, title, {"transform": {"x": 5, "width": 20, "height": 10}}))
    assert changed["transform"]["y"] == 0
    assert changed["content"] == data(client.get(f"/api/v1/elements/{title.id}"))["content"]
    assert changed["content"]["text"] == "夜曲"
    assert data(put(client, title, {"content": {"text": "x"}}))["content"]["role"] is None
    assert data(put(client, title, {"visible": False}))["visible"] is False
    assert version(client, poster) == 4


def test_read_only_fields_change_nothing(client: TestClient, poster: PosterDocument, title: Element) -> None:
    body = {"id": "elem_other", "layer_id": "layer_other", "type": "shape", "version": 99, "created_at": "never"}
    assert data(put(client, title, body))["id"] == title.id
    assert version(client, poster) == 1
    stored = data(put(client, title, {**body, "locked": True}))
    assert (stored["id"], stored["type"], stored["layer_id"]) == (title.id, "text", title.layer_id)


def test_an_edit_makes_the_verdict_pending(client: TestClient, poster: PosterDocument, title: Element) -> None:
    path = f"/api/v1/posters/{poster.poster.id}"
    assert data(client.get(path))["metadata"]["quality"]["verdict"] == "pass"
    put(client, title, {"visible": False})
    assert data(client.get(path))["metadata"]["quality"]["verdict"] == "pending"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"opacity": 1}, "opacity"),
        ({"style": {"opacity": 1.1}}, "style.opacity"),
        ({"style": {"fill": {"type": "solid"}}}, "style.fill"),
        ({"style": {"fill": {"type": "solid", "color": "blurple"}}}, "style.fill.color"),
        ({"style": {"blend_mode": "dissolve"}}, "style.blend_mode"),
        ({"style": {"text_style": {"font_size": 0}}}, "style.text_style.font_size"),
        ({"transform": {"width": -1}}, "transform.width"),
        ({"transform": {"x": "1"}}, "transform.x"),
        ({"visible": "yes"}, "visible"),
        ({"content": {"text": "x" * 4001}}, "content.text"),
        ({"content": {"shape_path": "L0 0"}}, "content.shape_path"),
        ({"content": {"shape_path": "M0 0 L1"}}, "content.shape_path"),
        ({"content": {"shape_path": "M0 0 url(#x)"}}, "content.shape_path"),
        ({"content": {"children": ["not an id"]}}, "content.children[0]"),
    ],
)
def test_an_invalid_edit_is_refused_and_the_field_named(
    client: TestClient, poster: PosterDocument, title: Element, body: dict[str, Any], named: str
) -> None:
    assert fields(put(client, title, body)) == [named]
    assert version(client, poster) == 1


def test_a_group_may_hold_others_but_not_itself(client: TestClient, title: Element, group: Element) -> None:
    assert data(put(client, group, {"content": {"children": [title.id]}}))["content"]["children"] == [title.id]
    for element, child in ((group, group.id), (title, group.id), (title, "elem_nobody")):
        body = refused(put(client, element, {"content": {"children": [child]}}), 409, "CONFLICT")
        assert body["details"]["fields"][0]["field"] == "content.children[0]"


def test_an_unknown_element_is_not_found(client: TestClient) -> None:
    refused(client.get("/api/v1/elements/elem_none"), 404, "ELEMENT_NOT_FOUND")
    refused(client.put("/api/v1/elements/elem_none", json={"visible": True}), 404, "ELEMENT_NOT_FOUND")
    refused(client.put("/api/v1/elements/elem_none", json={}), 404, "ELEMENT_NOT_FOUND")
    refused(client.get("/api/v1/elements/%20"), 404, "ELEMENT_NOT_FOUND")


def test_a_task_that_runs_has_no_elements_to_edit(client: TestClient, services: ApiServices) -> None:
    task_id = new_task(services)
    claimed(services, task_id)
    assert data(client.get("/api/v1/posters", params={"task_id": task_id}))["items"] == []
