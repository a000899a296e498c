"""Model ports over Serve handles, for code that runs in threads and knows no Serve."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ray.serve.handle import DeploymentHandle

from pipelines.models.base import TextLine
from pipelines.models.generation import GeneratedImage, GeneratedText, ImageRequest, TextRequest
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


@dataclass(frozen=True, slots=True)
class LanguageModelHandle:
    """The TextGenerator port over the LanguageModel deployment. Calls block."""

    handle: DeploymentHandle[Any]
    calls: ModelCalls
    name: str

    def generate(self, request: TextRequest, check: Callable[[], None] = lambda: None) -> GeneratedText:
        """See ``pipelines.models.generation.TextGenerator``."""
        answer: GeneratedText = self.calls.call(lambda: self.handle.generate.remote(request), check)
        return answer


@dataclass(frozen=True, slots=True)
class ImageModelHandle:
    """The ImageGenerator port over the ImageModel deployment, which tells of each step. Calls block."""

    handle: DeploymentHandle[Any]
    calls: ModelCalls
    name: str

    def generate(
        self, request: ImageRequest, progress: Callable[[int, int], None] = lambda _step, _steps: None
    ) -> GeneratedImage:
        """See ``pipelines.models.generation.ImageGenerator``. ``progress`` is told the last step again while waiting."""
        at = [(0, request.steps)]

        def tell(item: Any) -> None:
            if not isinstance(item, GeneratedImage):
                at[0] = item
                progress(*item)

        picture: GeneratedImage = self.calls.call(
            lambda: self.handle.options(stream=True).generate.remote(request), lambda: progress(*at[0]), tell
        )
        return picture
