"""Traces of tasks: one for each, over all processes that have a part in it.

Serve carries the context of a span from a caller to a replica, and each of its processes exports with what
``span_processors`` gives it. A task's trace id, and the id of its outermost span, are made of the task's id, so that
processes that never meet agree on them; that span is told last, once the task has ended. Nothing else is sampled.
Without DESIGN_AGENT_TRACES no process has an exporter, and spans are made of nothing.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, Status, StatusCode, TraceFlags
from opentelemetry.util.types import AttributeValue
from typing_extensions import override

from configs.settings import Settings, get_settings

if TYPE_CHECKING:
    from ray.serve.schema import TracingConfig

    # vLLM's environment, whose replicas export too, has nothing that documents need.
    from storage.documents.task import Task

EXPORTERS = f"{__name__}:span_processors"
TRACING = {"enabled": True, "exporter_import_path": EXPORTERS, "sampling_ratio": 0.0}
"""As a file that Serve deploys from says it; where DESIGN_AGENT_TRACES is unset it exports nothing."""
TASK = "task"
_FLUSH_MILLISECONDS = 1000
_tracer = trace.get_tracer("design_agent")


def tracing_config(settings: Settings) -> "TracingConfig | None":
    """What Serve is started with; None without traces. Calls between deployments that are no task's are not sampled."""
    if not settings.traces:
        return None
    from ray.serve.schema import TracingConfig  # whoever only tells of tasks needs no Serve

    return TracingConfig(**TRACING)


def span_processors() -> list[SpanProcessor]:
    """Called by each process of Serve when it starts."""
    return list(_processors())


@cache
def _processors() -> tuple[SpanProcessor, ...]:
    target = get_settings().traces
    if not target:
        return ()
    if target.startswith("file:"):
        return (SimpleSpanProcessor(JsonLines(Path(unquote(urlsplit(target).path)))),)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # type: ignore[import-not-found, unused-ignore]
        OTLPSpanExporter,
    )

    return (BatchSpanProcessor(OTLPSpanExporter(endpoint=target), schedule_delay_millis=_FLUSH_MILLISECONDS),)


class JsonLines(SpanExporter):
    """Appends a line a span to one file of all processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """One write in append mode: lines of several processes do not mix."""
        lines = "".join(f"{span.to_json(indent=None)}\n" for span in spans)
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, lines.encode())
        finally:
            os.close(file)
        return SpanExportResult.SUCCESS


def task_context(task_id: str) -> Context:
    """What spans of a task are begun in, wherever."""
    return trace.set_span_in_context(NonRecordingSpan(_outermost(task_id)))


def _outermost(task_id: str) -> SpanContext:
    digest = hashlib.sha256(task_id.encode()).digest()
    return SpanContext(
        trace_id=int.from_bytes(digest[:16]) or 1, span_id=int.from_bytes(digest[16:24]) or 1, is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )  # fmt: skip


def task_span(task: "Task", outcome: str, ended: float) -> None:
    """Tell the outermost span of a task that has ended, at this time."""
    if not (processors := _processors()):
        return
    span = ReadableSpan(
        name=TASK, context=_outermost(task.id), resource=Resource.create(),
        attributes={"task_id": task.id, "user_id": task.user_id, "outcome": outcome},
        start_time=_nanoseconds(task.created_at.timestamp()), end_time=_nanoseconds(ended),
        status=Status(StatusCode.ERROR if outcome == "failed" else StatusCode.UNSET),
    )  # fmt: skip
    for processor in processors:
        processor.on_end(span)


def past_span(name: str, context: Context, began: float, ended: float) -> None:
    """Tell of something that was over before anybody here knew of it."""
    _tracer.start_span(name, context, start_time=_nanoseconds(began)).end(_nanoseconds(ended))


def begin_span(name: str, context: Context, **attributes: AttributeValue) -> Span:
    """A span that its caller ends."""
    return _tracer.start_span(name, context, attributes=attributes)


@contextmanager
def span(name: str, **attributes: AttributeValue) -> Iterator[Span]:
    """A span around what is done in it, within the one that is at work in this thread; an error is told of it."""
    with _tracer.start_as_current_span(name, attributes=attributes) as begun:
        yield begun


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
