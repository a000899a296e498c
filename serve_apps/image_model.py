"""Deployment of the image model: SDXL, whose batch requests join and leave at any step."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from ray.serve.exceptions import BackPressureError, RayServeException

from configs.pictures import loras, sizes
from configs.settings import Settings, get_settings
from pipelines.models.generation import GeneratedImage, ImageRequest
from serve_apps.engine_metrics import EngineReporter
from serve_apps.failure_streak import FailureStreak
from serve_apps.journal import journal_of
from serve_apps.logs import configure_logging
from serve_apps.replica_start import ReplicaStart
from storage.errors import ObjectNotFound, UnavailableError
from storage.factory import open_objects

if TYPE_CHECKING:
    from pipelines.models.sdxl.config import SdxlConfig

HEALTH_SECONDS = 25.0
"""A step between those of a full batch takes less even on a CPU; an engine that is stuck never makes it."""
LEAST_STEPS = 100
STEP = "picture"
"""How the journal names this work."""


class ImageModel:
    """Pictures are stored by the replica that makes them, and travel by their keys only."""

    def __init__(self) -> None:
        start = ReplicaStart()
        start.reached("weights_loading")
        from pipelines.models.sdxl.engine import SdxlEngine
        from pipelines.models.sdxl.errors import BadRequest, QueueFull
        from pipelines.models.sdxl_painter.latents import ObjectLatents
        from pipelines.models.sdxl_painter.maker import PictureMaker

        settings = get_settings()
        configure_logging(settings.log_level)
        objects = open_objects(settings)
        self._journal = journal_of(settings)
        self._engine = SdxlEngine(engine_config(settings), ObjectLatents(objects))
        self._engine.start(lambda: start.reached("warming_up"))
        # A store that is away, or lacks the sketch that a picture starts from, is as far from any other replica.
        own = BadRequest, QueueFull, CancelledError, UnavailableError, ObjectNotFound
        self._streak = FailureStreak(settings.replica_failures, *own)
        self._maker = PictureMaker(self._engine, objects, self._note, settings.image_gpus)
        self._reporter = EngineReporter(self._maker.name, self._engine.stats)
        self._reporter.start()
        start.reached("ready")

    async def generate(self, request: ImageRequest) -> AsyncIterator[tuple[int, int] | GeneratedImage]:
        """Each step (done, of all), and last the picture. Who closes the stream cancels the work, if it is the last.

        Raises BackPressureError, RayServeException when another replica should be asked, ModelUnavailable.
        """
        loop = asyncio.get_running_loop()
        happened: asyncio.Queue[tuple[int, int] | None] = asyncio.Queue()

        def told(done: int, steps: int) -> None:
            loop.call_soon_threadsafe(happened.put_nowait, (done, steps))

        asked = self._maker.ask(request, told)
        asked.future.add_done_callback(lambda _future: loop.call_soon_threadsafe(happened.put_nowait, None))
        try:
            while (step := await happened.get()) is not None:
                yield step
        finally:
            self._maker.leave(asked, told)
        yield self._answer(asked.future.result)

    async def ping(self) -> str:
        """The model's name, once it is loaded."""
        return self._maker.name

    async def check_health(self) -> None:
        """Denoises a step for real. Raises when it cannot or every call fails, and Serve replaces the replica."""
        self._streak.check()
        await asyncio.to_thread(self._engine.check, HEALTH_SECONDS)

    def _answer(self, result: Callable[[], GeneratedImage]) -> GeneratedImage:
        from pipelines.models.sdxl.errors import EngineStopped, QueueFull, SdxlError
        from pipelines.models.sdxl_painter.maker import unavailable

        try:
            # Within: to callers a request that no engine could run is a model without an answer, as any trouble is.
            with self._streak.counted():
                return result()
        except QueueFull as error:
            raise BackPressureError(num_queued_requests=0, max_queued_requests=0) from error
        except (EngineStopped, CancelledError) as error:
            raise RayServeException(f"This replica makes no pictures any more: {error}") from error
        except SdxlError as error:
            raise unavailable(error) from error

    def _note(self, event: str, **facts: str) -> None:
        if self._journal is not None:
            self._journal.note(event, STEP, **facts, task=facts["job"].partition("/")[0])

    def __del__(self) -> None:
        # Serve calls it when it stops a replica, and for one whose constructor failed, too.
        if hasattr(self, "_maker"):
            self._engine.close()
            self._maker.close()
            self._reporter.stop()


def engine_config(settings: Settings) -> "SdxlConfig":
    """The engine's settings from the operator's."""
    from pipelines.models.sdxl import tiny
    from pipelines.models.sdxl.config import SdxlConfig

    model = str(tiny.make(settings.data / "models" / "tiny-random")) if settings.tiny else settings.sdxl_model
    return SdxlConfig(
        model=model, device=_device(settings), max_rows=settings.image_rows,
        max_rows_per_shape=settings.image_rows, slots_per_shape=4 * settings.image_rows,
        max_running=12 * settings.image_rows, max_waiting=4 * settings.image_rows,
        max_steps=max(LEAST_STEPS, settings.image_steps), warm=sizes(settings.image_warm_sizes),
        lane=settings.image_lane, loras=loras(settings.image_loras), guidance_until=settings.image_guidance_until,
        tiny_vae=settings.image_tiny_vae, quantised=settings.image_quantised, deep_cache=settings.image_deep_cache,
    )  # fmt: skip


def _device(settings: Settings) -> str:
    """Tiny weights go where there is something; real ones never compute on a CPU in place of the GPU they asked for."""
    from torch import cuda

    if not settings.image_gpus or (settings.tiny and not cuda.is_available()):
        return "cpu"
    return "cuda"
