"""Language and image model as seen by a task: what each answer took is counted, and traced."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipelines.models.base import (
    ImageModel,
    LanguageModel,
    Painted,
    Scene,
    Understanding,
    Usage,
    Work,
)  # fmt: skip
from serve_apps.metrics import ENGINE_SECONDS, FALLBACKS, GPU_SECONDS, TOKENS
from serve_apps.tracing import span
from storage.documents.task import TaskParams

AnswerT = TypeVar("AnswerT", Understanding, Painted)


@dataclass(frozen=True, slots=True)
class WatchedLanguageModel:
    """Told as ``understand``."""

    engine: LanguageModel

    @property
    def name(self) -> str:
        """The engine's."""
        return self.engine.name

    def understand(self, params: TaskParams, work: Work, seen: Sequence[str] = ()) -> Understanding:
        """See ``pipelines.models.base.LanguageModel``."""
        return _watched("understand", self.name, lambda: self.engine.understand(params, work, seen))


@dataclass(frozen=True, slots=True)
class WatchedImageModel:
    """Told as ``background`` and ``hero``."""

    engine: ImageModel

    @property
    def name(self) -> str:
        """The engine's."""
        return self.engine.name

    def background(self, scene: Scene, painter: str | None, work: Work) -> Painted:
        """See ``pipelines.models.base.ImageModel``."""
        return _watched("background", self.name, lambda: self.engine.background(scene, painter, work))

    def hero(self, scene: Scene, hero: str, work: Work) -> Painted:
        """See ``pipelines.models.base.ImageModel``."""
        return _watched("hero", self.name, lambda: self.engine.hero(scene, hero, work))


def _watched(step: str, engine: str, work: Callable[[], AnswerT]) -> AnswerT:
    with span(step) as begun:
        answer = work()
        usage: Usage = answer.usage
        begun.set_attributes({"engine": usage.model, "tokens": usage.tokens, "steps": usage.steps})
        if usage.fallbacks:
            begun.set_attribute("fallbacks", usage.fallbacks)
    for metric, took in (
        (TOKENS, usage.tokens),
        (ENGINE_SECONDS, usage.seconds),
        (GPU_SECONDS, usage.seconds * usage.gpus),
    ):
        # Ray refuses to count nothing.
        if took > 0:
            metric.inc(took, {"engine": engine})
    for fallback in usage.fallbacks:
        FALLBACKS.inc(1, {"stage": fallback.partition(":")[0]})
    return answer
