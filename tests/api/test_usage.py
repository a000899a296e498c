"""What engines took, as the API tells it."""

from typing import Any

from starlette.testclient import TestClient

from serve_apps.api.services import ApiServices
from storage.documents.base import format_time, utc_now
from storage.documents.usage import UsageEntry
from tests.api.conftest import claimed, data, fields, new_task
from tests.api.keyed import KEYS, client_of, keyed

PICTURE = UsageEntry(stage="background", step="a", model="sdxl/x", seconds=4.0, gpus=0.5, steps=30)
WORDS = UsageEntry(stage="intent", step="b", model="vllm/x", seconds=1.0, tokens=200)
NOTHING = {"tasks": 0, "seconds": 0, "gpu_seconds": 0, "tokens": 0, "steps": 0}


def spent(services: ApiServices, user: str, *entries: UsageEntry) -> str:
    """A task at work with these entries."""
    task_id = new_task(services, user=user)
    attempt = claimed(services, task_id)
    for entry in entries:
        services.database.append_usage(task_id, attempt, entry)
    return task_id


def named(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value is not None}


def test_tasks_are_told_with_their_sums(services: ApiServices, client: TestClient) -> None:
    dear = spent(services, "ann", PICTURE, WORDS)
    cheap = spent(services, "bob", WORDS)
    report = data(client.get("/api/v1/usage"))
    assert (report["by"], report["since"] < report["until"]) == ("task", True)
    assert [named(item) for item in report["items"]] == [
        {"task_id": dear, "user_id": "ann", "tasks": 1, "seconds": 5, "gpu_seconds": 2, "tokens": 200, "steps": 30},
        {"task_id": cheap, "user_id": "bob", "tasks": 1, "seconds": 1, "gpu_seconds": 0, "tokens": 200, "steps": 0},
    ]
    assert report["total"] == {"tasks": 2, "seconds": 6, "gpu_seconds": 2, "tokens": 400, "steps": 30}
    by_user = data(client.get("/api/v1/usage", params={"by": "user", "limit": 1}))
    assert [item["user_id"] for item in by_user["items"]] == ["ann"]
    assert by_user["total"] == report["total"]
    of_one = data(client.get("/api/v1/usage", params={"by": "stage", "task_id": cheap}))
    assert [item["stage"] for item in of_one["items"]] == ["intent"]


def test_the_period_may_be_given(services: ApiServices, client: TestClient) -> None:
    spent(services, "ann", WORDS)
    until = format_time(utc_now())[:4] + "-01-01T00:00:00Z"
    before = data(client.get("/api/v1/usage", params={"until": until}))
    assert (before["items"], before["total"], before["until"]) == ([], NOTHING, until)
    for wrong in ("soon", "0.5", "1700000000", "2026-11-01"):
        assert fields(client.get("/api/v1/usage", params={"since": wrong})) == ["since"], wrong
    early, late = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"
    assert data(client.get("/api/v1/usage", params={"since": early, "until": late}))["total"]["tasks"] == 1
    assert data(client.get("/api/v1/usage", params={"since": late, "until": early}))["total"] == NOTHING
    assert data(client.get("/api/v1/usage", params={"until": early}))["total"] == NOTHING


def test_a_user_sees_their_own_and_a_service_all(services: ApiServices) -> None:
    mine, theirs = spent(services, "user_a", WORDS), spent(services, "user_b", PICTURE)
    locked = keyed(services)
    with client_of(locked, KEYS["user_a"]) as user:
        assert [item["task_id"] for item in data(user.get("/api/v1/usage"))["items"]] == [mine]
        assert data(user.get("/api/v1/usage", params={"task_id": theirs}))["total"] == NOTHING
        assert user.get("/api/v1/usage", params={"user_id": "user_b"}).status_code == 403
    with client_of(locked, KEYS["service"]) as service:
        users = data(service.get("/api/v1/usage", params={"by": "user"}))["items"]
        assert [item["user_id"] for item in users] == ["user_b", "user_a"]
        only = data(service.get("/api/v1/usage", params={"user_id": "user_a"}))["items"]
        assert [item["task_id"] for item in only] == [mine]
