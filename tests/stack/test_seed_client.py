"""The seed document's own client and workflow, unchanged, against the real service."""

import asyncio
import io
import uuid
from typing import Any

import httpx
import pytest
from PIL import Image
from psd_tools import PSDImage

from cluster.jobs.own_service import OwnService, patiently
from tests.pictures import encoded, psd
from tests.seed_client import LAYERS, BrokenWorkflow, Workflow, sdk

pytestmark = pytest.mark.stack
TASK = {
    "user_id": "user_123456", "executor": "external", "prompt": "创建一个蓝色商务风格的招聘海报", "style": "business",
    "color_scheme": ["#1890ff", "#ffffff"],
}  # fmt: skip


def external_task(service: OwnService) -> str:
    answer = httpx.post(f"{service.url}/api/v1/tasks", json=TASK, timeout=60)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["id"])


def run(service: OwnService, kind: type[Workflow], task_id: str, suffix: str) -> None:
    async def flow() -> None:
        async with sdk.BackendClient(service.url, "any key") as backend:
            await kind(backend, encoded(1080, 1920), psd(108, 192), suffix).execute(task_id)

    asyncio.run(flow())


def picture(address: str) -> Image.Image:
    answer = patiently(lambda: httpx.get(address, timeout=60))
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content)).convert("RGB")


def test_the_printed_workflow_completes_and_its_poster_is_edited_like_any_other(service: OwnService) -> None:
    task_id, suffix = external_task(service), f"_{uuid.uuid4().hex[:8]}"
    run(service, Workflow, task_id, suffix)
    task: dict[str, Any] = service.get(f"/api/v1/tasks/{task_id}")
    assert task["status"] == "completed"
    poster_id = task["result"]["poster_id"]
    full = service.get(f"/api/v1/posters/{poster_id}/full")
    assert [layer["id"] for layer in full["layers"]] == [name + suffix for name in LAYERS]
    assert picture(full["poster"]["preview_url"]).size == (1080, 1920)
    source = httpx.get(full["poster"]["source_url"], timeout=60).content
    assert [layer.name for layer in PSDImage.open(io.BytesIO(source))] == ["background", "stripe"]

    # After an edit the files are drawn from the elements and the background.
    ground = full["elements"][LAYERS[0] + suffix][0]
    change = {"version": ground["version"], "style": {"opacity": 1, "fill": {"color": "#00ff00"}}}
    answer = httpx.patch(f"{service.url}/api/v1/elements/{ground['id']}", json=change, timeout=60)
    assert answer.status_code == 200, answer.text
    drawn = picture(f"{service.url}/posters/{poster_id}/preview?format=png")
    assert drawn.size == (1080, 1920)
    assert drawn.getpixel((5, 5)) == (0, 255, 0)
    assert drawn.getpixel((540, 1900)) != drawn.getpixel((540, 500))


def test_a_workflow_that_fails_fails_the_task(service: OwnService) -> None:
    task_id = external_task(service)
    with pytest.raises(RuntimeError, match="no GPU"):
        run(service, BrokenWorkflow, task_id, "_broken")
    task = service.get(f"/api/v1/tasks/{task_id}")
    assert (task["status"], task["error"]["message"]) == ("failed", "生成失败: no GPU")


def test_a_large_upload_passes_the_proxy_whole(service: OwnService) -> None:
    noise = psd(64, 64) + bytes(range(256)) * 20_000
    answer = httpx.post(f"{service.url}/api/v1/storage/upload", files={"file": ("a.psd", noise)}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert httpx.get(answer.json()["data"]["url"], timeout=60).content == noise
