"""The HTTP API on the real Ray Serve: proxy, replicas, WebSocket and all."""

import json
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from cluster.jobs.faults import until
from cluster.jobs.own_service import OwnService
from storage.documents.progress import PHASES
from tests.stack.test_editing import completed

pytestmark = pytest.mark.stack
BODY: dict[str, Any] = {
    "prompt": "社区读书会 11月28日 14:00 城市书房",
    "size": {"width": 360, "height": 640},
    "seed": 9,
}


def create(service: OwnService, **changes: Any) -> dict[str, Any]:
    answer = httpx.post(f"{service.url}/api/v1/tasks", json=BODY | changes, timeout=60)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def stream(service: OwnService, task_id: str, since: int | None = None) -> list[dict[str, Any]]:
    """All messages of the task's WebSocket until the server closes it."""
    query = "" if since is None else f"?since={since}"
    with connect(
        f"ws://127.0.0.1:{service.port}/api/v1/tasks/{task_id}/ws{query}", proxy=None, open_timeout=60
    ) as socket:
        return [json.loads(message) for message in socket]


def test_health_names_the_build_and_ready_names_what_is_down(service: OwnService) -> None:
    health = httpx.get(f"{service.url}/healthz", timeout=60).json()
    assert {"version", "commit", "sources", "profile"} <= set(health)
    # A busy machine's orchestrator may answer late.
    until(lambda: httpx.get(f"{service.url}/readyz", timeout=60).status_code == 200, "readiness")


def test_the_stream_has_every_phase_of_the_contract_once_in_order(service: OwnService) -> None:
    task = create(service)
    messages = stream(service, task["id"], since=0)
    assert messages[0]["type"] == "snapshot"
    assert messages[-1]["type"] == "end"
    events = messages[1:]
    numbers = [event["seq"] for event in events]
    assert numbers == sorted(set(numbers))
    first = {event["phase"]: event for event in reversed(events)}
    assert list(dict.fromkeys(event["phase"] for event in events)) == list(PHASES)
    for phase, known in PHASES.items():
        assert (first[phase]["percentage"], first[phase]["message"]) == known
    replay = stream(service, task["id"], since=numbers[3])
    assert [event["seq"] for event in replay[1:]] == numbers[4:]


def test_a_finished_task_its_poster_and_files_can_be_had(service: OwnService) -> None:
    full = completed(service, **BODY)
    poster_id, task_id = full["poster"]["id"], full["poster"]["task_id"]
    task = service.get(f"/api/v1/tasks/{task_id}")
    assert task["result"]["poster_id"] == poster_id
    assert task["result"]["layers"] == [layer["id"] for layer in full["layers"]]
    assert set(full["elements"]) == set(task["result"]["layers"])
    listed = service.get("/api/v1/posters", params={"task_id": task_id})["items"]
    assert [poster["id"] for poster in listed] == [poster_id]
    starts = {"png": b"\x89PNG", "jpg": b"\xff\xd8\xff", "psd": b"8BPS", "json": b"{"}
    for file_format, start in starts.items():
        answer = httpx.get(
            f"{service.url}/api/v1/posters/{poster_id}/export", params={"format": file_format}, timeout=60
        )
        assert answer.status_code == 200
        assert answer.content.startswith(start)
    assert httpx.get(task["result"]["preview"], timeout=60).status_code == 200
    assert full["poster"]["metadata"]["ai_params"]["seed"] == BODY["seed"]
    assert full["poster"]["metadata"]["quality"]["verdict"] == "pass"


def test_errors_come_through_the_proxy_in_the_envelope(service: OwnService) -> None:
    answer = httpx.post(
        f"{service.url}/api/v1/tasks", json={"prompt": "x", "size": {"width": 10, "height": 10}}, timeout=60
    )
    assert answer.status_code == 400
    body = answer.json()
    assert body["code"] == "INVALID_ARGUMENT"
    assert {field["field"] for field in body["details"]["fields"]} == {"size.width", "size.height"}
    assert body["request_id"]
    assert httpx.get(f"{service.url}/api/v1/tasks/task_none", timeout=60).status_code == 404


def test_a_cancelled_task_ends_at_once_and_makes_no_poster(service: OwnService) -> None:
    task = create(service, size={"width": 2160, "height": 3840})
    answer = httpx.post(f"{service.url}/api/v1/tasks/{task['id']}/cancel", timeout=60)
    assert answer.json()["data"]["status"] == "cancelled"
    assert stream(service, task["id"])[-1]["status"] == "cancelled"
    assert service.get("/api/v1/posters", params={"task_id": task["id"]})["items"] == []


def test_many_tasks_at_once_each_end_with_one_poster(service: OwnService) -> None:
    tasks = [create(service, size={"width": 200, "height": 300}, seed=seed) for seed in range(12)]
    ends = [stream(service, task["id"])[-1]["status"] for task in tasks]
    assert ends == ["completed"] * 12
    for task in tasks:
        assert len(service.get("/api/v1/posters", params={"task_id": task["id"]})["items"]) == 1


def test_the_api_page_needs_nothing_from_elsewhere(service: OwnService) -> None:
    page = httpx.get(f"{service.url}/docs", timeout=60).text
    assert "swagger" in page.lower()
    assert "cdn" not in page
    assert httpx.get(f"{service.url}/openapi.json", timeout=60).json()["info"]["title"] == "design-agent"
