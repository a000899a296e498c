"""Idempotency-Key, retry, deletion, places in the queue, merge patches."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipelines import runner
from serve_apps.api.services import ApiServices
from serve_apps.execution import FencedExecutor, execute
from serve_apps.handles import Generators
from serve_apps.models import build_engines
from storage.documents.ids import poster_id_of
from storage.documents.poster import PosterDocument
from storage.documents.task import Task
from storage.errors import UnavailableError
from storage.factory import open_checkpointer
from tests.api.conftest import claimed, data, fields, finish, new_task, refused, store_files


class NoReader:
    """Stands for the text reader where nothing is read."""

    def read(self, picture: Any) -> list[Any]:
        raise AssertionError("nothing is read here")


BODY = {"prompt": "A poster", "size": {"width": 640, "height": 960}}
KEY = {"Idempotency-Key": "order-7"}


def create(client: TestClient, body: dict[str, Any] = BODY, **headers: str) -> Any:
    return client.post("/api/v1/tasks", json=body, headers=KEY | headers)


def test_a_create_sent_again_gets_the_first_answer(client: TestClient) -> None:
    first = create(client)
    task_id = data(first)["id"]
    data(client.post(f"/api/v1/tasks/{task_id}/cancel"))
    again = create(client, dict(reversed(BODY.items())))
    assert again.json() == first.json()
    assert len(data(client.get("/api/v1/tasks"))["items"]) == 1
    assert data(client.post("/api/v1/tasks", json=BODY))["id"] != task_id


def test_a_key_with_another_body_is_refused(client: TestClient) -> None:
    data(create(client))
    for other in (BODY | {"prompt": "Another"}, BODY | {"executor": "external"}, BODY | {"seed": 1}):
        refused(create(client, other), 422, "IDEMPOTENCY_KEY_REUSED")
    assert len(data(client.get("/api/v1/tasks"))["items"]) == 1


def test_a_key_is_each_users_own(client: TestClient) -> None:
    ids = {data(create(client, BODY | {"user_id": user}))["id"] for user in ("ann", "bob", "ann")}
    assert len(ids) == 2


def test_a_key_in_flight_is_refused(client: TestClient, services: ApiServices, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, go_on = threading.Event(), threading.Event()
    really = services.database.create_task

    def slow(*arguments: Any, **named: Any) -> Any:
        inside.set()
        assert go_on.wait(120)
        return really(*arguments, **named)

    monkeypatch.setattr(services.database, "create_task", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(create, client)
        assert inside.wait(120)
        refused(create(client), 409, "CONFLICT")
        go_on.set()
        task_id = data(first.result())["id"]
    assert data(create(client))["id"] == task_id


def test_a_create_that_failed_frees_its_key(
    client: TestClient, services: ApiServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise UnavailableError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(services.database, "create_task", fail)
        refused(create(client), 503, "UNAVAILABLE")
    assert data(create(client))["status"] == "pending"


@pytest.mark.parametrize("key", ["", "two words", "x" * 256])
def test_a_key_that_is_no_word_is_refused(client: TestClient, key: str) -> None:
    assert fields(create(client, **{"Idempotency-Key": key})) == ["idempotency-key"]


def test_retry_makes_a_new_task_of_a_final_one(client: TestClient) -> None:
    task = data(client.post("/api/v1/tasks", json=BODY | {"priority": 4}))
    path = f"/api/v1/tasks/{task['id']}/retry"
    refused(client.post(path), 409, "CONFLICT")
    data(client.post(f"/api/v1/tasks/{task['id']}/cancel"))
    again = data(client.post(path))
    assert again["id"] != task["id"]
    assert (again["retry_of"], again["status"], again["priority"]) == (task["id"], "pending", 4)
    assert again["input_params"] == task["input_params"]
    refused(client.post("/api/v1/tasks/task_none/retry"), 404, "TASK_NOT_FOUND")


def test_answers_tell_the_place_in_the_queue(client: TestClient, services: ApiServices) -> None:
    first, second = (data(client.post("/api/v1/tasks", json=BODY)) for _ in range(2))
    assert (first["queue_position"], second["queue_position"]) == (1, 2)
    assert 0 < first["estimated_seconds"] <= second["estimated_seconds"]
    attempt = claimed(services, first["id"])
    status = data(client.get(f"/api/v1/tasks/{first['id']}/status"))
    assert status["queue_position"] == 0
    assert status["estimated_seconds"] > 0
    listed = {task["id"]: task for task in data(client.get("/api/v1/tasks"))["items"]}
    assert listed[first["id"]]["queue_position"] == 0
    finish(services, first["id"], attempt)
    done = data(client.get(f"/api/v1/tasks/{first['id']}"))
    assert (done["queue_position"], done["estimated_seconds"]) == (None, None)


def test_deleting_a_task_takes_everything_along(
    client: TestClient, services: ApiServices, poster: PosterDocument
) -> None:
    task_id, poster_id = poster.poster.task_id, poster.poster.id
    services.objects.put(f"tasks/{task_id}/layout/abc", b"{}", "application/json")
    folder = services.settings.objects_path / "data" / "posters" / poster_id
    assert folder.exists()
    answer = client.delete(f"/api/v1/tasks/{task_id}")
    assert (answer.status_code, answer.json()) == (200, {"code": 0, "message": "task deleted"})
    assert not folder.exists()
    assert not services.objects.exists(f"tasks/{task_id}/layout/abc")
    refused(client.get(f"/api/v1/tasks/{task_id}"), 404, "TASK_NOT_FOUND")
    refused(client.get(f"/api/v1/tasks/{task_id}/events"), 404, "TASK_NOT_FOUND")
    refused(client.get(f"/posters/{poster_id}/preview"), 404, "POSTER_NOT_FOUND")
    refused(client.get(f"/api/v1/elements/{poster.walk()[0].id}"), 404, "ELEMENT_NOT_FOUND")
    refused(client.delete(f"/api/v1/tasks/{task_id}"), 404, "TASK_NOT_FOUND")


def test_deleting_a_poster_leaves_its_task(client: TestClient, services: ApiServices, poster: PosterDocument) -> None:
    answer = client.delete(f"/api/v1/posters/{poster.poster.id}")
    assert (answer.status_code, answer.json()) == (200, {"code": 0, "message": "poster deleted"})
    assert not (services.settings.objects_path / "data" / "posters" / poster.poster.id).exists()
    refused(client.get(f"/api/v1/posters/{poster.poster.id}/full"), 404, "POSTER_NOT_FOUND")
    refused(client.delete(f"/api/v1/posters/{poster.poster.id}"), 404, "POSTER_NOT_FOUND")
    assert data(client.get(f"/api/v1/tasks/{poster.poster.task_id}"))["status"] == "completed"


def test_a_deletion_that_was_cut_can_be_said_again(
    client: TestClient, services: ApiServices, poster: PosterDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise UnavailableError("The store does not answer.")

    path = f"/api/v1/tasks/{poster.poster.task_id}"
    with monkeypatch.context() as patch:
        patch.setattr(services.objects, "delete_under", fail)
        refused(client.delete(path), 503, "UNAVAILABLE")
    assert data(client.get(path))["status"] == "completed"
    assert client.delete(path).status_code == 200


def test_a_task_that_waits_or_runs_cannot_be_deleted(client: TestClient, services: ApiServices) -> None:
    task_id = new_task(services)
    refused(client.delete(f"/api/v1/tasks/{task_id}"), 409, "CONFLICT")
    claimed(services, task_id)
    refused(client.delete(f"/api/v1/tasks/{task_id}"), 409, "CONFLICT")


def test_a_task_deleted_at_work_leaves_nothing(
    client: TestClient, services: ApiServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled and deleted between two checks of the worker's fence: what it stored meanwhile goes too."""
    task_id = new_task(services)
    attempt = claimed(services, task_id)
    poster_id = poster_id_of(task_id)

    def work(task: Task, engines: Any, executor: FencedExecutor, checkpointer: Any) -> None:
        data(client.post(f"/api/v1/tasks/{task_id}/cancel"))
        assert client.delete(f"/api/v1/tasks/{task_id}").status_code == 200
        services.objects.put(f"tasks/{task_id}/layout/abc", b"{}", "application/json")
        store_files(services.objects, poster_id, 1)
        executor.check()

    monkeypatch.setattr(runner, "run_task", work)
    checkpointer = open_checkpointer(services.settings)
    engines = build_engines(services.settings, services.objects, Generators(NoReader()))
    execute(task_id, attempt, services.database, engines, checkpointer, 3)
    checkpointer.close()
    stored = services.settings.objects_path / "data"
    assert [path for path in stored.rglob("*") if path.is_file()] == []


def test_a_patch_merges_into_the_version_it_names(client: TestClient, poster: PosterDocument) -> None:
    element = next(entry for entry in poster.walk() if entry.type == "text")
    path = f"/api/v1/elements/{element.id}"
    before = data(client.get(path))
    changed = data(client.patch(path, json={"version": 1, "transform": {"x": 77}, "style": {"fill": None}}))
    assert changed["transform"] == before["transform"] | {"x": 77}
    assert changed["style"]["fill"] is None
    assert changed["style"]["text_style"] == before["style"]["text_style"]
    assert changed["content"] == before["content"]
    assert changed["version"] == 2
    body = refused(client.patch(path, json={"version": 1, "visible": False}), 409, "CONFLICT")
    assert body["details"]["version"] == 2
    assert data(client.get(path)) == changed
    assert data(client.get(f"/api/v1/posters/{poster.poster.id}"))["metadata"]["quality"]["verdict"] == "pending"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "version"),
        ({"version": 0}, "version"),
        ({"version": "1"}, "version"),
        ({"version": 1, "style": {"opacity": 3}}, "style.opacity"),
        ({"version": 1, "style": {"shine": 3}}, "style.shine"),
        ({"version": 1, "style": {"fill": {"type": "gradient"}}}, "style.fill"),
        ({"version": 1, "content": {"shape_path": "L0 0"}}, "content.shape_path"),
        ({"version": 1, "id": "elem_x"}, "id"),
    ],
)
def test_an_invalid_patch_is_refused(
    client: TestClient, poster: PosterDocument, body: dict[str, Any], named: str
) -> None:
    element = next(entry for entry in poster.walk() if entry.type == "text")
    assert fields(client.patch(f"/api/v1/elements/{element.id}", json=body)) == [named]
    refused(client.patch("/api/v1/elements/elem_none", json={"version": 1}), 404, "ELEMENT_NOT_FOUND")
