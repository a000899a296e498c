"""SDXL as a service within one process: a thread that steps a batch which requests join and leave at any step."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any

from pipelines.models.sdxl import lossy
from pipelines.models.sdxl.config import SdxlConfig
from pipelines.models.sdxl.errors import EngineStopped, QueueFull
from pipelines.models.sdxl.jobs import Generation, Progress, Result, Stats
from pipelines.models.sdxl.latents import LatentStore, work_of
from pipelines.models.sdxl.machine import Machine
from pipelines.models.sdxl.side import Side
from pipelines.models.sdxl.stepping import Stepping
from pipelines.models.sdxl.work import Work

if TYPE_CHECKING:
    from pipelines.models.sdxl.weights import Parts

COMPILE_SECONDS = 1800.0
"""A graph that takes longer will never be ready."""


class SdxlEngine:
    """Makes pictures, many at once. All methods may be called from any thread.

    ``latents`` keeps latents between steps; without it a killed replica's work starts anew. ``load`` gives the parts.
    """

    def __init__(
        self, config: SdxlConfig, latents: LatentStore | None = None,
        load: "Callable[[SdxlConfig], Parts] | None" = None,
    ) -> None:  # fmt: skip
        self._config, self._load = config, load
        self._thread = threading.Thread(target=self._serve, name="sdxl", daemon=True)
        self._side = Side(latents, self._arrived, self._settle)
        self._wake = threading.Condition()
        self._inbox: deque[Work] = deque()
        self._calls: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._jobs: dict[str, Work] = {}
        self._closing = False
        self._ready: Future[None] = Future()
        self._ended: Counter[str] = Counter()
        self.name = ""
        self.licence = ""

    # -- what callers use

    def start(self, warming: Callable[[], None] = lambda: None) -> None:
        """Loads the model and warms it up; returns when it is ready. Raises what loading raises.

        ``warming`` is called in between, by another thread.
        """
        self._warming = warming
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
            if len(self._jobs) - self._stepping.running - self._stepping.decoding >= self._config.max_waiting:
                raise QueueFull(f"{self._config.max_waiting} requests already wait; try again later.")
            rows = self._loop.rows(generation)
            work = Work(
                generation, progress, Future(), self._loop.size(generation), rows, rows * generation.steps,
                work_of(generation, " ".join((self.name, *self.labels(generation.guidance)))),
            )  # fmt: skip
            self._jobs[generation.job] = work
        self._side.arrive(work)
        return work.future

    def labels(self, guidance: float) -> tuple[str, ...]:
        """The lossy lanes that a picture of such guidance is made with."""
        return lossy.labels(self._config, guided=self._loop.guided(guidance))

    def cancel(self, job: str) -> bool:
        """Stops a job before its next step; whether it was in hand."""
        with self._wake:
            work = self._jobs.get(job)
            if work is not None:
                work.cancelled = True
                self._wake.notify()
        return work is not None

    def check(self, timeout: float = 60.0) -> float:
        """Really denoises one step between those of the batch; seconds it took. Raises EngineStopped, TimeoutError.

        While a graph is compiled for a new picture size, which takes minutes, there is no step to wait for.
        """
        started = time.monotonic()
        if 0 < self._machine.seconds_preparing < COMPILE_SECONDS:
            return 0.0
        if not self._call(self._machine.sound).result(timeout):
            raise EngineStopped("a denoising step gave numbers that are not finite; replace this replica.")
        return time.monotonic() - started

    @property
    def machine(self) -> Machine:
        """The model made ready, for who measures it bare while the engine has nothing to do."""
        return self._machine

    def stats(self) -> Stats:
        """Counters; cheap."""
        ended, stepping = self._ended, self._stepping
        counts = stepping.counts
        return Stats(
            forwards=counts["forwards"], rows=counts["rows"], padded=counts["padded"], alone=counts["alone"],
            waiting=len(self._inbox) + stepping.waiting, running=stepping.running, decoding=stepping.decoding,
            finished=ended["finished"], cancelled=ended["cancelled"], failed=ended["failed"],
            row_cap=self._machine.row_cap, rows_by_step=dict(stepping.rows_by_step),
        )  # fmt: skip

    def close(self) -> None:
        """Stops after the step in hand; jobs in hand raise EngineStopped, and go on elsewhere from saved latents."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()
        self._side.close()

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
                self._stepping.turn()
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
        config = self._config
        self._machine = machine = Machine(config, self._load)
        self.name, self.licence, self._loop = machine.name, machine.licence, machine.loop
        self._stepping = Stepping(config, machine, self._side, self._settle, self.labels)
        self._warming()
        machine.warm_up()

    def _take(self) -> bool:
        """Takes in what has come; waits while there is nothing to do. False once closing."""
        with self._wake:
            while not (self._closing or self._inbox or self._calls or self._stepping.busy):
                self._wake.wait()
            if self._closing:
                return False
            while self._inbox:
                self._stepping.add(self._inbox.popleft())
            calls = [self._calls.popleft() for _ in range(len(self._calls))]
            cancelled = [work for work in self._jobs.values() if work.cancelled]
        for function, future in calls:
            try:
                future.set_result(function())
            except Exception as error:
                future.set_exception(error)
        for work in cancelled:
            if self._stepping.drop(work):  # else it is on its way in, or out
                self._settle(work, CancelledError())
        return True

    # -- any thread

    def _arrived(self, work: Work) -> None:
        with self._wake:
            self._inbox.append(work)
            self._wake.notify()

    def _settle(self, work: Work, outcome: Result | BaseException) -> None:
        """Answers a job, once."""
        with self._wake:
            if self._jobs.pop(work.generation.job, None) is not work:
                return
        if isinstance(outcome, Result):
            self._ended["finished"] += 1
            work.future.set_result(outcome)
            return
        self._ended["cancelled" if isinstance(outcome, CancelledError) else "failed"] += 1
        work.future.set_exception(outcome)

    def _call(self, function: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        with self._wake:
            if self._closing or not self._thread.is_alive():
                raise EngineStopped("the SDXL engine is stopped; replace this replica.")
            self._calls.append((function, future))
            self._wake.notify()
        return future
