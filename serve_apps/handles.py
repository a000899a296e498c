"""Model ports over Serve handles, for code that runs in threads and knows no Serve."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ray.serve.handle import DeploymentHandle

from pipelines.models.base import TextLine


@dataclass(frozen=True, slots=True)
class TextReaderHandle:
    """The TextReader port over the TextReader deployment. Calls block; use from a worker thread."""

    handle: DeploymentHandle[Any]
    timeout_seconds: float
    name: str = "paddleocr/PP-OCRv6-small"

    def read(self, image: NDArray[np.uint8]) -> list[TextLine]:
        """See ``pipelines.models.base.TextReader``."""
        lines: list[TextLine] = self.handle.read.remote(image).result(timeout_s=self.timeout_seconds)
        return lines

    def read_lines(self, crops: list[NDArray[np.uint8]]) -> list[str]:
        """See ``pipelines.models.base.TextReader``."""
        texts: list[str] = self.handle.read_lines.remote(crops).result(timeout_s=self.timeout_seconds)
        return texts
