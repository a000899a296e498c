"""How much one key may ask for."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from limits.aio.storage import memory
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from serve_apps.api import ratelimit
from serve_apps.api.services import ApiServices
from tests.api.conftest import data, new_task, refused
from tests.api.keyed import KEYS, authorization, client_of, keyed

A, B, SERVICE = (authorization(KEYS[name]) for name in ("user_a", "user_b", "service"))


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_800_000_000.0]
    for module in (memory, ratelimit):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: now[0]))
    return now


@pytest.fixture
def limited(services: ApiServices, now: list[float]) -> Iterator[TestClient]:
    with client_of(keyed(services, requests_per_minute=3), None) as client:
        yield client


def test_a_key_that_asks_too_often_waits_and_others_do_not(limited: TestClient, now: list[float]) -> None:
    for _ in range(3):
        assert limited.get("/api/v1/tasks", headers=A).status_code == 200
    answer = limited.get("/api/v1/tasks", headers=A)
    refused(answer, 429, "TOO_MANY_REQUESTS")
    wait = int(answer.headers["Retry-After"])
    assert 1 <= wait <= 60
    assert limited.get("/api/v1/tasks", headers=B).status_code == 200
    assert limited.get("/healthz", headers=A).status_code == 200
    now[0] += wait
    assert limited.get("/api/v1/tasks", headers=A).status_code == 200


def test_refused_keys_and_health_do_not_count(limited: TestClient) -> None:
    for _ in range(10):
        refused(limited.get("/api/v1/tasks", headers=authorization("wrong")), 401, "UNAUTHORIZED")
        limited.get("/healthz")
    assert limited.get("/api/v1/tasks", headers=A).status_code == 200


def test_a_socket_is_a_request(limited: TestClient, services: ApiServices) -> None:
    task_id = new_task(services, user="user_a")
    for _ in range(3):
        limited.get("/api/v1/tasks", headers=A)
    with limited.websocket_connect(f"/api/v1/tasks/{task_id}/ws", headers=A) as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        assert closed.value.code == 4429


def test_without_keys_nothing_is_counted(services: ApiServices) -> None:
    with client_of(keyed(services, api_keys="[]", requests_per_minute=1, unfinished_tasks=1), None) as client:
        for _ in range(4):
            data(client.post("/api/v1/tasks", json={"prompt": "A poster"}))


def test_unfinished_tasks_have_a_quota_which_a_repeated_request_does_not_use(services: ApiServices) -> None:
    body = {"prompt": "A poster"}
    with client_of(keyed(services, unfinished_tasks=2), None) as client:
        first = data(client.post("/api/v1/tasks", json=body, headers=A | {"Idempotency-Key": "one"}))
        data(client.post("/api/v1/tasks", json=body, headers=A))
        answer = client.post("/api/v1/tasks", json=body, headers=A)
        assert refused(answer, 429, "TOO_MANY_REQUESTS")["details"]["unfinished"] == 2
        assert int(answer.headers["Retry-After"]) > 0
        assert data(client.post("/api/v1/tasks", json=body, headers=A | {"Idempotency-Key": "one"})) == first
        refused(client.post("/api/v1/tasks", json=body | {"user_id": "user_a"}, headers=SERVICE), 429,
                "TOO_MANY_REQUESTS")  # fmt: skip
        data(client.post("/api/v1/tasks", json=body, headers=B))
        data(client.post(f"/api/v1/tasks/{first['id']}/cancel", headers=A))
        retried = data(client.post(f"/api/v1/tasks/{first['id']}/retry", headers=A))
        refused(client.post(f"/api/v1/tasks/{first['id']}/retry", headers=A), 429, "TOO_MANY_REQUESTS")
        assert retried["retry_of"] == first["id"]
