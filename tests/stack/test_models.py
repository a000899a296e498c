"""SDXL and vLLM in the whole service on real servers, tiny weights, nobody standing in."""

import hashlib
import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from cluster.jobs.faults import until
from cluster.jobs.own_service import patiently
from configs.settings import Settings
from storage.objects.s3 import S3Store
from tests.stack.production import ProductionService, production, shared_servers
from tests.stack.test_editing import put

pytestmark = pytest.mark.stack
ROOT = Path(__file__).parents[2]
INSTALL_SECONDS, MAKE_SECONDS = 1800.0, 600.0
PROMPT = "Poster for a small cafe, title 'Good morning', open daily 8:00-18:00, blue"
MODELS = ("--image-model", "sdxl", "--language-model", "vllm", "--tiny", "--fallback", "off")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductionService]:
    subprocess.run([ROOT / "scripts" / "setup-models", "tiny"], check=True, timeout=INSTALL_SECONDS)
    folder = tmp_path_factory.mktemp("models")
    told = {
        "DESIGN_AGENT_JOURNAL": str(folder / "journal"), "DESIGN_AGENT_IMAGE_STEPS": "6",
        "DESIGN_AGENT_IMAGE_MODEL": "sdxl", "DESIGN_AGENT_LANGUAGE_MODEL": "vllm", "DESIGN_AGENT_TINY": "true",
        "DESIGN_AGENT_FALLBACK": "off", "DESIGN_AGENT_LANGUAGE_SECONDS": str(MAKE_SECONDS),
    }  # fmt: skip
    with production(folder, shared_servers(folder, redis_database=5) | told) as running:
        yield running


@pytest.fixture(scope="module")
def made(service: ProductionService, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A poster by the command line, which finds the service with the models that it asks for."""
    folder = tmp_path_factory.mktemp("out")
    done = service.agent("generate", PROMPT, *MODELS, "--size", "540x960", "--seed", "4", "--json",
                         "--out", str(folder), seconds=MAKE_SECONDS)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    poster_id = json.loads(done.stdout)["poster_id"]
    return dict(service.get(f"/api/v1/posters/{poster_id}/full"))


def test_each_model_is_ready(service: ProductionService) -> None:
    def all_ready() -> bool:
        answer = httpx.get(f"{service.url}/readyz", timeout=60)
        if answer.status_code != 200:
            return False
        ready = answer.json()
        models = {ready["checks"][name] for name in ("image_model", "language_model", "text_reader")}
        return models == {"ready"} and ready["degraded"] == []

    until(all_ready, "every model")


def test_the_poster_says_who_made_it(made: dict[str, Any]) -> None:
    facts = made["poster"]["metadata"]["ai_params"]
    assert facts["image_model"] == "sdxl/tiny-random"
    assert facts["language_model"] == "vllm/SmolLM2-135M-Instruct"
    assert facts["tokens"] > 0
    assert facts["steps"] > 0
    assert facts["fallbacks"] == []
    texts = " ".join(e["content"].get("text") or "" for elements in made["elements"].values() for e in elements)
    assert "8:00-18:00" in texts


def test_the_background_is_the_picture_that_the_engine_journalled(
    service: ProductionService, made: dict[str, Any]
) -> None:
    given = {name.removeprefix("DESIGN_AGENT_").lower(): value for name, value in service.servers.items()}
    objects = S3Store(Settings.model_validate(given))
    lines = [json.loads(line) for line in Path(service.servers["DESIGN_AGENT_JOURNAL"]).read_text().splitlines()]
    stored = [line for line in lines if line["event"] == "stored" and line["task"] == made["poster"]["task_id"]]
    # A repair that moves the texts asks for another picture.
    (line,) = [line for line in stored if line["key"] in background_of(made)["content"]["image_url"]]
    assert line["step"] == "picture"
    assert hashlib.sha256(objects.get(line["key"]).data).hexdigest() == line["sha256"]


def test_hiding_the_background_changes_the_picture(service: ProductionService, made: dict[str, Any]) -> None:
    poster_id = made["poster"]["id"]
    before = preview(service, poster_id)
    put(service, background_of(made), visible=False)
    changed = np.abs(preview(service, poster_id) - before).max(axis=2) > 8
    assert changed.mean() >= 0.3


def background_of(document: dict[str, Any]) -> dict[str, Any]:
    return next(
        element for elements in document["elements"].values() for element in elements
        if element["type"] == "image" and element["content"].get("role") == "background"
    )  # fmt: skip


def preview(service: ProductionService, poster_id: str) -> np.ndarray:
    url = f"{service.url}/posters/{poster_id}/preview"
    answer = patiently(lambda: httpx.get(url, timeout=120, follow_redirects=True))
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(int)
