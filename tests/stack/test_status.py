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
    answer = httpx.post(f"{service.url}/api/v1/tasks", json=BODY, timeout=60)
    task_id = str(answer.json()["data"]["id"])
    until(lambda: service.get(f"/api/v1/tasks/{task_id}")["status"] == "completed", "a poster")


def at_rest(service: OwnService) -> dict[str, Any] | None:
    """The status of a service that is ready, has one replica of each deployment and nothing to do."""
    status = status_of(service)
    if (status["ready"], status["problems"]) != (True, []):
        return None
    rows = {(row["status"], row["wanted"], row["running"], row["starting"]) for row in status["deployments"]}
    work = (status["queue"]["waiting"], status["queue"]["running"])
    return status if (rows, work) == ({("HEALTHY", 1, 1, 0)}, (0, 0)) else None


def test_status_tells_deployments_queue_and_usage(service: OwnService) -> None:
    a_poster(service)
    # Other tests use this service, too, and may have left tasks.
    status = until(lambda: at_rest(service), "rest")
    assert {row["name"] for row in status["deployments"]} == {
        "Api", "Ingress", "Orchestrator", "OutboxRelay", "TextReader"
    }  # fmt: skip
    (node,) = status["nodes"]
    assert (node["role"], node["state"], node["replicas"]["TextReader"]) == ("head", "ready", 1)
    assert 0 == node["cpus_used"] < node["cpus"]
    assert 0 < status["queue"]["typical_seconds"]["p50"] <= status["queue"]["typical_seconds"]["p90"]
    assert "local" in {item["user_id"] for item in status["usage"]["users"]}
    seconds = [item["seconds"] for item in status["usage"]["tasks"]]
    assert seconds == sorted(seconds, reverse=True)
    assert 0 < seconds[0] <= sum(item["seconds"] for item in status["usage"]["users"])

    words = {"0 tasks wait, 0 at work", "TextReader", "HEALTHY", "/metrics", "local", "GPU seconds", "CPUs", "ready"}

    def said() -> bool:
        text = service.agent("status").stdout
        return all(word in text for word in words)

    until(said, "the same in words")
