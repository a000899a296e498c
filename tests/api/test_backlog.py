"""The opt-in cap of what may wait for a worker."""

from dataclasses import replace

from starlette.testclient import TestClient

from serve_apps.api.main import create_app
from serve_apps.api.services import ApiServices
from tests.api.conftest import claimed, data, finish, refused

BODY = {"prompt": "A concert poster"}


def capped(services: ApiServices, most: int) -> TestClient:
    settings = services.settings.model_copy(update={"most_backlog": most})
    return TestClient(create_app(replace(services, settings=settings)))


def test_tasks_above_the_cap_are_refused_until_some_are_taken(services: ApiServices) -> None:
    with capped(services, 2) as client:
        first = data(client.post("/api/v1/tasks", json=BODY))["id"]
        data(client.post("/api/v1/tasks", json=BODY))
        answer = client.post("/api/v1/tasks", json=BODY)
        assert refused(answer, 529, "OVERLOADED")["details"]["waiting"] == 2
        assert int(answer.headers["Retry-After"]) > 0
        finish(services, first, claimed(services, first))
        data(client.post(f"/api/v1/tasks/{first}/retry"))
        assert data(client.post("/api/v1/tasks", json=BODY))["status"] == "pending"
        assert client.post(f"/api/v1/tasks/{first}/retry").status_code == 529


def test_what_was_accepted_before_and_what_no_worker_takes_is_not_refused(services: ApiServices) -> None:
    with capped(services, 1) as client:
        headers = {"Idempotency-Key": "once"}
        first = data(client.post("/api/v1/tasks", json=BODY, headers=headers))
        assert data(client.post("/api/v1/tasks", json=BODY, headers=headers))["id"] == first["id"]
        assert client.post("/api/v1/tasks", json=BODY, headers={"Idempotency-Key": "other"}).status_code == 529
        data(client.post("/api/v1/tasks", json=BODY | {"executor": "external"}))


def test_without_a_cap_everything_is_accepted(client: TestClient) -> None:
    for _ in range(5):
        data(client.post("/api/v1/tasks", json=BODY))
