"""The running batch: requests come in, are stepped together, and leave for the decoder. One thread calls it."""

import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from pipelines.models.sdxl.batches import Batches
from pipelines.models.sdxl.config import SdxlConfig
from pipelines.models.sdxl.decoding import Decoding
from pipelines.models.sdxl.jobs import Result
from pipelines.models.sdxl.machine import Machine
from pipelines.models.sdxl.side import Side
from pipelines.models.sdxl.work import Work


class Stepping:
    """``settle`` is told what became of a request that fails here; ``labels`` gives the lossy lanes of a guidance.

    ``counts``: forwards, rows, padded ones, requests in a forward alone. ``rows_by_step``: forwards of so many rows.
    """

    def __init__(
        self, config: SdxlConfig, machine: Machine, side: Side, settle: Callable[[Work, Result | BaseException], None],
        labels: Callable[[float], tuple[str, ...]],
    ) -> None:  # fmt: skip
        self._saves_at, self._machine, self._loop, self._side = config.saves_at, machine, machine.loop, side
        self._settle, self._labels = settle, labels
        self._decoding = Decoding(machine.decoder, config.decode_spread, self._decoded, self._undecoded)
        cap = min(config.max_rows, config.max_rows_per_shape)
        self._batches: Batches[Work] = Batches(
            cap, config.slots_per_shape, config.max_running, lambda size: float(size[0] * size[1])
        )
        self.counts: Counter[str] = Counter()
        self.rows_by_step: Counter[int] = Counter()

    @property
    def waiting(self) -> int:
        """Requests that have no slot yet."""
        return self._batches.waiting

    @property
    def running(self) -> int:
        """Requests that have one."""
        return self._batches.running

    @property
    def decoding(self) -> int:
        """Pictures not decoded to their end."""
        return self._decoding.pictures

    @property
    def busy(self) -> bool:
        """Whether a turn would do something."""
        return bool(self.running or self.waiting or self.decoding)

    def add(self, work: Work) -> None:
        """Takes a request in; it starts when there is room."""
        self._batches.add(work)

    def drop(self, work: Work) -> bool:
        """Forgets a request; whether it was here."""
        if self._batches.holds(work):
            self._leave(work)
            return True
        return self._decoding.drop(work)

    def turn(self) -> None:
        """Admits who has room, takes one step of one picture size, and runs this step's share of the decoding."""
        while (work := self._batches.admit()) is not None:
            self._begin(work)
        self._step()
        self._decoding.run(idle=not self._batches.running)

    def _begin(self, work: Work) -> None:
        try:
            work.slot = self._loop.prepare(work.generation, work.saved)
        except Exception as error:
            self._leave(work)
            self._settle(work, self._machine.no_room(error) if isinstance(error, self._machine.oom) else error)
            return
        entry = self._loop.entry(work.kind, work.slot)
        work.first = entry.step if work.saved is not None else 0
        work.left = work.rows * (entry.schedule.steps - entry.step)
        if entry.step == entry.schedule.steps:
            self._finish(work)

    def _step(self) -> None:
        batch = deque(self._batches.next())
        while batch:
            chunk = [batch.popleft()]
            rows = chunk[0].rows
            while batch and rows + batch[0].rows <= self._machine.row_cap:
                rows += batch[0].rows
                chunk.append(batch.popleft())
            began = time.perf_counter()
            try:
                useful, ran = self._loop.denoise_step(
                    chunk[0].kind, [work.slot for work in chunk if work.slot is not None]
                )
            except self._machine.oom as error:
                if self._machine.halve():
                    batch.extendleft(reversed(chunk))
                    continue
                for work in chunk:
                    self._leave(work)
                    self._settle(work, self._machine.no_room(error))
                continue
            self.counts.update(forwards=1, rows=useful, padded=ran - useful, alone=len(chunk))
            self.rows_by_step[useful] += 1
            a_row = (time.perf_counter() - began) / rows
            for work in chunk:
                work.seconds += a_row * work.rows
                self._stepped(work)

    def _stepped(self, work: Work) -> None:
        assert work.slot is not None
        entry = self._loop.entry(work.kind, work.slot)
        work.ran += 1
        work.left -= work.rows
        total, done = entry.schedule.steps - entry.schedule.first, entry.step - entry.schedule.first
        if self._side.saves and self._saves_at and done % self._saves_at == 0:
            self._side.save(work, entry.step, self._loop.latent(work.kind, work.slot))
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

    def _leave(self, work: Work) -> None:
        self._batches.remove(work)
        if work.slot is not None:
            self._loop.finish(work.kind, work.slot)
            work.slot = None

    def _decoded(self, work: Work, latent: Any, pixels: Any, steps: int) -> None:
        self._side.answer(work, latent, pixels, steps, self._labels(work.generation.guidance))

    def _undecoded(self, work: Work, error: Exception) -> bool:
        """A picture's decoder raised: whether it is to be tried again. It takes no other job with it."""
        if isinstance(error, self._machine.oom):
            if self._machine.halve():
                return True
            error = self._machine.no_room(error)
        self._settle(work, error)
        return False
