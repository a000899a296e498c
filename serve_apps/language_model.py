"""Deployment of the language model: vLLM, in an environment of its own.

All that this module imports must import there, too: its packages are those of requirements-vllm.in.
"""

from collections.abc import AsyncIterator
from typing import Any

import structlog

from configs.settings import Settings, get_settings
from pipelines.models.generation import GeneratedText, TextRequest
from pipelines.models.language.tiny_model import make
from pipelines.models.language.vllm_engine import TextDelta, VllmEngine
from serve_apps.failure_streak import FailureStreak
from serve_apps.logs import configure_logging
from serve_apps.replica_start import ReplicaStart

# On a CPU, beside the rest of the service: a gigabyte of cache holds six full contexts of the tiny model.
ON_CPU: dict[str, Any] = {"sequences": 16, "cache_bytes": 2**30, "eager": True}
log = structlog.get_logger()


class LanguageModel:
    """Chats that come together are answered together, by one engine."""

    _engine: VllmEngine

    async def __init__(self) -> None:  # type: ignore[misc]
        start = ReplicaStart()
        start.reached("weights_loading")
        settings = get_settings()
        configure_logging(settings.log_level)
        from vllm.v1.metrics.ray_wrappers import RayPrometheusStatLogger

        options = {} if settings.language_gpus else ON_CPU
        self._engine = VllmEngine(
            _weights(settings), gpus=settings.language_gpus, stalled_seconds=settings.language_seconds,
            stat_loggers=[RayPrometheusStatLogger], **options,
        )  # fmt: skip
        self._streak = FailureStreak(settings.replica_failures)
        start.reached("warming_up")
        await self._engine.warm_up()
        start.reached("ready")
        log.info("language model loaded", model=self._engine.name)

    async def generate(self, request: TextRequest) -> GeneratedText:
        """See ``pipelines.models.generation.TextGenerator``; a cancelled call frees its place in the batch."""
        with self._streak.counted():
            return await self._engine.generate(request)

    async def stream(self, request: TextRequest) -> AsyncIterator[TextDelta]:
        """The answer as it grows; raises as ``generate`` does."""
        with self._streak.counted():
            async for delta in self._engine.stream(request):
                yield delta

    async def ping(self) -> str:
        """The model's name, once it is loaded."""
        return self._engine.name

    async def check_health(self) -> None:
        """Raises where the engine is dead or stalled or fails every call: Serve replaces the replica then."""
        self._streak.check()
        await self._engine.check_health()

    def __del__(self) -> None:
        # Serve calls it when it stops a replica; the engine's process would outlive it otherwise.
        if engine := vars(self).get("_engine"):
            engine.close()


def _weights(settings: Settings) -> str:
    return str(make()) if settings.tiny else settings.vllm_model
