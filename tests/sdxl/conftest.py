"""A tiny SDXL folder, made once, and engines on it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.models.sdxl import tiny
from pipelines.models.sdxl.engine import SdxlEngine


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    torch.set_num_threads(1)
    return tiny.make(tmp_path_factory.mktemp("models") / "tiny-random")


@pytest.fixture
def engine_of(folder: Path) -> Iterator[Callable[..., SdxlEngine]]:
    made: list[SdxlEngine] = []

    def make(latents: Any = None, load: Any = None, **settings: Any) -> SdxlEngine:
        engine = SdxlEngine(tiny.config(folder, **settings), latents, load)
        made.append(engine)
        engine.start()
        return engine

    yield make
    for engine in made:
        engine.close()
