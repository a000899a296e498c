"""Edits through the API: files follow, and what an edit spoils is named."""

import time
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from cluster.jobs.own_service import OwnService, patiently

pytestmark = pytest.mark.stack
# For a busy machine; asked no oftener than this, to leave it to the service.
DONE_SECONDS, VERDICT_SECONDS, EVERY_SECONDS = 300, 180, 0.1


def completed(service: OwnService, **body: Any) -> dict[str, Any]:
    """A new poster's full document."""
    answer = httpx.post(f"{service.url}/api/v1/tasks", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    task_id = answer.json()["data"]["id"]
    deadline = time.monotonic() + DONE_SECONDS
    while time.monotonic() < deadline:
        task = service.get(f"/api/v1/tasks/{task_id}")
        if task["status"] in {"completed", "failed", "cancelled"}:
            break
        time.sleep(EVERY_SECONDS)
    assert task["status"] == "completed", task
    return dict(service.get(f"/api/v1/posters/{task['result']['poster_id']}/full"))


def picture(service: OwnService, poster_id: str) -> np.ndarray:
    url = f"{service.url}/api/v1/posters/{poster_id}/export"
    answer = patiently(lambda: httpx.get(url, params={"format": "png"}, timeout=60))
    assert answer.status_code == 200
    import io

    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(int)


def title_of(document: dict[str, Any]) -> dict[str, Any]:
    return next(
        e for elements in document["elements"].values() for e in elements if e["content"].get("role") == "title"
    )


def verdict(service: OwnService, poster_id: str) -> dict[str, Any]:
    """The verdict of the current version, once it is read."""
    deadline = time.monotonic() + VERDICT_SECONDS
    while time.monotonic() < deadline:
        quality = service.get(f"/api/v1/posters/{poster_id}")["metadata"]["quality"]
        if quality["verdict"] != "pending":
            return dict(quality)
        time.sleep(EVERY_SECONDS)
    raise AssertionError("the verdict stayed pending")


def put(service: OwnService, element: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = httpx.put(f"{service.url}/api/v1/elements/{element['id']}", json=changes, timeout=60)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


@pytest.fixture
def poster(service: OwnService) -> dict[str, Any]:
    return completed(service, prompt="社区读书会 11月28日 14:00 城市书房", size={"width": 720, "height": 1280}, seed=3)


def test_an_edit_redraws_the_picture_where_the_element_is(service: OwnService, poster: dict[str, Any]) -> None:
    poster_id = poster["poster"]["id"]
    before = picture(service, poster_id)
    title = title_of(poster)
    style = title["style"] | {"fill": {"type": "solid", "color": "#ff00aa"}}
    put(service, title, style=style)
    after = picture(service, poster_id)
    changed = np.argwhere(np.abs(after - before).max(axis=2) > 4)
    assert len(changed) > 500
    assert service.get(f"/api/v1/posters/{poster_id}")["version"] == poster["poster"]["version"] + 1


@pytest.mark.parametrize("spoiling", ["covered", "faint", "tiny", "clipped"])
def test_a_spoiled_poster_ends_with_a_warning_that_names_the_text(
    service: OwnService, poster: dict[str, Any], spoiling: str
) -> None:
    poster_id = poster["poster"]["id"]
    assert verdict(service, poster_id)["verdict"] == "pass"
    spoilt = title_of(poster)
    if spoiling == "covered":
        texts = [e for layer in poster["layers"] for e in poster["elements"][layer["id"]] if e["type"] == "text"]
        spoilt, above = texts[0], texts[-1]
        put(service, above, transform=spoilt["transform"], style=spoilt["style"], content={"text": "田" * 12})
    elif spoiling == "faint":
        put(service, spoilt, style=spoilt["style"] | {"opacity": 0.06})
    elif spoiling == "tiny":
        text_style = spoilt["style"]["text_style"] | {"font_size": 7}
        put(service, spoilt, style=spoilt["style"] | {"text_style": text_style})
    else:
        width = spoilt["transform"]["width"]
        put(service, spoilt, transform=spoilt["transform"] | {"x": 720 - width * 0.2})
    spoiled = verdict(service, poster_id)
    assert spoiled["verdict"] == "warn"
    text = "".join(spoilt["content"]["text"].split())
    assert text in {"".join(entry["text"].split()) for entry in spoiled["texts"] if entry["problem"]}
