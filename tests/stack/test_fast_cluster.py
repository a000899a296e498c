"""The service as the cluster's files start it: Ray's flags for speed, and more than one replica of the API."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from cluster.client import Client
from cluster.jobs.own_service import OwnService, patiently
from cluster.ray_environment import FAST
from tests.pictures import encoded
from tests.serving import free_port

pytestmark = pytest.mark.stack
REPLICAS = 2
PHASES = ["init", "fetching_task", "parsing_intent", "generating_layout", "generating_background",
          "generating_elements", "rendering_text", "quality_check", "saving_result", "completed"]  # fmt: skip


class FastService(OwnService):
    """With what configs/kubernetes/settings.yaml gives Ray."""

    def environment(self) -> dict[str, str]:
        return super().environment() | FAST


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastService]:
    options = {"API_REPLICAS": str(REPLICAS)}
    service = FastService(tmp_path_factory.mktemp("fast"), free_port(), options)
    service.up()
    yield service
    service.down()


def proxies(service: OwnService) -> list[str]:
    """Command lines of HAProxy in the service's processes."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                mine = f"DESIGN_AGENT_DATA={service.data}".encode() in (entry / "environ").read_bytes()
            except OSError:
                continue
            if mine and "haproxy" in line.split(" ")[0]:
                found.append(line)
    return found


def test_a_poster_is_made_and_its_stream_is_whole(fast: FastService) -> None:
    assert proxies(fast), "Serve answers by HAProxy"
    with Client(fast.url) as client, ThreadPoolExecutor(4) as threads:
        tasks = [client.create_task(f"社区读书会 11月28日 14:00 第{number}书房", seed=number) for number in range(3)]
        streams = list(threads.map(lambda task: list(client.watch(task.id, since=0)), tasks))
        for task, stream in zip(tasks, streams, strict=True):
            told = [event for event in stream if event.type != "snapshot"]
            assert [event.seq for event in told] == list(range(1, len(told) + 1))
            assert list(dict.fromkeys(event.phase for event in told)) == PHASES
            assert client.wait(task.id).status == "completed"


def test_uploads_edits_and_events_pass_the_proxy(fast: FastService) -> None:
    data = encoded(1200, 900)
    with Client(fast.url) as client:
        stored = httpx.get(client.upload_image(data, "logo.jpg"), timeout=60)
        assert stored.content == data
        task = client.wait(client.create_task("Jazz night, Friday Dec 5, 8 pm, Blue Note", seed=1).id)
    poster = fast.get(f"/api/v1/posters/{task.result.poster_id}/full")
    element = next(one for layer in poster["elements"].values() for one in layer if one["type"] == "text")
    change = {"version": element["version"], "style": {"opacity": 0.5}}
    edited = httpx.patch(f"{fast.url}/api/v1/elements/{element['id']}", json=change, timeout=60)
    assert edited.status_code == 200, edited.text
    # Drawn by the orchestrator, whom either replica of the API asks.
    picture = patiently(lambda: httpx.get(f"{fast.url}/posters/{task.result.poster_id}/preview", timeout=120))
    assert picture.status_code == 200 and picture.headers["content-type"].startswith("image/")
