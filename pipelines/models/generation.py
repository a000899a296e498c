"""Ports under the language and image models: raw generation, by whoever has the GPU.

``LanguageModel`` and ``ImageModel`` speak of briefs and scenes; these two of tokens and pictures. Engines, the Serve
deployments over them and their handles have the same methods.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class TextRequest:
    """A chat to continue. ``messages``: ``{"role", "content"}`` each. ``schema``: JSON schema the answer must obey."""

    messages: tuple[dict[str, str], ...]
    schema: dict[str, Any] | None = None
    max_tokens: int = 1024
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class GeneratedText:
    """An answer and what it took. ``finished`` is False when ``max_tokens`` cut it.

    ``seconds``: the engine's, a batch's divided among its chats; ``gpus``: how many worked for them.
    """

    text: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    finished: bool = True
    seconds: float = 0.0
    gpus: float = 0.0


class TextGenerator(Protocol):
    """Continues chats. Calls block."""

    @property
    def name(self) -> str:
        """Family and model, as a poster's metadata names it: ``vllm/SmolLM2-135M-Instruct``."""

    def generate(self, request: TextRequest, check: Callable[[], None] = lambda: None) -> GeneratedText:
        """``check`` is asked while waiting and may raise to cancel.

        Raises PromptTooLong when the chat exceeds the context, ModelUnavailable without an answer in time.
        """


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """A picture to make. The same request to the same model gives the same pixels.

    ``job`` names the work over replicas and restarts: a call whose job has a saved latent goes on from there.
    ``key``: where the picture (PNG, exactly ``width`` x ``height`` pixels) is stored. ``guidance`` <= 1 runs one row
    a step, more runs two. ``start_key``: a stored picture to start from (img2img), followed to ``1 - strength``.
    """

    job: str
    key: str
    prompt: str
    negative: str
    width: int
    height: int
    seed: int
    steps: int
    guidance: float
    start_key: str = ""
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class GeneratedImage:
    """A stored picture and what it took. ``first_step`` > 0 when the work went on from a saved latent.

    ``seconds``: its part of the engine's time, spent on so many ``gpus``; 0 for one that was stored before.
    ``lossy``: the labels of the lossy lanes it was made with; none means exact.
    """

    key: str
    sha256: str
    model: str
    steps: int
    first_step: int = 0
    seconds: float = 0.0
    gpus: float = 0.0
    lossy: tuple[str, ...] = ()


class ImageGenerator(Protocol):
    """Makes pictures and stores them. Calls block."""

    @property
    def name(self) -> str:
        """Family and model, as a poster's metadata names it: ``sdxl/tiny-random``."""

    def generate(
        self, request: ImageRequest, progress: Callable[[int, int], None] = lambda _step, _steps: None
    ) -> GeneratedImage:
        """``progress`` is told each step (done, of all) and may raise to cancel. Raises ModelUnavailable."""
