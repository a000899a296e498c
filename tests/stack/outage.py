"""Tasks at work while something is taken away, and what must be true of them afterwards."""

from collections.abc import Callable
from typing import Any

import httpx

from cluster import plain_http
from cluster.jobs.faults import until
from cluster.jobs.own_service import patiently
from tests.stack.production import ProductionService

END_SECONDS = 300
FINAL = {"completed", "failed", "cancelled"}
BODY: dict[str, Any] = {"prompt": "社区读书会 11月28日 14:00 城市书房", "size": {"width": 200, "height": 300}}


def wait_for(what: Callable[[], bool], seconds: float = END_SECONDS) -> None:
    until(what, "what comes of an outage", seconds, every=0.2)


def create(service: ProductionService, seed: int) -> httpx.Response:
    return httpx.post(f"{service.url}/api/v1/tasks", json=BODY | {"seed": seed}, timeout=60,
                      verify=plain_http.NO_TLS)  # fmt: skip


def status_of(service: ProductionService, task_id: str) -> str:
    return str(service.get(f"/api/v1/tasks/{task_id}")["status"])


def at_work(service: ProductionService, count: int) -> list[str]:
    """So many tasks, seen at work."""
    tasks = [str(create(service, seed).json()["data"]["id"]) for seed in range(count)]
    wait_for(lambda: any(status_of(service, task) == "processing" for task in tasks))
    return tasks


def readiness(service: ProductionService) -> httpx.Response:
    return plain_http.get(f"{service.url}/readyz", timeout=30)


def down(service: ProductionService) -> list[str]:
    """What ``/readyz`` says is down."""
    answer = readiness(service)
    return [] if answer.status_code == 200 else list(answer.json()["details"]["down"])


def degraded(service: ProductionService) -> bool:
    answer = readiness(service)
    return answer.status_code == 200 and bool(answer.json()["degraded"])


def each_ends_once(service: ProductionService, tasks: list[str]) -> None:
    """Completed, one poster with its files, one end, and the service is ready again."""
    left = list(tasks)

    def all_final() -> bool:
        while left and status_of(service, left[0]) in FINAL:
            del left[0]
        return not left

    wait_for(all_final)
    assert [status_of(service, task) for task in tasks] == ["completed"] * len(tasks)
    for task in tasks:
        (poster,) = service.get("/api/v1/posters", params={"task_id": task})["items"]
        url = f"{service.url}/api/v1/posters/{poster['id']}/export?format=png"
        answer = patiently(lambda url=url: plain_http.get(url, timeout=60, follow_redirects=True))
        assert answer.content.startswith(b"\x89PNG")
        url = f"{service.url}/api/v1/tasks/{task}/events?since=0"
        events = patiently(lambda url=url: plain_http.get(url, timeout=60)).text
        assert events.count('"type":"end"') == 1
    wait_for(lambda: readiness(service).status_code == 200)
