"""A task's answer says its place, how long it still takes, and why it waits."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from serve_apps.api import model_watch
from serve_apps.api.services import ApiServices
from serve_apps.execution import FencedExecutor
from storage.database.backoff import Backoff
from storage.documents.cold_start import cold_start
from storage.documents.task import TaskError
from storage.errors import UnavailableError
from tests.api.conftest import Workshop, claimed, data, finish, new_task
from tests.contract.lanes import until

BODY = {"prompt": "A concert poster"}


def asked(client: TestClient, task_id: str) -> dict[str, Any]:
    """The state of the task, the same from both addresses."""
    task, state = (data(client.get(f"/api/v1/tasks/{task_id}{end}")) for end in ("", "/status"))
    assert state.items() <= task.items()
    return dict(state)


def reasons(task: dict[str, Any]) -> dict[str, str]:
    return {reason["code"]: reason["message"] for reason in task["waits_for"]}


def test_nothing_holds_up_the_next_task_of_an_idle_service(client: TestClient) -> None:
    task = data(client.post("/api/v1/tasks", json=BODY))
    assert (task["queue_position"], task["lane"], task["waits_for"]) == (1, "interactive", [])


def test_own_tasks_at_work_and_those_before_it_are_told(client: TestClient, services: ApiServices) -> None:
    for _ in range(3):
        new_task(services)
    services.database.claim("worker", 3, 60)
    new_task(services, user="other")
    first, second = new_task(services), new_task(services)
    assert reasons(asked(client, first)) == {
        "OWN_TASKS": "3 tasks of yours run.", "TASKS_BEFORE": "1 task is before it.",
        "ALL_BUSY": "3 tasks run, as many as may at once.",
    }  # fmt: skip
    assert reasons(asked(client, second))["TASKS_BEFORE"] == "2 tasks are before it."


def test_half_and_nine_tenths_of_the_time_it_takes(
    client: TestClient, services: ApiServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = services.database.queue_view([])
    took = [float(seconds) for seconds in range(1, 12)]

    def measured(task_ids: list[str]) -> Any:
        seen = type(services.database).queue_view(services.database, task_ids)
        return type(view)(seen.places, seen.retries, seen.own_running, seen.running, took)

    monkeypatch.setattr(services.database, "queue_view", measured)
    waiting = [new_task(services) for _ in range(3)]
    seen = [asked(client, task_id) for task_id in waiting]
    times = [(task["estimated_seconds"], task["estimated_seconds_p90"]) for task in seen]
    # Two are worked on at once, so the third waits for one of them.
    assert times == [(6, 10), (6, 10), (12, 18)]
    attempt = claimed(services, waiting[0])
    # In the moment in which it was begun.
    began = services.database.get_task(waiting[0]).started_at
    monkeypatch.setattr("serve_apps.api.waiting.utc_now", lambda: began)
    at_work = asked(client, waiting[0])
    assert (at_work["estimated_seconds"], at_work["estimated_seconds_p90"]) == (6, 10)
    finish(services, waiting[0], attempt)
    done = asked(client, waiting[0])
    assert (done["estimated_seconds_p90"], done["waits_for"]) == (None, [])


def test_a_retry_tells_when(client: TestClient, services: ApiServices) -> None:
    task_id = new_task(services)
    error = TaskError(code="X", message="x")
    services.database.fail_attempt(task_id, claimed(services, task_id), error, 3, Backoff(60, 60, 0))
    task = asked(client, task_id)
    assert task["queue_position"] is None
    assert task["progress"]["details"]["retry_at"] in reasons(task)["RETRY"]


@pytest.mark.parametrize(
    ("state", "code", "says"),
    [("no replica runs: UPDATING", "COLD_START", "weights loading (image model)"),
     ("scaled_to_zero", "COLD_START", "the image model sleeps")],
)  # fmt: skip
def test_cold_starts_are_told_to_tasks_that_wait_and_run(
    client: TestClient, services: ApiServices, workshop: Workshop, state: str, code: str, says: str
) -> None:
    workshop.states = {"text_reader": "ready", "image_model": state}
    task_id = new_task(services)
    assert says in reasons(asked(client, task_id))[code]
    claimed(services, task_id)
    assert list(reasons(asked(client, task_id))) == [code]


def test_a_task_at_work_says_the_stage_that_its_stream_told_last(
    client: TestClient, services: ApiServices, workshop: Workshop
) -> None:
    workshop.states = {"text_reader": "scaled_to_zero", "image_model": "scaled_to_zero"}
    task_id = new_task(services)
    executor = FencedExecutor(services.database, task_id, claimed(services, task_id))
    executor.report("generating_background")
    executor.tell_cold_start(cold_start("image_model", "node_wanted", 3))
    messages = [reason["message"] for reason in asked(client, task_id)["waits_for"]]
    assert messages == [
        "Cold start: the text reader sleeps; the first task that needs it wakes it.",
        "Cold start: waiting for a node (image model).",
    ]


def test_a_service_without_workers_is_told(client: TestClient, services: ApiServices, workshop: Workshop) -> None:
    workshop.states = {"orchestrator": "down"}
    assert list(reasons(asked(client, new_task(services)))) == ["NO_WORKER"]


def test_tasks_are_answered_though_nobody_tells_of_the_models(
    client: TestClient, services: ApiServices, workshop: Workshop
) -> None:
    workshop.failure = UnavailableError("nobody")
    assert reasons(asked(client, new_task(services))) == {}


def test_a_task_of_the_bulk_lane_waits_behind_the_others(client: TestClient) -> None:
    bulk = data(client.post("/api/v1/tasks", json=BODY | {"lane": "bulk", "priority": 9}))
    assert (bulk["lane"], bulk["priority"], bulk["queue_position"]) == ("bulk", 9, 1)
    data(client.post("/api/v1/tasks", json=BODY))
    assert asked(client, bulk["id"])["queue_position"] == 2
    assert client.post("/api/v1/tasks", json=BODY | {"lane": "fast"}).status_code == 400


def test_what_is_known_of_the_models_is_renewed_while_answers_go_on(
    client: TestClient, services: ApiServices, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_watch, "FRESH_SECONDS", 0.0)
    task_id = new_task(services)

    def told() -> dict[str, str]:
        # One address: between two answers it may be renewed.
        return reasons(data(client.get(f"/api/v1/tasks/{task_id}")))

    assert told() == {}
    workshop.states = {"image_model": "scaled_to_zero"}
    until(lambda: "COLD_START" in told())
    workshop.states = {"image_model": "ready"}
    until(lambda: told() == {})
