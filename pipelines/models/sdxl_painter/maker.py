"""Pictures from an SDXL engine in this process to the object store."""

import hashlib
import io
import queue
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray
from PIL import Image

from pipelines.models.generation import GeneratedImage, ImageRequest
from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl.errors import SdxlError
from pipelines.models.sdxl.jobs import Generation, Progress, Result
from pipelines.models.sdxl_painter.latents import ObjectLatents
from storage.errors import ModelUnavailable
from storage.objects.base import ObjectStore

_PNG_LEVEL = 3
_THREADS = 4  # read, encode and store while the engine goes on with others
log = structlog.get_logger()


@dataclass(eq=False)
class Asked:
    """A request in hand. ``tellers``: who is told of its steps; with the last of them gone it is cancelled."""

    request: ImageRequest
    future: Future[GeneratedImage] = field(default_factory=Future)
    tellers: list[Progress] = field(default_factory=list)

    def tell(self, done: int, steps: int) -> None:
        """A step is done."""
        for told in list(self.tellers):
            told(done, steps)


class PictureMaker:
    """Implements ``pipelines.models.generation.ImageGenerator``.

    A picture that is stored is not made again, and callers of one request share its work. ``note`` is told what
    happens (``start``, ``stored``) with the facts as text.
    """

    def __init__(
        self, engine: SdxlEngine, objects: ObjectStore, note: Callable[..., None] = lambda _event, **_facts: None,
        gpus: float = 0.0,
    ) -> None:  # fmt: skip
        self._engine, self._objects, self._note, self._gpus = engine, objects, note, gpus
        self._latents = ObjectLatents(objects)
        self._pool = ThreadPoolExecutor(_THREADS, "picture")
        self._lock = threading.Lock()
        self._asked: dict[ImageRequest, Asked] = {}

    @property
    def name(self) -> str:
        """Family and model."""
        return f"sdxl/{self._engine.name}"

    def generate(self, request: ImageRequest, progress: Progress = lambda _done, _steps: None) -> GeneratedImage:
        """See ``ImageGenerator``."""
        happened: queue.SimpleQueue[tuple[int, int] | None] = queue.SimpleQueue()

        def told(done: int, steps: int) -> None:
            happened.put((done, steps))

        asked = self.ask(request, told)
        asked.future.add_done_callback(lambda _future: happened.put(None))
        try:
            while (step := happened.get()) is not None:
                progress(*step)
        except BaseException:
            self.leave(asked, told)
            raise
        try:
            return asked.future.result()
        except SdxlError as error:
            raise unavailable(error) from error

    def ask(self, request: ImageRequest, told: Progress) -> Asked:
        """Begins, or joins whoever asked before. ``told`` is called in the engine's thread: it must be quick.

        The future raises SdxlError, or what the object store raises.
        """
        with self._lock:
            if (asked := self._asked.get(request)) is not None:
                asked.tellers.append(told)
                return asked
            asked = self._asked[request] = Asked(request, tellers=[told])
        self._pool.submit(self._guarded, asked, self._begin)
        return asked

    def leave(self, asked: Asked, told: Progress) -> None:
        """``told`` wants it no more; with nobody left the work stops at its next step."""
        with self._lock:
            if told in asked.tellers:
                asked.tellers.remove(told)
            if asked.tellers or asked.future.done():
                return
            if self._asked.get(asked.request) is asked:
                del self._asked[asked.request]
        self._engine.cancel(asked.request.job)

    def close(self) -> None:
        """Waits for what is being stored. The engine is closed by its owner, before."""
        self._pool.shutdown()

    def _guarded(self, asked: Asked, work: Callable[..., None], *more: Any) -> None:
        try:
            work(asked, *more)
        except BaseException as error:
            self._settle(asked, error)

    def _begin(self, asked: Asked) -> None:
        request = asked.request
        if not asked.tellers:
            raise CancelledError
        if self._objects.exists(request.key):
            self._settle(asked, self._stored(request))
            return
        start = self._pixels(request.start_key) if request.start_key else None
        generation = Generation(
            job=request.job, prompt=request.prompt, negative=request.negative, width=request.width,
            height=request.height, seed=request.seed, steps=request.steps, guidance=request.guidance, start=start,
            strength=request.strength,
        )  # fmt: skip
        future = self._engine.submit(generation, asked.tell)
        self._note("start", job=request.job, key=request.key)
        if not asked.tellers:  # gone while the engine did not know the job yet
            self._engine.cancel(request.job)
        future.add_done_callback(lambda done: self._pool.submit(self._guarded, asked, self._end, done))

    def _end(self, asked: Asked, future: Future[Result]) -> None:
        try:
            result = future.result()
        except CancelledError:
            if not asked.tellers:
                raise
            # Cancelled by those who asked before, and wanted again: it goes on at its last saved step.
            self._begin(asked)
            return
        request = asked.request
        data = _png(result.pixels)
        self._objects.put(request.key, data, "image/png")
        made = GeneratedImage(
            key=request.key, sha256=hashlib.sha256(data).hexdigest(), model=self.name, steps=result.steps,
            first_step=result.first_step, seconds=result.seconds, gpus=self._gpus, lossy=result.labels,
        )  # fmt: skip
        self._note(
            "stored", job=request.job, key=request.key, sha256=made.sha256, steps=str(result.steps),
            steps_run=str(result.steps_run), first_step=str(result.first_step),
        )  # fmt: skip
        self._latents.drop(request.job)
        self._settle(asked, made)

    def _settle(self, asked: Asked, outcome: GeneratedImage | BaseException) -> None:
        with self._lock:
            if self._asked.get(asked.request) is asked:
                del self._asked[asked.request]
        if isinstance(outcome, GeneratedImage):
            asked.future.set_result(outcome)
        else:
            asked.future.set_exception(outcome)

    def _stored(self, request: ImageRequest) -> GeneratedImage:
        """A picture of an earlier call, with the steps that it took."""
        data = self._objects.get(request.key).data
        steps = min(int(request.steps * request.strength), request.steps) if request.start_key else request.steps
        return GeneratedImage(
            key=request.key, sha256=hashlib.sha256(data).hexdigest(), model=self.name, steps=steps, first_step=steps,
            lossy=self._engine.labels(request.guidance),
        )  # fmt: skip

    def _pixels(self, key: str) -> NDArray[np.uint8]:
        with Image.open(io.BytesIO(self._objects.get(key).data)) as image:
            return np.asarray(image.convert("RGB"))


def unavailable(error: SdxlError) -> ModelUnavailable:
    """What a caller of the port is told of the engine's trouble."""
    return ModelUnavailable(f"SDXL made no picture: {error}", part="image_model", why=error.code.replace("_", " "))


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=_PNG_LEVEL)
    return buffer.getvalue()
