"""Deployment of the text reader: PaddleOCR on ONNX Runtime."""

import asyncio
import threading

import numpy as np
from numpy.typing import NDArray

from configs.settings import get_settings
from pipelines.models.base import TextLine
from pipelines.models.base import TextReader as Engine
from serve_apps.journal import JournalledTextReader, journal_of
from serve_apps.logs import configure_logging


class TextReader:
    """Reads one picture at a time; the engine itself uses several threads."""

    def __init__(self) -> None:
        from pipelines.models.paddle_ocr import PaddleOcrReader

        settings = get_settings()
        configure_logging(settings.log_level)
        engine = PaddleOcrReader(threads=settings.reader_threads, models_dir=settings.data / "models")
        journal = journal_of(settings)
        self._engine: Engine = JournalledTextReader(engine, journal) if journal else engine
        self._lock = threading.Lock()

    async def read(self, image: NDArray[np.uint8]) -> list[TextLine]:
        """Lines of a picture (H x W x 3 RGB)."""
        return await asyncio.to_thread(self._read, image)

    async def read_lines(self, crops: list[NDArray[np.uint8]]) -> list[str]:
        """Texts of single-line crops."""
        return await asyncio.to_thread(self._read_lines, crops)

    async def ping(self) -> str:
        """Answers once the engine is loaded."""
        return "ready"

    def _read(self, image: NDArray[np.uint8]) -> list[TextLine]:
        with self._lock:
            return self._engine.read(image)

    def _read_lines(self, crops: list[NDArray[np.uint8]]) -> list[str]:
        with self._lock:
            return self._engine.read_lines(crops)
