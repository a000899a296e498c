"""The seed document's own client and workflow, unchanged, over a socket."""

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from tests.api.conftest import data, refused
from tests.pictures import encoded, psd
from tests.seed_client import AI_PARAMS, BACKGROUND, LAYERS, SHAPE, TITLE, BrokenWorkflow, Workflow, sdk
from tests.serving import served

TASK = {
    "user_id": "user_123456", "executor": "external", "prompt": "创建一个蓝色商务风格的招聘海报", "style": "business",
    "elements": [{"type": "text", "content": "诚聘英才", "position": "top", "style": {"fontSize": 48}}],
    "color_scheme": ["#1890ff", "#ffffff"],
}  # fmt: skip


@pytest.fixture
def url(app: FastAPI) -> Iterator[str]:
    """Where the application answers; aiohttp needs a real socket."""
    with served(app) as address:
        yield address


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=30) as client:
        yield client


def run(url: str, kind: type[Workflow], task_id: str, suffix: str = "") -> None:
    async def flow() -> None:
        async with sdk.BackendClient(url, "any key") as backend:
            await kind(backend, encoded(1080, 1920), psd(108, 192), suffix).execute(task_id)

    asyncio.run(flow())


def includes(whole: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return all(key in whole and includes(whole[key], value) for key, value in part.items())
    return bool(whole == part)


def test_the_printed_workflow_completes_a_task(url: str, http: httpx.Client) -> None:
    task_id = data(http.post("/api/v1/tasks", json=TASK))["id"]
    run(url, Workflow, task_id)
    task = data(http.get(f"/api/v1/tasks/{task_id}"))
    assert task["status"] == "completed"
    assert task["result"]["layers"] == LAYERS
    full = data(http.get(f"/api/v1/posters/{task['result']['poster_id']}/full"))
    poster = full["poster"]
    assert (poster["task_id"], poster["user_id"], poster["title"]) == (task_id, "user_123456", "诚聘英才")
    assert (poster["width"], poster["height"], poster["background"]) == (1080, 1920, BACKGROUND)
    assert includes(poster["metadata"], {"style": "business", "fonts": ["PingFang SC"], "ai_params": AI_PARAMS})
    assert [layer["id"] for layer in full["layers"]] == LAYERS
    assert [layer["name"] for layer in full["layers"]] == [f"Layer {layer_id}" for layer_id in LAYERS]
    assert list(full["elements"]) == LAYERS
    stored = [element for layer_id in LAYERS for element in full["elements"][layer_id]]
    for got, given in zip(stored, [SHAPE, TITLE, TITLE], strict=True):
        assert includes(got, given)


def test_what_the_workflow_uploaded_comes_back(url: str, http: httpx.Client) -> None:
    task_id = data(http.post("/api/v1/tasks", json=TASK))["id"]
    run(url, Workflow, task_id)
    result = data(http.get(f"/api/v1/tasks/{task_id}"))["result"]
    poster = data(http.get(f"/api/v1/posters/{result['poster_id']}"))
    for address in (poster["preview_url"], result["preview"], f"/posters/{result['poster_id']}/preview"):
        with Image.open(io.BytesIO(http.get(address).content)) as picture:
            assert picture.size == (1080, 1920)
    assert http.get(poster["source_url"]).content == psd(108, 192)


def test_its_progress_is_in_the_stream(url: str, http: httpx.Client) -> None:
    task_id = data(http.post("/api/v1/tasks", json=TASK))["id"]
    run(url, Workflow, task_id)
    events = http.get(f"/api/v1/tasks/{task_id}/events?since=0").text
    phases = ["fetching_task", "parsing_intent", "generating_layout", "generating_background", "generating_elements",
              "rendering_text", "quality_check", "saving_result", "completed"]  # fmt: skip
    places = [events.index(f'"phase":"{phase}"', events.index('"type":"progress"')) for phase in phases]
    assert places == sorted(places)


def test_a_workflow_that_fails_fails_the_task(url: str, http: httpx.Client) -> None:
    task_id = data(http.post("/api/v1/tasks", json=TASK))["id"]
    with pytest.raises(RuntimeError, match="no GPU"):
        run(url, BrokenWorkflow, task_id)
    task = data(http.get(f"/api/v1/tasks/{task_id}"))
    assert task["status"] == "failed"
    assert task["progress"]["percentage"] == -1
    assert task["error"]["message"] == "生成失败: no GPU"
    assert task["error"]["details"] == {"error": "no GPU", "type": "RuntimeError"}
    assert task["error"]["code"]


def test_a_second_workflow_cannot_have_the_layers_of_the_first(url: str, http: httpx.Client) -> None:
    first, second = (data(http.post("/api/v1/tasks", json=TASK))["id"] for _ in range(2))
    run(url, Workflow, first)
    with pytest.raises(KeyError):  # the printed client takes "data" of an error
        run(url, Workflow, second)
    run_again = data(http.post("/api/v1/tasks", json=TASK))["id"]
    run(url, Workflow, run_again, suffix="_b")
    assert data(http.get(f"/api/v1/tasks/{run_again}"))["status"] == "completed"


def test_a_task_of_the_cluster_is_not_the_workflows_to_write(url: str, http: httpx.Client) -> None:
    task_id = data(http.post("/api/v1/tasks", json=TASK | {"executor": "cluster"}))["id"]
    body = {"phase": "generating_layout", "percentage": 20, "message": "生成布局方案", "details": {}}
    refused(http.put(f"/api/v1/tasks/{task_id}/progress", json=body), 409, "CONFLICT")
    assert data(http.get(f"/api/v1/tasks/{task_id}"))["progress"]["phase"] == "init"
