"""Model ports over Serve handles, for code that runs in threads and knows no Serve."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ray.serve.handle import DeploymentHandle

from pipelines.models.base import TextLine
from serve_apps.calls import ModelCalls


@dataclass(frozen=True, slots=True)
class TextReaderHandle:
    """The TextReader port over the TextReader deployment. Calls block; use from a worker thread."""

    handle: DeploymentHandle[Any]
    calls: ModelCalls
    name: str = "paddleocr/PP-OCRv6-small"

    def read(self, image: NDArray[np.uint8]) -> list[TextLine]:
        """See ``pipelines.models.base.TextReader``."""
        lines: list[TextLine] = self.calls.call(lambda: self.handle.read.remote(image))
        return lines

    def read_lines(self, crops: list[NDArray[np.uint8]]) -> list[str]:
        """See ``pipelines.models.base.TextReader``."""
        texts: list[str] = self.calls.call(lambda: self.handle.read_lines.remote(crops))
        return texts
