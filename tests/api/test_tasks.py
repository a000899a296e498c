"""Tasks over HTTP."""

import pytest
from starlette.testclient import TestClient

from serve_apps.api.examples import TASK_BODY
from serve_apps.api.services import ApiServices
from storage.documents.poster import PosterDocument
from tests.api.conftest import claimed, data, fields, finish, new_task, refused

SAMPLE = TASK_BODY["A hiring poster"]


def test_the_sample_of_the_contract_is_taken_and_comes_back_equal(client: TestClient) -> None:
    task = data(client.post("/api/v1/tasks", json=SAMPLE))
    assert task["status"] == "pending"
    assert task["user_id"] == "user_123456"
    assert task["priority"] == 1
    assert task["progress"]["phase"] == "init"
    assert task["progress"]["message"] == "任务已创建"
    given = {key: SAMPLE[key] for key in ("prompt", "style", "size", "elements", "color_scheme")}
    assert {key: task["input_params"][key] for key in given} == given
    assert data(client.get(f"/api/v1/tasks/{task['id']}")) == task


def test_only_the_prompt_is_required(client: TestClient) -> None:
    task = data(client.post("/api/v1/tasks", json={"prompt": "一张海报"}))
    assert task["user_id"] == "local"
    assert task["priority"] == 0
    assert task["input_params"]["size"] == {"width": 1080, "height": 1920}


def test_a_seed_is_drawn_when_none_is_given_and_kept_when_one_is(client: TestClient) -> None:
    drawn = [data(client.post("/api/v1/tasks", json={"prompt": "x"}))["input_params"]["seed"] for _ in range(2)]
    assert drawn[0] != drawn[1]
    assert data(client.post("/api/v1/tasks", json={"prompt": "x", "seed": 42}))["input_params"]["seed"] == 42


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"prompt": "  "}, "prompt"),
        ({"prompt": "春" * 4001}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": "a\u202eb"}, "prompt"),
        ({"priority": 10}, "priority"),
        ({"priority": -1}, "priority"),
        ({"priority": True}, "priority"),
        ({"priority": "5"}, "priority"),
        ({"priority": 10**300}, "priority"),
        ({"seed": 2**32}, "seed"),
        ({"user_id": "no spaces"}, "user_id"),
        ({"size": {"width": 63, "height": 100}}, "size.width"),
        ({"size": {"width": 100, "height": 8193}}, "size.height"),
        ({"size": {"width": 8192, "height": 8192}}, "size"),
        ({"size": {"width": 100}}, "size.height"),
        ({"size": "1080x1920"}, "size"),
        ({"color_scheme": ["#1890ff", "no colour"]}, "color_scheme[1]"),
        ({"elements": [{"content": "ok"}, {"content": ""}]}, "elements[1].content"),
        ({"elements": [{"content": "ok", "type": "video"}]}, "elements[0].type"),
        ({"elements": [{"content": "ok"}] * 101}, "elements"),
        ({"elements": [{"content": "ok", "style": {"deep": {"text": "a\x00"}}}]}, "elements[0].style.deep.text"),
        ({"reference": ["x" * 2001]}, "reference[0]"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_invalid_body_is_refused_and_the_field_named(client: TestClient, change: dict, named: str) -> None:
    assert fields(client.post("/api/v1/tasks", json={"prompt": "A poster", **change})) == [named]
    assert data(client.get("/api/v1/tasks"))["items"] == []


def test_every_invalid_field_is_named_at_once(client: TestClient) -> None:
    body = {"prompt": "", "priority": 11, "size": {"width": 1, "height": 1}}
    assert set(fields(client.post("/api/v1/tasks", json=body))) == {"prompt", "priority", "size.width", "size.height"}


def test_the_sentence_says_what_to_do(client: TestClient) -> None:
    body = refused(client.post("/api/v1/tasks", json={"prompt": "x" * 4001}), 400, "INVALID_ARGUMENT")
    assert body["error"] == "prompt must have at most 4000 characters."


def test_status_says_where_a_task_is(client: TestClient, services: ApiServices) -> None:
    task_id = new_task(services)
    status = data(client.get(f"/api/v1/tasks/{task_id}/status"))
    assert status["id"] == task_id
    assert status["status"] == "pending"
    assert status["progress"]["percentage"] == 0
    assert "input_params" not in status


def test_a_completed_task_names_its_poster_and_a_preview_that_resolves(
    client: TestClient, poster: PosterDocument
) -> None:
    task = data(client.get(f"/api/v1/tasks/{poster.poster.task_id}"))
    assert task["status"] == "completed"
    assert task["result"]["poster_id"] == poster.poster.id
    assert client.get(task["result"]["preview"]).content == b"jpg of version 1"


@pytest.mark.parametrize("path", ["", "/status", "/events"])
@pytest.mark.parametrize("task_id", ["task_000000000000", "not-there", "%E4%B8%8D", "a%20b", "x" * 51])
def test_an_unknown_task_is_not_found(client: TestClient, task_id: str, path: str) -> None:
    refused(client.get(f"/api/v1/tasks/{task_id}{path}"), 404, "TASK_NOT_FOUND")


def test_tasks_are_listed_newest_first_and_paged_without_gaps(client: TestClient, services: ApiServices) -> None:
    made = [new_task(services, f"poster {number}") for number in range(7)]
    seen: list[str] = []
    cursor = None
    while True:
        page = data(client.get("/api/v1/tasks", params={"limit": 3, **({"cursor": cursor} if cursor else {})}))
        assert len(page["items"]) <= 3
        seen += [task["id"] for task in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    assert len(seen) == len(set(seen))
    times = [services.database.get_task(task_id).created_at for task_id in seen]
    assert times == sorted(times, reverse=True)


def test_lists_are_limited_by_user_and_status(client: TestClient, services: ApiServices) -> None:
    ann, bob = new_task(services, user="ann"), new_task(services, user="bob")
    client.post(f"/api/v1/tasks/{bob}/cancel")

    def ids(**query: str) -> list[str]:
        return [task["id"] for task in data(client.get("/api/v1/tasks", params=query))["items"]]

    assert ids(user_id="ann") == [ann]
    assert ids(status="cancelled") == [bob]
    assert ids(status="cancelled", user_id="ann") == []


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("status=done", "status"),
        ("user_id=a%00b", "user_id"),
    ],
)
def test_a_bad_query_is_refused_and_the_parameter_named(client: TestClient, query: str, named: str) -> None:
    assert fields(client.get(f"/api/v1/tasks?{query}")) == [named]


@pytest.mark.parametrize("cursor", ["nonsense", "%00", "%FF", "eyJ9", "💥"])
def test_a_cursor_that_is_not_ours_is_refused(client: TestClient, services: ApiServices, cursor: str) -> None:
    new_task(services)
    assert fields(client.get(f"/api/v1/tasks?cursor={cursor}")) == ["cursor"]


def test_cancel_stops_a_task_and_is_harmless_again(client: TestClient, services: ApiServices) -> None:
    task_id = new_task(services)
    assert data(client.post(f"/api/v1/tasks/{task_id}/cancel"))["status"] == "cancelled"
    assert data(client.post(f"/api/v1/tasks/{task_id}/cancel"))["status"] == "cancelled"
    assert services.database.claim("test", 10, 60) == []


def test_a_completed_task_cannot_be_cancelled(client: TestClient, services: ApiServices) -> None:
    task_id = new_task(services)
    finish(services, task_id, claimed(services, task_id))
    refused(client.post(f"/api/v1/tasks/{task_id}/cancel"), 409, "CONFLICT")
    refused(client.post("/api/v1/tasks/task_none/cancel"), 404, "TASK_NOT_FOUND")
