"""The text reader's deployment: pictures that come together are read together, each as if it were alone."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ray
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from ray import serve
from ray.serve.handle import DeploymentHandle

from cluster.ray_start import init_ray
from pipelines.models.base import TextLine
from pipelines.models.paddle_ocr import PaddleOcrReader
from serve_apps.text_reader import TextReader, Timed

pytestmark = pytest.mark.stack
BATCH = 4
SECONDS = 180
WORDS = ["HARBOUR", "MARKET", "SUMMER", "CONCERT", "LIBRARY", "GARDEN", "WINDOW", "BRIDGE"]


class CrowdedTextReader(TextReader):
    """The product's, to which several pictures can come at one instant."""

    async def read_at_once(self, pictures: list[NDArray[np.uint8]]) -> list[Timed[list[TextLine]]]:
        return await asyncio.gather(*map(self.read, pictures))


def picture(word: str, width: int = 480) -> NDArray[np.uint8]:
    page = Image.new("RGB", (width, 160), "white")
    ImageDraw.Draw(page).text((30, 40), word, font=ImageFont.load_default(64), fill="#102040")
    return np.asarray(page)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reading") / "journal"


@pytest.fixture(scope="module")
def handle(journal: Path) -> Iterator[DeploymentHandle[Any]]:
    environment = {"DESIGN_AGENT_DATA": str(journal.parent), "DESIGN_AGENT_READER_BATCH": str(BATCH),
                   "DESIGN_AGENT_JOURNAL": str(journal)}  # fmt: skip
    init_ray(num_cpus=2, include_dashboard=False, runtime_env={"env_vars": environment}, log_to_driver=False)
    try:
        deployment = serve.deployment(max_ongoing_requests=16, ray_actor_options={"num_cpus": 0})(CrowdedTextReader)
        yield serve.run(deployment.bind(), route_prefix=None)
    finally:
        serve.shutdown()
        ray.shutdown()


def runs(journal: Path) -> int:
    return sum(json.loads(line)["step"] == "read" for line in journal.read_text().splitlines())


def test_eight_pictures_take_fewer_runs_and_each_has_its_own_words(
    handle: DeploymentHandle[Any], journal: Path
) -> None:
    read = handle.read_at_once.remote([picture(word) for word in WORDS]).result(timeout_s=SECONDS)
    assert [[line.text for line in answer.result] for answer in read] == [[word] for word in WORDS]
    assert all(answer.seconds > 0 for answer in read)
    assert runs(journal) == len(WORDS) // BATCH


def test_pictures_of_different_sizes_are_read_as_alone(handle: DeploymentHandle[Any], reader: PaddleOcrReader) -> None:
    pictures = [picture("HARBOUR", 480), picture("MARKET", 640), picture("SUMMER", 480)]
    asked = [handle.read.remote(one) for one in pictures]
    for response, one in zip(asked, pictures, strict=True):
        together, alone = response.result(timeout_s=SECONDS).result, reader.read(one)
        assert [line.text for line in together] == [line.text for line in alone]
        for line, same in zip(together, alone, strict=True):
            assert np.allclose(line.polygon, same.polygon, atol=2)
