"""A tiny SDXL folder, made once, and picture makers on it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.models.sdxl import tiny
from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl_painter.latents import ObjectLatents
from pipelines.models.sdxl_painter.maker import PictureMaker
from storage.objects.folder import FolderStore


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    torch.set_num_threads(1)
    return tiny.make(tmp_path_factory.mktemp("models") / "tiny-random")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


@pytest.fixture
def maker_of(weights: Path, store: FolderStore) -> Iterator[Callable[..., PictureMaker]]:
    made: list[tuple[SdxlEngine, PictureMaker]] = []

    def make(note: Any = lambda _event, **_facts: None, **settings: Any) -> PictureMaker:
        engine = SdxlEngine(tiny.config(weights, **settings), ObjectLatents(store))
        engine.start()
        made.append((engine, PictureMaker(engine, store, note)))
        return made[-1][1]

    yield make
    for engine, maker in made:
        engine.close()
        maker.close()
