"""What a task's stream tells of a model that is started while a call to it waits."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

from serve_apps.model_starts import ModelStarts, Start
from storage.documents.cold_start import STAGES, ColdStart
from storage.errors import UnavailableError

BACK_SECONDS = 10.0
"""A start that goes back, mostly as its replica died, is told no oftener."""
Tell = Callable[[ColdStart], None]
log = structlog.get_logger()
_tell: ContextVar[Tell | None] = ContextVar("tell_cold_start", default=None)


@contextmanager
def telling(tell: Tell) -> Iterator[None]:
    """Have calls made within tell of cold starts, in whatever threads they are that share the context."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


class CallStart:
    """The start that one call waits for. Each stage is told once, as it comes; nothing of a model that is ready.

    What the teller raises goes through, and ends the call; only that nothing can be stored now is no reason to.
    """

    def __init__(self, starts: ModelStarts | None, model: str) -> None:
        self._starts, self._model, self._tell = starts, model, _tell.get()
        self._replica_id, self._rank, self._seconds, self._told_at = "", -1, 0, 0.0

    def waits(self) -> None:
        """There is no answer yet."""
        if self._starts is not None and self._tell is not None:
            self._look(self._starts.of(self._model), self._tell)

    def answered(self) -> None:
        """The model answered, so it is ready; if anything was told, so is the rest."""
        if self._starts is not None and self._tell is not None and self._rank >= 0:
            self._look(self._starts.of(self._model, now=True), self._tell)

    def _look(self, start: Start | None, tell: Tell) -> None:
        if start is None:
            return
        for stage in self._untold(start):
            try:
                tell(stage)
            except UnavailableError as error:
                log.info("stage of a cold start not stored; it is tried again", reason=error.message)
                return
            self._replica_id, self._rank, self._seconds = start.replica_id, _rank(stage), stage.seconds
            self._told_at = time.monotonic()
        if start.ready:
            self._rank = -1

    def _untold(self, start: Start) -> list[ColdStart]:
        stages = start.told(self._model, self._seconds if start.replica_id == self._replica_id else 0)
        if self._rank < 0:
            # A call that comes in the middle of a start hears where it is, not where it was.
            return [] if start.ready else stages[-1:]
        if start.replica_id == self._replica_id and start.rank >= self._rank:
            return [stage for stage in stages if _rank(stage) > self._rank]
        if start.rank > self._rank or time.monotonic() - self._told_at >= BACK_SECONDS:
            return stages[-1:]
        return []


def _rank(stage: ColdStart) -> int:
    return STAGES.index(stage.stage)
