"""Makes a poster with the real engines in this process, as the orchestrator does."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from PIL import Image

from pipelines.context import Engines
from pipelines.models.base import ImageModel, TextReader
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.painter.painter import ProceduralPainter
from pipelines.runner import run_task
from storage.documents.poster import PosterDocument, PosterFiles
from storage.documents.progress import TaskProgress
from storage.documents.task import CreateTask, Task
from storage.objects.folder import FolderStore


@dataclass
class Made:
    """What came out."""

    document: PosterDocument
    quality: dict[str, Any]
    picture: Image.Image


@dataclass
class _Keeper:
    document: PosterDocument | None = None
    files: PosterFiles | None = None
    quality: dict[str, Any] | None = None

    def check(self) -> None:
        """Nobody else owns the task."""

    def report(self, phase: str, details: dict[str, Any] | None = None) -> None:
        """Nobody watches."""

    def complete(self, document: PosterDocument, files: PosterFiles, quality: dict[str, Any]) -> None:
        self.document, self.files, self.quality = document, files, quality


def make_poster(case: dict[str, Any], reader: TextReader, folder: Path, image_model: ImageModel | None = None) -> Made:
    """``case``: prompt, and perhaps size ("1080x1920"), style, colors, seed, reference (bytes of pictures)."""
    width, height = map(int, case.get("size", "1080x1920").split("x"))
    body = CreateTask.model_validate(
        {"prompt": case["prompt"], "style": case.get("style", ""), "size": {"width": width, "height": height},
         "color_scheme": case.get("colors", []), "seed": case.get("seed", 1),
         "reference": [f"uploads/{index}" for index in range(len(case.get("reference", [])))]}
    )  # fmt: skip
    task = Task(id="task_made", user_id="local", status="processing", input_params=body.params(),
                progress=TaskProgress(phase="init", percentage=0), created_at="2026-01-01T00:00:00Z")  # fmt: skip
    store = FolderStore(folder / "objects")
    for index, picture in enumerate(case.get("reference", [])):
        store.put(f"uploads/{index}", picture, "image/png")
    keeper = _Keeper()
    engines = Engines(RuleBasedDesigner(), image_model or ProceduralPainter(), reader, store)
    run_task(task, engines, keeper, InMemorySaver())
    assert keeper.document is not None
    assert keeper.files is not None
    assert keeper.quality is not None
    picture = Image.open(io.BytesIO(store.get(keeper.files.png).data)).convert("RGB")
    return Made(keeper.document, keeper.quality, picture)
