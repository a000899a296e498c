"""What an SDXL engine does, carried from its counters to the metrics."""

import threading
from collections.abc import Callable

import structlog

from pipelines.models.sdxl.jobs import Stats
from serve_apps.metrics import DENOISED_ROWS, DENOISING_STEPS, FORWARDS, IMAGES, IMAGES_AT_WORK

EVERY_SECONDS = 2.0
log = structlog.get_logger()


class EngineReporter:
    """Reads the counters of one engine, named ``engine``, every few seconds in a thread of its own."""

    def __init__(self, engine: str, stats: Callable[[], Stats]) -> None:
        self._engine, self._stats = engine, stats
        self._before: Stats | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine-metrics", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Tell of the last work, and end."""
        self._stop.set()
        self._thread.join()

    def report(self, now: Stats) -> None:
        """Tell what happened since the last report, and what is in hand."""
        before = self._before
        for metric, name in ((DENOISING_STEPS, "alone"), (DENOISED_ROWS, "rows")):
            self._add(metric.inc, getattr(now, name) - (getattr(before, name) if before else 0))
        for outcome in ("finished", "cancelled", "failed"):
            more = getattr(now, outcome) - (getattr(before, outcome) if before else 0)
            self._add(IMAGES.inc, more, outcome=outcome)
        for rows, forwards in now.rows_by_step.items():
            self._add(FORWARDS.inc, forwards - (before.rows_by_step.get(rows, 0) if before else 0), rows=str(rows))
        for state in ("waiting", "running", "decoding"):
            IMAGES_AT_WORK.set(getattr(now, state), {"engine": self._engine, "state": state})
        self._before = now

    def _add(self, add: Callable[[float, dict[str, str]], None], more: float, **labels: str) -> None:
        # Ray refuses to count nothing.
        if more > 0:
            add(more, {"engine": self._engine, **labels})

    def _run(self) -> None:
        ended = False
        while not ended:
            ended = self._stop.wait(EVERY_SECONDS)
            try:
                self.report(self._stats())
            except Exception:
                log.exception("engine not measured; it goes on")
