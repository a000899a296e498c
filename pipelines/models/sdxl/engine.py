"""SDXL as a service within one process: a thread that steps a batch which requests join and leave at any step."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from pipelines.models.sdxl.config import SdxlConfig
from pipelines.models.sdxl.decoding import Decoding
from pipelines.models.sdxl.errors import EngineStopped, OutOfMemory, QueueFull
from pipelines.models.sdxl.jobs import Generation, Progress, Result, Stats
from pipelines.models.sdxl.latents import LatentStore, load_saved, work_of
from pipelines.models.sdxl.weights import Parts
from pipelines.models.sdxl.work import Work


class SdxlEngine:
    """Makes pictures, many at once. All methods may be called from any thread.

    ``latents`` keeps latents between steps; without it a killed replica's work starts anew. ``load`` gives the parts.
    """

    def __init__(
        self, config: SdxlConfig, latents: LatentStore | None = None, load: Callable[[SdxlConfig], Parts] | None = None
    ) -> None:
        self._config, self._latents, self._load = config, latents, load
        self._thread = threading.Thread(target=self._serve, name="sdxl", daemon=True)
        self._side = ThreadPoolExecutor(1, "sdxl-side")  # stores and last pixels, which must not stall a step
        self._wake = threading.Condition()
        self._inbox: deque[Work] = deque()
        self._calls: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._jobs: dict[str, Work] = {}
        self._closing = False
        self._ready: Future[None] = Future()
        self._counts: Counter[str] = Counter()
        self._rows_by_step: Counter[int] = Counter()
        self.name = ""
        self.licence = ""

    # -- what callers use

    def start(self) -> None:
        """Loads the model and warms it up; returns when it is ready. Raises what loading raises."""
        self._thread.start()
        self._ready.result()

    def submit(self, generation: Generation, progress: Progress = lambda _done, _steps: None) -> Future[Result]:
        """Queues a generation; a job already in hand gives the same future again.

        Raises QueueFull, BadRequest, EngineStopped. The future raises CancelledError after ``cancel``, OutOfMemory,
        or what ``progress`` raised.
        """
        self._loop.check(generation)
        with self._wake:
            if self._closing or not self._thread.is_alive():
                raise EngineStopped("the SDXL engine is stopped; ask another replica.")
            if generation.job in self._jobs:
                return self._jobs[generation.job].future
            if len(self._jobs) - self._batches.running - self._decoding.pictures >= self._config.max_waiting:
                raise QueueFull(f"{self._config.max_waiting} requests already wait; try again later.")
            rows = self._loop.rows(generation)
            work = Work(
                generation, progress, Future(), self._loop.size(generation), rows, rows * generation.steps,
                work_of(generation, self.name),
            )  # fmt: skip
            self._jobs[generation.job] = work
        self._side.submit(self._arrive, work)
        return work.future

    def cancel(self, job: str) -> bool:
        """Stops a job before its next step; whether it was in hand."""
        with self._wake:
            work = self._jobs.get(job)
            if work is not None:
                work.cancelled = True
                self._wake.notify()
        return work is not None

    def check(self, timeout: float = 60.0) -> float:
        """Really denoises one step between those of the batch; seconds it took. Raises EngineStopped, TimeoutError."""
        started = time.monotonic()
        if not self._call(lambda: self._loop.warm(self._sizes[0], 1)).result(timeout):
            raise EngineStopped("a denoising step gave numbers that are not finite; replace this replica.")
        return time.monotonic() - started

    def stats(self) -> Stats:
        """Counters; cheap."""
        counts = self._counts
        return Stats(
            forwards=counts["forwards"], rows=counts["rows"], padded=counts["padded"], alone=counts["alone"],
            waiting=len(self._inbox) + self._batches.waiting, running=self._batches.running,
            decoding=self._decoding.pictures, finished=counts["finished"], cancelled=counts["cancelled"],
            failed=counts["failed"], row_cap=self._row_cap, rows_by_step=dict(self._rows_by_step),
        )  # fmt: skip

    def close(self) -> None:
        """Stops after the step in hand; jobs in hand raise EngineStopped, and go on elsewhere from saved latents."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()
        self._side.shutdown()

    # -- the engine's thread

    def _serve(self) -> None:
        try:
            self._prepare_model()
        except BaseException as error:
            self._ready.set_exception(error)
            return
        self._ready.set_result(None)
        try:
            while self._take():
                self._admit()
                self._step()
                self._decoding.run(idle=not self._batches.running)
            reason: Exception = EngineStopped("the SDXL engine was closed; ask another replica.")
        except Exception as error:
            reason = EngineStopped(f"the SDXL engine failed: {error!r}; replace this replica.")
            reason.__cause__ = error
        with self._wake:
            self._closing = True
            left, calls = list(self._jobs.values()), list(self._calls)
        for work in left:
            self._settle(work, reason)
        for _, future in calls:
            future.set_exception(reason)

    def _prepare_model(self) -> None:
        # torch and diffusers are imported by the thread that uses them, not by whoever imports the engine
        from pipelines.models.sdxl import forward, loop, vae, weights
        from pipelines.models.sdxl.batches import Batches

        parts = (self._load or weights.load)(self._config)
        forward.optimise(parts, self._config)
        self.name, self.licence = parts.name, parts.licence
        self._row_cap = self._config.max_rows
        self._decoder = decoder = vae.Vae(parts, self._config)
        self._graphs = forward.unet_forward(parts, self._config)
        self._loop = loop.Loop(parts, self._config, self._graphs, decoder)
        self._oom: type[Exception] = forward.OOM
        self._decoding = Decoding(decoder, self._config.decode_spread, self._deliver, self._undecoded)
        cap = min(self._config.max_rows, self._config.max_rows_per_shape)
        self._batches: Batches[Work] = Batches(
            cap, self._config.slots_per_shape, self._config.max_running, lambda size: float(size[0] * size[1])
        )
        asked = self._config.warm or ((self._loop.side, self._loop.side),)
        self._sizes = list(dict.fromkeys(self._loop.bucket(width, height) for width, height in asked))
        for size in self._sizes:
            for rows in forward.warm_rows(self._config):
                self._with_room(partial(self._warm, size, rows))
            self._with_room(partial(self._decoding.warm, self._loop.table(size).latents[0]))

    def _warm(self, size: tuple[int, int], rows: int) -> None:
        if rows <= self._row_cap:
            self._loop.warm(size, rows)

    def _with_room(self, function: Callable[[], Any]) -> None:
        """Makes something ready; once more, with half the rows, when memory ran out. Raises OutOfMemory."""
        try:
            function()
        except self._oom as error:
            if not self._halve():
                raise self._no_room(error) from error
            self._with_room(function)

    def _take(self) -> bool:
        """Takes in what has come; waits while there is nothing to do. False once closing."""
        with self._wake:
            while not (self._closing or self._inbox or self._calls or self._busy()):
                self._wake.wait()
            if self._closing:
                return False
            while self._inbox:
                self._batches.add(self._inbox.popleft())
            calls = [self._calls.popleft() for _ in range(len(self._calls))]
            cancelled = [work for work in self._jobs.values() if work.cancelled]
        for function, future in calls:
            try:
                future.set_result(function())
            except Exception as error:
                future.set_exception(error)
        for work in cancelled:
            if self._batches.holds(work):
                self._leave(work)
            elif not self._decoding.drop(work):
                continue  # on its way in, or out
            self._settle(work, CancelledError())
        return True

    def _busy(self) -> bool:
        return bool(self._batches.running or self._batches.waiting or self._decoding.pictures)

    def _admit(self) -> None:
        while (work := self._batches.admit()) is not None:
            try:
                work.slot = self._loop.prepare(work.generation, work.saved)
            except Exception as error:
                self._leave(work)
                self._settle(work, self._no_room(error) if isinstance(error, self._oom) else error)
                continue
            entry = self._loop.entry(work.kind, work.slot)
            work.first = entry.step if work.saved is not None else 0
            work.left = work.rows * (entry.schedule.steps - entry.step)
            if entry.step == entry.schedule.steps:
                self._finish(work)

    def _step(self) -> None:
        batch = deque(self._batches.next())
        while batch:
            chunk, rows = [batch.popleft()], 0
            rows = chunk[0].rows
            while batch and rows + batch[0].rows <= self._row_cap:
                rows += batch[0].rows
                chunk.append(batch.popleft())
            try:
                useful, ran = self._loop.denoise_step(
                    chunk[0].kind, [work.slot for work in chunk if work.slot is not None]
                )
            except self._oom as error:
                if self._halve():
                    batch.extendleft(reversed(chunk))
                    continue
                for work in chunk:
                    self._leave(work)
                    self._settle(work, self._no_room(error))
                continue
            self._counts.update(forwards=1, rows=useful, padded=ran - useful, alone=len(chunk))
            self._rows_by_step[useful] += 1
            for work in chunk:
                self._stepped(work)

    def _stepped(self, work: Work) -> None:
        assert work.slot is not None
        entry = self._loop.entry(work.kind, work.slot)
        work.ran += 1
        work.left -= work.rows
        total, done = entry.schedule.steps - entry.schedule.first, entry.step - entry.schedule.first
        if self._latents is not None and self._config.save_every and done % self._config.save_every == 0:
            self._side.submit(self._save, work, entry.step, self._loop.latent(work.kind, work.slot))
        try:
            work.progress(done, total)
        except Exception as error:
            self._leave(work)
            self._settle(work, error)
            return
        if done == total:
            self._finish(work)

    def _finish(self, work: Work) -> None:
        assert work.slot is not None
        self._batches.remove(work)
        steps = self._loop.entry(work.kind, work.slot).schedule
        self._decoding.add(work, self._loop.finish(work.kind, work.slot), steps.steps - steps.first)
        work.slot = None

    def _undecoded(self, work: Work, error: Exception) -> bool:
        """A picture's decoder raised: whether it is to be tried again. It takes no other job with it."""
        if isinstance(error, self._oom):
            if self._halve():
                return True
            error = self._no_room(error)
        self._settle(work, error)
        return False

    def _leave(self, work: Work) -> None:
        self._batches.remove(work)
        if work.slot is not None:
            self._loop.finish(work.kind, work.slot)
            work.slot = None

    def _halve(self) -> bool:
        """After memory ran out: half the rows from now on, once, and none of the graphs' memory."""
        if self._row_cap < self._config.max_rows or self._row_cap < 2:
            return False
        self._row_cap //= 2
        self._graphs.clear()
        self._decoder.clear()
        return True

    def _no_room(self, error: Exception) -> OutOfMemory:
        wrong = OutOfMemory(
            f"memory ran out also with {self._row_cap} rows a step (configured: {self._config.max_rows}); set fewer "
            f"rows, ask for smaller pictures or use a GPU with more memory."
        )
        wrong.__cause__ = error
        return wrong

    # -- the side thread

    def _arrive(self, work: Work) -> None:
        if self._latents is not None:
            work.saved = load_saved(self._latents, work.generation.job, work.work)
        with self._wake:
            self._inbox.append(work)
            self._wake.notify()

    def _save(self, work: Work, step: int, latent: Any) -> None:
        from pipelines.models.sdxl.latents import keep

        assert self._latents is not None
        keep(self._latents, work.generation.job, work.work, step, latent.cpu().numpy())

    def _deliver(self, work: Work, latent: Any, pixels: Any, steps: int) -> None:
        self._side.submit(self._answer, work, latent, pixels, steps)

    def _answer(self, work: Work, latent: Any, pixels: Any, steps: int) -> None:
        from pipelines.models.sdxl.buckets import fit

        wanted = work.generation
        try:
            image = fit(pixels.cpu().numpy(), wanted.width, wanted.height)
            labels = self._labels(work)
            self._settle(work, Result(image, latent.cpu().numpy(), steps, work.ran, work.first, labels))
        except Exception as error:
            self._settle(work, error)

    def _labels(self, work: Work) -> tuple[str, ...]:
        until = self._config.guidance_until
        return (f"guidance-until-{until:g}",) if until < 1 and work.rows == 2 else ()

    def _settle(self, work: Work, outcome: Result | BaseException) -> None:
        """Answers a job, once."""
        with self._wake:
            if self._jobs.pop(work.generation.job, None) is not work:
                return
        if isinstance(outcome, Result):
            self._counts["finished"] += 1
            work.future.set_result(outcome)
            return
        self._counts["cancelled" if isinstance(outcome, CancelledError) else "failed"] += 1
        work.future.set_exception(outcome)

    def _call(self, function: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        with self._wake:
            if self._closing or not self._thread.is_alive():
                raise EngineStopped("the SDXL engine is stopped; replace this replica.")
            self._calls.append((function, future))
            self._wake.notify()
        return future
