"""Deployment of the text reader: PaddleOCR on ONNX Runtime."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from ray import serve

from configs.settings import get_settings
from pipelines.models.base import TextLine
from serve_apps.failure_streak import FailureStreak
from serve_apps.journal import journal_of
from serve_apps.logs import configure_logging
from serve_apps.replica_start import ReplicaStart

BATCH_WAIT_SECONDS = 0.01
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Timed(Generic[ResultT]):
    """An answer, and the seconds that the engine worked for it."""

    result: ResultT
    seconds: float


class TextReader:
    """Pictures that come together are read together, by one engine that uses several threads itself."""

    def __init__(self) -> None:
        start = ReplicaStart()
        start.reached("weights_loading")
        from pipelines.models.paddle_ocr import PaddleOcrReader

        settings = get_settings()
        configure_logging(settings.log_level)
        self._engine = PaddleOcrReader(
            threads=settings.reader_threads, models_dir=settings.data / "models", batch=settings.reader_batch,
            device="gpu:0" if settings.reader_gpus else "cpu",
        )  # fmt: skip
        self._journal = journal_of(settings)
        self._streak = FailureStreak(settings.replica_failures)
        self._lock = threading.Lock()
        self._read_pages.set_max_batch_size(settings.reader_batch)  # type: ignore[attr-defined]
        start.reached("warming_up")
        # The first picture after loading takes several times as long as the next: no task should meet it.
        self._engine.read(np.full((64, 64, 3), 255, np.uint8))
        start.reached("ready")

    async def read(self, image: NDArray[np.uint8]) -> Timed[list[TextLine]]:
        """Lines of a picture (H x W x 3 RGB)."""
        lines: Timed[list[TextLine]] = await self._read_pages(image)
        return lines

    @serve.batch(batch_wait_timeout_s=BATCH_WAIT_SECONDS)
    async def _read_pages(self, images: list[NDArray[np.uint8]]) -> list[Timed[list[TextLine]]]:
        pages = await asyncio.to_thread(self._alone, "read", lambda: self._engine.read_pages(images))
        return [Timed(lines, pages.seconds / len(images)) for lines in pages.result]

    async def read_lines(self, crops: list[NDArray[np.uint8]]) -> Timed[list[str]]:
        """Texts of single-line crops."""
        return await asyncio.to_thread(self._alone, "read_lines", lambda: self._engine.read_lines(crops))

    async def ping(self) -> str:
        """Answers once the engine is loaded."""
        return "ready"

    def check_health(self) -> None:
        """Raises where every call fails, and Serve replaces the replica."""
        self._streak.check()

    def _alone(self, step: str, work: Callable[[], ResultT]) -> Timed[ResultT]:
        with self._lock, self._streak.counted():
            began = time.monotonic()
            result = self._journal.run(step, work) if self._journal else work()
            return Timed(result, time.monotonic() - began)
