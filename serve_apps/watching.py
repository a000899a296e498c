"""What is counted and traced of tasks at work: how attempts end, and how long each stage takes."""

import time
from contextvars import Token
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span

from configs.settings import get_settings
from serve_apps import tracing
from serve_apps.metrics import STAGE_GOALS, STAGE_SECONDS, TASKS
from storage.documents.task import Task

Outcome = Literal["completed", "failed", "cancelled", "retried", "postponed", "given_back", "lapsed", "lost"]


def ended(outcome: Outcome, task: Task | None = None) -> None:
    """Count the end of an attempt; with its ``task``, which ended with it, its trace is closed, too."""
    TASKS.inc(1, {"outcome": outcome})
    if task is None:
        return
    now = time.time()
    tracing.task_span(task, outcome, now)
    if outcome == "completed":
        took("task", now - task.created_at.timestamp())


def took(stage: str, seconds: float) -> None:
    """Note how long a stage took, and whether that met its goal."""
    # What is created is noted by the second, so something that took no time may seem to have ended before.
    seconds = max(0.0, seconds)
    STAGE_SECONDS.observe(seconds, {"stage": stage})
    goal = {str(name): limit for name, limit in get_settings().goal_seconds.items()}.get(stage)
    if goal is not None:
        STAGE_GOALS.inc(1, {"stage": stage, "met": "yes" if seconds <= goal else "no"})


@dataclass(slots=True)
class AttemptWatch:
    """One attempt at work, its phases one after another, in whatever threads they are. A context manager around it."""

    task_id: str
    attempt: int
    _phase: str = ""
    _since: float = 0.0
    _context: Context = field(init=False)
    _span: Span = trace.INVALID_SPAN
    _phase_span: Span = trace.INVALID_SPAN
    _token: Token[Context] | None = None

    def __enter__(self) -> Self:
        within = tracing.task_context(self.task_id)
        self._span = tracing.begin_span("attempt", within, task_id=self.task_id, attempt=self.attempt)
        self._context = trace.set_span_in_context(self._span, within)
        self._token = contexts.attach(self._context)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end_phase()
        self._span.end()
        if self._token is not None:
            contexts.detach(self._token)

    def claimed(self, task: Task) -> None:
        """The task is known; its first attempt tells how long it waited."""
        if self.attempt > 1:
            return
        began, now = task.created_at.timestamp(), time.time()
        took("queued", now - began)
        tracing.past_span("queued", tracing.task_context(task.id), min(began, now), now)

    def phase(self, phase: str) -> None:
        """A phase begins, and what is done in this thread from here on belongs to it."""
        self._end_phase()
        self._phase, self._since = phase, time.monotonic()
        self._phase_span = tracing.begin_span(phase, self._context, attempt=self.attempt)
        contexts.attach(trace.set_span_in_context(self._phase_span, self._context))

    def left(self, outcome: str) -> None:
        """How the attempt ended, for its trace; an error in it has been told by the span it happened in."""
        self._span.set_attribute("outcome", outcome)

    def _end_phase(self) -> None:
        if self._phase:
            took(self._phase, time.monotonic() - self._since)
            self._phase_span.end()
            self._phase = ""
