"""What ``design-agent status`` tells of a running service."""

import json
from typing import Any

import httpx
import pytest

from cluster.jobs.faults import until
from cluster.jobs.own_service import OwnService

pytestmark = pytest.mark.stack
BODY = {"prompt": "社区读书会 11月28日 14:00 城市书房", "size": {"width": 540, "height": 960}, "seed": 7}


def status_of(service: OwnService) -> dict[str, Any]:
    done = service.agent("status", "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def a_poster(service: OwnService) -> None:
    answer = httpx.post(f"{service.url}/api/v1/tasks", json=BODY, timeout=30)
    task_id = str(answer.json()["data"]["id"])
    until(lambda: service.get(f"/api/v1/tasks/{task_id}")["status"] == "completed", "a poster")


def test_status_tells_deployments_queue_and_usage(service: OwnService) -> None:
    a_poster(service)
    # Other tests use this service, too, and may have left tasks.
    until(lambda: (status_of(service)["queue"]["waiting"], status_of(service)["queue"]["running"]) == (0, 0), "rest")

    def well() -> dict[str, Any] | None:
        status = status_of(service)
        return status if (status["ready"], status["problems"]) == (True, []) else None

    status = until(well, "readiness")
    deployments = {row["name"]: row for row in status["deployments"]}
    assert deployments.keys() == {"Api", "Ingress", "Orchestrator", "OutboxRelay", "TextReader"}
    assert {(row["status"], row["wanted"], row["running"], row["starting"]) for row in deployments.values()} == {
        ("HEALTHY", 1, 1, 0)
    }
    (node,) = status["nodes"]
    assert (node["role"], node["state"], node["replicas"]["TextReader"]) == ("head", "ready", 1)
    assert 0 == node["cpus_used"] < node["cpus"]
    assert 0 < status["queue"]["typical_seconds"]["p50"] <= status["queue"]["typical_seconds"]["p90"]
    assert "local" in {item["user_id"] for item in status["usage"]["users"]}
    seconds = [item["seconds"] for item in status["usage"]["tasks"]]
    assert seconds == sorted(seconds, reverse=True)
    assert 0 < seconds[0] <= sum(item["seconds"] for item in status["usage"]["users"])

    said = service.agent("status").stdout
    assert "0 tasks wait, 0 at work" in said
    for words in ("TextReader", "HEALTHY", "/metrics", "local", "GPU seconds", "CPUs", "ready"):
        assert words in said
