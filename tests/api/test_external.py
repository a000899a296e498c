"""The endpoints for executors outside the cluster."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from serve_apps.api.examples import BATCH_BODY, SHAPE, TITLE
from serve_apps.api.services import ApiServices
from tests.api.conftest import JPG, PNG, PSD, Workshop, data, fields, new_task, refused
from tests.pictures import encoded, psd

PROGRESS = {"phase": "generating_layout", "percentage": 20, "message": "生成布局方案", "details": {}}


def external(client: TestClient, **body: Any) -> str:
    task = data(client.post("/api/v1/tasks", json={"prompt": "A poster", "executor": "external", **body}))
    assert (task["executor"], task["queue_position"], task["estimated_seconds"]) == ("external", None, None)
    return str(task["id"])


def poster(client: TestClient, task_id: str, **body: Any) -> dict[str, Any]:
    made = data(client.post("/api/v1/posters", json={"task_id": task_id, "width": 640, "height": 960, **body}))
    return dict(made)


def upload(client: TestClient, content: bytes) -> dict[str, Any]:
    return dict(data(client.post("/api/v1/storage/upload", files={"file": ("name", content)})))


def batch(client: TestClient, layer: str, *elements: dict[str, Any], **body: Any) -> Any:
    shown = [{key: entry[key] for key in ("type", "transform", "style", "content")} for entry in elements or (TITLE,)]
    return client.post("/api/v1/elements/batch", json={"elements": [{"layer_id": layer} | e for e in shown], **body})


def complete(client: TestClient, task_id: str, poster_id: str, layers: list[str]) -> Any:
    body = {"poster_id": poster_id, "preview": f"http://testserver/posters/{poster_id}/preview", "layers": layers}
    return client.post(f"/api/v1/tasks/{task_id}/complete", json=body)


def finished(client: TestClient, layer: str = "layer_a", **poster_body: Any) -> dict[str, Any]:
    task_id = external(client)
    made = poster(client, task_id, **poster_body)
    data(batch(client, layer))
    assert complete(client, task_id, made["id"], [layer]).status_code == 200
    return made


def test_progress_and_completion_answer_as_the_contract_says(client: TestClient) -> None:
    task_id = external(client)
    answer = client.put(f"/api/v1/tasks/{task_id}/progress", json=PROGRESS)
    assert (answer.status_code, answer.json()) == (200, {"code": 0, "message": "progress updated"})
    assert data(client.get(f"/api/v1/tasks/{task_id}"))["progress"] == PROGRESS
    answer = complete(client, task_id, poster(client, task_id)["id"], ["layer_a"])
    assert (answer.status_code, answer.json()) == (200, {"code": 0, "message": "task completed"})
    task = data(client.get(f"/api/v1/tasks/{task_id}"))
    assert task["status"] == "completed"
    refused(client.put(f"/api/v1/tasks/{task_id}/progress", json=PROGRESS), 409, "TASK_CANCELLED")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"percentage": 101}, "percentage"),
        ({"percentage": -1}, "percentage"),
        ({"percentage": "20"}, "percentage"),
        ({"phase": ""}, "phase"),
        ({"message": None}, "message"),
        ({"colour": 1}, "colour"),
    ],
)
def test_an_invalid_progress_is_refused(client: TestClient, change: dict[str, Any], named: str) -> None:
    task_id = external(client)
    assert fields(client.put(f"/api/v1/tasks/{task_id}/progress", json=PROGRESS | change)) == [named]
    assert data(client.get(f"/api/v1/tasks/{task_id}"))["status"] == "pending"


def test_a_task_of_the_cluster_takes_no_writes(client: TestClient, services: ApiServices) -> None:
    task_id = new_task(services)
    refused(client.put(f"/api/v1/tasks/{task_id}/progress", json=PROGRESS), 409, "CONFLICT")
    refused(client.post(f"/api/v1/tasks/{task_id}/complete", json={"poster_id": "poster_1"}), 409, "CONFLICT")
    refused(client.post("/api/v1/posters", json={"task_id": task_id, "width": 64, "height": 64}), 409, "CONFLICT")


def test_unknown_things_are_not_found(client: TestClient) -> None:
    refused(client.put("/api/v1/tasks/task_none/progress", json=PROGRESS), 404, "TASK_NOT_FOUND")
    refused(complete(client, "task_none", "poster_1", []), 404, "TASK_NOT_FOUND")
    refused(complete(client, external(client), "poster_1", []), 404, "POSTER_NOT_FOUND")
    refused(client.post("/api/v1/posters", json={"task_id": "t", "width": 64, "height": 64}), 404, "TASK_NOT_FOUND")
    refused(batch(client, "layer_a", poster_id="poster_1"), 404, "POSTER_NOT_FOUND")


def test_elements_come_back_as_they_were_sent(client: TestClient) -> None:
    made = data(batch(client, "layer_a", TITLE, SHAPE))
    for got, given in zip(made, (TITLE, SHAPE), strict=True):
        assert got["id"].startswith("elem_")
        assert got["layer_id"] == "layer_a"
        assert got["content"]["text" if given is TITLE else "shape_path"]
        assert all(got["transform"][key] == value for key, value in given["transform"].items())
        assert data(client.get(f"/api/v1/elements/{got['id']}")) == got
    assert data(client.post("/api/v1/elements/batch", json={"elements": []})) == []


@pytest.mark.parametrize(
    ("element", "named"),
    [
        ({"content": {"shape_path": "L0 0"}}, "elements[0].content.shape_path"),
        ({"style": {"opacity": 2}}, "elements[0].style.opacity"),
        ({"type": "video"}, "elements[0].type"),
        ({"layer_id": "no spaces"}, "elements[0].layer_id"),
        ({"id": "elem_1"}, "elements[0].id"),
    ],
)
def test_an_invalid_element_is_refused_and_none_is_stored(
    client: TestClient, element: dict[str, Any], named: str
) -> None:
    body = {"elements": [{"layer_id": "layer_a", "type": "shape", **element}]}
    assert fields(client.post("/api/v1/elements/batch", json=body)) == [named]


def test_a_layer_of_another_poster_is_refused(client: TestClient) -> None:
    finished(client, "layer_a")
    task_id = external(client)
    made = poster(client, task_id)
    refused(batch(client, "layer_a"), 409, "TASK_CANCELLED")
    refused(batch(client, "layer_a", poster_id=made["id"]), 409, "CONFLICT")
    body = refused(complete(client, task_id, made["id"], ["layer_a"]), 409, "CONFLICT")
    assert "layer_a" not in str(body)
    assert fields(complete(client, task_id, made["id"], ["layer_b", "layer_b"])) == ["layers"]


def test_uploaded_files_are_the_posters_until_it_is_edited(client: TestClient, workshop: Workshop) -> None:
    picture, source = encoded(64, 96), psd(64, 96)
    made = finished(client, preview_url=upload(client, picture)["url"], source_url=upload(client, source)["url"])
    exported = f"/api/v1/posters/{made['id']}/export?format="
    assert client.get(made["preview_url"]).content == picture
    assert client.get(made["source_url"]).content == source
    assert client.get(exported + "jpg").content == picture
    assert client.get(exported + "psd").content == source
    assert client.get(exported + "png").content == b"png of version 1"
    full = data(client.get(f"/api/v1/posters/{made['id']}/full"))
    element = full["elements"]["layer_a"][0]
    data(client.put(f"/api/v1/elements/{element['id']}", json={"visible": False}))
    edited = data(client.get(f"/api/v1/posters/{made['id']}"))
    assert client.get(edited["preview_url"]).content == b"jpg of version 2"
    assert client.get(edited["source_url"]).content == b"psd of version 2"


@pytest.mark.parametrize(("format", "content_type"), [("JPEG", JPG), ("PNG", PNG), ("WEBP", "image/webp")])
def test_a_preview_is_served_as_the_kind_it_is(client: TestClient, format: str, content_type: str) -> None:
    made = finished(client, preview_url=upload(client, encoded(64, 96, format))["url"])
    assert client.get(made["preview_url"]).headers["Content-Type"] == content_type
    source = client.get(f"/api/v1/posters/{made['id']}/export?format=psd")
    assert (source.headers["Content-Type"], source.content) == (PSD, b"psd of version 1")


def test_foreign_addresses_are_kept_and_our_files_drawn(client: TestClient) -> None:
    preview = "https://oss.example.com/p.jpg?sig=1"
    made = finished(client, preview_url=preview, source_url="https://oss.example.com/s.psd")
    assert made["preview_url"] == preview
    assert client.get(f"/posters/{made['id']}/preview").content == b"jpg of version 1"
    task = data(client.get(f"/api/v1/tasks/{made['task_id']}"))
    assert client.get(task["result"]["preview"]).content == b"jpg of version 1"


def test_pictures_of_elements_are_stored_as_keys_and_read_as_addresses(
    client: TestClient, services: ApiServices
) -> None:
    sent = upload(client, encoded(64, 64, "PNG"))
    image = {"type": "image", "transform": {"width": 64, "height": 64}, "style": {},
             "content": {"image_url": sent["url"]}}  # fmt: skip
    filled = {"type": "shape", "transform": {"width": 64, "height": 64}, "content": {},
              "style": {"fill": {"type": "image", "image": {"image_url": sent["key"]}}}}  # fmt: skip
    made = data(batch(client, "layer_a", image, filled))
    assert made[0]["content"]["image_url"] == sent["url"]
    assert made[1]["style"]["fill"]["image"]["image_url"] == sent["url"]
    stored = services.database.get_element(made[0]["id"])
    assert stored.content.image_url == f"/api/v1/objects/{sent['key']}"
    assert client.get(made[0]["content"]["image_url"]).status_code == 200


def test_a_batch_of_the_contract_is_taken(client: TestClient) -> None:
    assert data(client.post("/api/v1/elements/batch", json=BATCH_BODY["A title"]))[0]["content"]["text"] == "诚聘英才"


def test_the_same_batch_again_gives_the_same_elements(client: TestClient) -> None:
    first = data(batch(client, "layer_a", TITLE, TITLE, SHAPE))
    assert len({element["id"] for element in first}) == 3
    assert data(batch(client, "layer_a", TITLE, TITLE, SHAPE)) == first
    other = data(batch(client, "layer_a", TITLE, SHAPE))
    assert not {element["id"] for element in other} & {element["id"] for element in first}
    task_id = external(client)
    made = poster(client, task_id, layers=["layer_a"])
    assert len(data(client.get(f"/api/v1/posters/{made['id']}/full"))["elements"]["layer_a"]) == 5


def test_poster_and_completion_said_again_answer_the_same(client: TestClient) -> None:
    task_id = external(client)
    made = poster(client, task_id, layers=["layer_a"])
    assert poster(client, task_id, layers=["layer_a"]) == made
    assert len(data(client.get("/api/v1/posters", params={"task_id": task_id}))["items"]) == 1
    answers = [complete(client, task_id, made["id"], ["layer_a"]) for _ in range(3)]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(200, 0)] * 3
    assert len(data(client.get(f"/api/v1/posters/{made['id']}/full"))["layers"]) == 1


def test_a_batch_of_which_one_element_fails_changes_nothing(client: TestClient, services: ApiServices) -> None:
    finished(client, "layer_taken")
    task_id = external(client)
    made = poster(client, task_id, layers=["layer_a"])
    spec = {"type": "text", "transform": {}, "style": {}, "content": {"text": "x"}}
    body = {"elements": [{"layer_id": "layer_a", **spec}, {"layer_id": "layer_new", **spec},
                         {"layer_id": "layer_taken", **spec}], "poster_id": made["id"]}  # fmt: skip
    assert client.post("/api/v1/elements/batch", json=body).status_code == 409
    full = data(client.get(f"/api/v1/posters/{made['id']}/full"))
    assert [layer["id"] for layer in full["layers"]] == ["layer_a"]
    assert full["elements"].get("layer_a", []) == []
