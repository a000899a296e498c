"""One task at work: its fenced writes, and what becomes of its errors."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from serve_apps.charging import charging, usage_entry
from serve_apps.cold_starts import telling
from serve_apps.failures import record_failure
from serve_apps.leftovers import clear
from serve_apps.watching import AttemptWatch, Outcome, ended
from storage.database.backoff import DEFAULT_BACKOFF, Backoff
from storage.database.base import Database
from storage.documents.cold_start import COLD_START, ColdStart
from storage.documents.poster import PosterDocument, PosterFiles
from storage.documents.progress import PHASES
from storage.errors import DesignAgentError, StaleAttempt, TaskCancelled, TaskNotFound

if TYPE_CHECKING:
    from pipelines.context import Engines
    from pipelines.models.base import Usage

DATABASE_RETRY_SECONDS = 1.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FencedExecutor:
    """The pipeline's Executor over the database: every write carries the attempt."""

    database: Database
    task_id: str
    attempt: int
    progressed: Callable[[], None] = lambda: None
    began: Callable[[str], None] = lambda _phase: None
    _reported: list[tuple[str, dict[str, Any]]] = field(default_factory=list, init=False)

    def check(self) -> None:
        """Raises StaleAttempt or TaskCancelled unless this attempt may go on."""
        self.database.check_fence(self.task_id, self.attempt)
        self.progressed()

    def report(self, phase: str, details: dict[str, Any] | None = None) -> None:
        """Store and publish that a phase starts."""
        structlog.contextvars.bind_contextvars(phase=phase)
        self._store(phase, details)
        self._reported[:] = [(phase, details or {})]
        self.progressed()
        self.began(phase)
        log.info("phase", **(details or {}))

    def tell_cold_start(self, start: ColdStart) -> None:
        """Store and publish how far a model is that the phase waits for: the phase again, with one detail more."""
        phase, details = self._reported[-1]
        self._store(phase, details | {COLD_START: start.model_dump()})
        log.info("cold start", model=start.model, stage=start.stage, seconds=start.seconds)

    def spent(self, stage: str, step: str, usage: "Usage") -> None:
        """Put into the ledger what a stored step took, once, whatever becomes of the task."""
        self.database.append_usage(self.task_id, self.attempt, usage_entry(stage, step, usage))

    def charge(self, usage: "Usage") -> None:
        """Put into the ledger what a call took of the phase at work; one that is made again took it again."""
        phase, _ = self._reported[-1]
        self.spent(phase, uuid.uuid4().hex, usage)

    def complete(self, document: PosterDocument, files: PosterFiles, quality: dict[str, Any]) -> None:
        """Store the poster and end the task."""
        ended("completed", self.database.complete_task(self.task_id, self.attempt, document, files, quality))

    def _store(self, phase: str, details: dict[str, Any] | None) -> None:
        known = PHASES[phase]
        self.database.record_progress(self.task_id, self.attempt, phase, known.percentage, known.message, details)


def execute(task_id: str, attempt: int, database: Database, engines: "Engines", checkpointer: Any,
            max_attempts: int, backoff: Backoff = DEFAULT_BACKOFF, draining: Callable[[], bool] = lambda: False,
            progressed: Callable[[], None] = lambda: None) -> None:  # fmt: skip
    """Work on a claimed task until it is final, given back, or owned by a newer attempt. Never raises.

    While ``draining`` other parts stop as well, so an error then gives the task back instead of counting.
    ``progressed`` is called whenever a phase starts.
    """
    from pipelines.runner import run_task  # the service process imports this module, but never draws

    with (
        structlog.contextvars.bound_contextvars(task_id=task_id, attempt=attempt),
        AttemptWatch(task_id, attempt) as watch,
    ):
        executor = FencedExecutor(database, task_id, attempt, progressed, watch.phase)
        try:
            executor.report("fetching_task")
            task = database.get_task(task_id)
            watch.claimed(task)
            with telling(executor.tell_cold_start), charging(executor.charge):
                run_task(task, engines, executor, checkpointer)
            watch.left("completed")
            log.info("task completed")
        except (StaleAttempt, TaskCancelled, TaskNotFound) as stop:
            watch.left(_stopped(database, task_id, stop))
            log.info("task left", reason=stop.code)
        except Exception as error:
            log.exception("task attempt failed")
            if draining():
                give_back(database, task_id, attempt)
                watch.left("given_back")
            else:
                watch.left(_settle_failure(database, task_id, attempt, error, max_attempts, backoff, draining))
        finally:
            structlog.contextvars.unbind_contextvars("phase")
        try:
            clear(task_id, database, engines.objects, checkpointer)
        except Exception:
            log.exception("leftovers not cleared; the relay sweeps them")


def give_back(database: Database, task_id: str, attempt: int) -> None:
    """Put a claimed task back into the queue, uncounted, unless it went on without this attempt. Never raises."""
    try:
        database.release(task_id, attempt)
        ended("given_back")
    except DesignAgentError as stop:
        log.info("claim not given back", task_id=task_id, reason=stop.code)


def _stopped(database: Database, task_id: str, stop: DesignAgentError) -> Outcome:
    """Why this attempt may go on no more."""
    outcome: Outcome = "lost"
    task = None
    if isinstance(stop, TaskCancelled):
        try:
            task = database.get_task(task_id)
        except DesignAgentError as error:
            log.info("end not traced", reason=error.code)
    # A task that another way ended is told of there.
    if task is not None and task.status == "cancelled":
        outcome = "cancelled"
    ended(outcome, task if outcome == "cancelled" else None)
    return outcome


def _settle_failure(
    database: Database, task_id: str, attempt: int, error: Exception, max_attempts: int, backoff: Backoff,
    draining: Callable[[], bool],
) -> Outcome:  # fmt: skip
    """Record it, however long the database is away: a lease left to run out would look like a death."""
    while (outcome := record_failure(database, task_id, attempt, error, max_attempts, backoff)) is None:
        if draining():
            return "lost"
        time.sleep(DATABASE_RETRY_SECONDS)
    return outcome
