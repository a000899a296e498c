"""Model ports over Serve handles, for code that runs in threads and knows no Serve."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ray.serve.handle import DeploymentHandle

from configs.pictures import loras
from configs.settings import Settings
from pipelines.models.base import TextLine, TextReader, Usage
from pipelines.models.generation import (
    GeneratedImage,
    GeneratedText,
    ImageGenerator,
    ImageRequest,
    TextGenerator,
    TextRequest,
)
from pipelines.models.sdxl.config import lora_suffix
from serve_apps.calls import ModelCalls
from serve_apps.charging import charge
from serve_apps.model_starts import ModelStarts
from serve_apps.text_reader import Timed

Handle = DeploymentHandle[Any]


@dataclass(frozen=True, slots=True)
class Generators:
    """Who reads, paints and writes, wherever they are; None where the settings choose painter or designer."""

    text_reader: TextReader
    images: ImageGenerator | None = None
    texts: TextGenerator | None = None


def generators(
    settings: Settings, text_reader: Handle, image_model: Handle | None, language_model: Handle | None
) -> Generators:
    """The models' ports over the handles of their deployments."""
    replaced, starts = settings.fallback == "on", ModelStarts()
    # Nothing takes the text reader's place.
    reading = ModelCalls("text reader", settings.reader_seconds, patient=True, starts=starts)
    painting = ModelCalls("image model", settings.image_seconds, patient=not replaced, starts=starts)
    writing = ModelCalls("language model", settings.language_seconds, patient=not replaced, starts=starts)
    return Generators(
        # Pictures go by Ray's store; where handles call by value, a message of gRPC would be too small for one.
        text_reader=TextReaderHandle(text_reader.options(_by_reference=True), reading, settings.reader_gpus),
        images=ImageModelHandle(image_model, painting, image_model_name(settings)) if image_model else None,
        texts=LanguageModelHandle(language_model, writing, language_model_name(settings)) if language_model else None,
    )


def language_model_name(settings: Settings) -> str:
    """What vLLM's deployment calls itself; known without asking it."""
    return f"vllm/{'SmolLM2-135M-Instruct' if settings.tiny else PurePath(settings.vllm_model).name}"


def image_model_name(settings: Settings) -> str:
    """What SDXL's deployment calls itself; known without asking it."""
    model = "tiny-random" if settings.tiny else PurePath(settings.sdxl_model).name
    return f"sdxl/{model}{lora_suffix(loras(settings.image_loras))}"


@dataclass(frozen=True, slots=True)
class TextReaderHandle:
    """The TextReader port over the TextReader deployment. Calls block; use from a worker thread."""

    handle: Handle
    calls: ModelCalls
    gpus: float = 0.0
    name: str = "paddleocr/PP-OCRv6-small"

    def read(self, image: NDArray[np.uint8]) -> list[TextLine]:
        """See ``pipelines.models.base.TextReader``."""
        lines: list[TextLine] = self._charged(self.calls.call(lambda: self.handle.read.remote(image)))
        return lines

    def read_lines(self, crops: list[NDArray[np.uint8]]) -> list[str]:
        """See ``pipelines.models.base.TextReader``."""
        texts: list[str] = self._charged(self.calls.call(lambda: self.handle.read_lines.remote(crops)))
        return texts

    def _charged(self, answer: Timed[Any]) -> Any:
        charge(Usage(model=self.name, seconds=answer.seconds, gpus=self.gpus))
        return answer.result


@dataclass(frozen=True, slots=True)
class LanguageModelHandle:
    """The TextGenerator port over the LanguageModel deployment. Calls block."""

    handle: Handle
    calls: ModelCalls
    name: str

    def generate(self, request: TextRequest, check: Callable[[], None] = lambda: None) -> GeneratedText:
        """See ``pipelines.models.generation.TextGenerator``."""
        answer: GeneratedText = self.calls.call(lambda: self.handle.generate.remote(request), check)
        return answer


@dataclass(frozen=True, slots=True)
class ImageModelHandle:
    """The ImageGenerator port over the ImageModel deployment, which tells of each step. Calls block."""

    handle: Handle
    calls: ModelCalls
    name: str

    def generate(
        self, request: ImageRequest, progress: Callable[[int, int], None] = lambda _step, _steps: None
    ) -> GeneratedImage:
        """See ``pipelines.models.generation.ImageGenerator``. ``progress`` is told a step again while waiting."""
        at = [(0, request.steps)]

        def tell(item: Any) -> None:
            if not isinstance(item, GeneratedImage):
                at[0] = item
                progress(*item)

        picture: GeneratedImage = self.calls.call(
            lambda: self.handle.options(stream=True).generate.remote(request), lambda: progress(*at[0]), tell
        )
        return picture
