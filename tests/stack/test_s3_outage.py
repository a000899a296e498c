"""The object store goes away, freezes and refuses writes while tasks are at work: each ends once, with one poster."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from typing_extensions import override

from tests.servers.seaweed import SeaweedFs
from tests.stack.production import ProductionService, production, shared_servers

pytestmark = pytest.mark.stack
TASKS = 6
END_SECONDS = 300


class Weed(SeaweedFs):
    """Its identity can be taken the right to write; it reads who may do what at its start."""

    writes = True

    @override
    def prepare(self) -> None:
        super().prepare()
        if not self.writes:
            path = self.folder / "identities.json"
            identities = json.loads(path.read_text())
            identities["identities"][0]["actions"] = ["Read", "List"]
            path.write_text(json.dumps(identities))


@pytest.fixture(scope="module")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weed]:
    server = Weed(tmp_path_factory.mktemp("weed"))
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, weed: Weed) -> Iterator[ProductionService]:
    folder = tmp_path_factory.mktemp("outage")
    changes = {"S3_ENDPOINT": weed.url, "S3_PUBLIC_ENDPOINT": "", "S3_SILENT_SECONDS": "2", "S3_PATIENCE_SECONDS": "2",
               "RETRY_SECONDS": "1", "RETRY_CAP_SECONDS": "5"}  # fmt: skip
    servers = shared_servers(folder, redis_database=3) | {f"DESIGN_AGENT_{name}": changes[name] for name in changes}
    with production(folder, servers) as running:
        yield running


def stop(weed: Weed) -> Callable[[], None]:
    weed.stop()
    return weed.start


def kill(weed: Weed) -> Callable[[], None]:
    weed.kill()
    return weed.start


def freeze(weed: Weed) -> Callable[[], None]:
    weed.freeze()
    return weed.thaw


def refuse_writes(weed: Weed) -> Callable[[], None]:
    weed.stop()
    weed.writes = False
    weed.prepare()
    weed.spawn()

    def allow() -> None:
        weed.stop()
        weed.writes = True
        weed.start()

    return allow


def status_of(service: ProductionService, task_id: str) -> dict[str, Any]:
    return dict(service.get(f"/api/v1/tasks/{task_id}"))


def wait_for(what: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.2)


@pytest.mark.parametrize("outage", [stop, kill, freeze, refuse_writes])
def test_tasks_at_work_outlast_the_object_store(
    service: ProductionService, weed: Weed, outage: Callable[[Weed], Callable[[], None]]
) -> None:
    body: dict[str, Any] = {"prompt": "社区读书会 11月28日 14:00 城市书房", "size": {"width": 200, "height": 300}}
    tasks = [
        httpx.post(f"{service.url}/api/v1/tasks", json=body | {"seed": seed}, timeout=60).json()["data"]["id"]
        for seed in range(TASKS)
    ]
    wait_for(lambda: any(status_of(service, task)["status"] == "processing" for task in tasks), END_SECONDS)
    end = outage(weed)
    try:
        wait_for(lambda: httpx.get(f"{service.url}/readyz", timeout=30).status_code == 503, END_SECONDS)
        down = httpx.get(f"{service.url}/readyz", timeout=30)
        assert down.status_code == 200 or "objects" in down.json()["details"]["down"]
        # Nothing is lost by asking meanwhile.
        late = httpx.post(f"{service.url}/api/v1/tasks", json=body | {"seed": 99}, timeout=60)
        assert late.status_code == 200
        tasks.append(late.json()["data"]["id"])
    finally:
        end()
    wait_for(
        lambda: all(status_of(service, t)["status"] in {"completed", "failed", "cancelled"} for t in tasks), END_SECONDS
    )
    assert [status_of(service, task)["status"] for task in tasks] == ["completed"] * len(tasks)
    for task in tasks:
        (poster,) = service.get("/api/v1/posters", params={"task_id": task})["items"]
        answer = httpx.get(f"{service.url}/api/v1/posters/{poster['id']}/export?format=png", timeout=60)
        assert answer.content.startswith(b"\x89PNG")
        events = httpx.get(f"{service.url}/api/v1/tasks/{task}/events?since=0", timeout=60).text
        assert events.count('"type":"end"') == 1
    assert httpx.get(f"{service.url}/readyz", timeout=30).status_code == 200
