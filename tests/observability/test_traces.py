"""The spans of one task are one trace, however many processes and attempts it took; nothing else is told."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from ray.serve.exceptions import RayServeException

from configs.settings import Settings, get_settings
from serve_apps import tracing
from serve_apps.calls import ModelCalls
from serve_apps.tracing import JsonLines, task_context, tracing_config
from serve_apps.watching import AttemptWatch, ended
from storage.documents.progress import TaskProgress
from storage.documents.task import Task, TaskParams
from storage.errors import ModelUnavailable
from tests.contract.helpers import together
from tests.fake_time import without_waiting
from tests.observability.test_calls_counted import full, raising


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where spans go, as in a process of Serve that was started with ``tracing_config``."""
    path = tmp_path_factory.mktemp("traces") / "spans with space.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESIGN_AGENT_TRACES", path.as_uri())
        get_settings.cache_clear()
        tracing._processors.cache_clear()
        config = tracing_config(get_settings())
        assert config is not None
        provider = TracerProvider(sampler=ParentBasedTraceIdRatio(config.sampling_ratio))
        for processor in tracing.span_processors():
            provider.add_span_processor(processor)
        trace.set_tracer_provider(provider)
        yield path
    get_settings.cache_clear()
    tracing._processors.cache_clear()


def spans_of(file: Path, task_id: str) -> list[dict[str, Any]]:
    trace_id = f"0x{trace.get_current_span(task_context(task_id)).get_span_context().trace_id:032x}"
    told = [json.loads(line) for line in file.read_text().splitlines()]
    return [span for span in told if span["context"]["trace_id"] == trace_id]


def task_of(task_id: str) -> Task:
    return Task(
        id=task_id, user_id="anna", status="completed", input_params=TaskParams(prompt="x"),
        progress=TaskProgress(phase="completed", percentage=100), created_at="2026-01-01T00:00:00Z",
    )  # fmt: skip


def test_two_attempts_make_one_trace(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch, "serve_apps.calls", "serve_apps.model_calls")
    task = task_of("task_aaaaaaaaaaaa")
    with AttemptWatch(task.id, 1) as watch:
        watch.phase("fetching_task")
        watch.claimed(task)
        watch.left("given_back")
    with AttemptWatch(task.id, 2) as watch:
        watch.claimed(task)
        watch.phase("quality_check")
        calls = ModelCalls("text reader", 0.4, patient=False)
        with pytest.raises(ModelUnavailable):
            calls.call(raising(full(), RayServeException("gone")))
        ended("failed", task)
        watch.left("failed")

    spans = spans_of(file, task.id)
    parents = {span["context"]["span_id"]: span["parent_id"] for span in spans}
    names = {span["context"]["span_id"]: span["name"] for span in spans}
    assert [name for span, name in names.items() if parents[span] is None] == ["task"]
    ways = {(span["name"], names.get(span["parent_id"], "")) for span in spans}
    assert ways == {
        ("task", ""), ("attempt", "task"), ("queued", "task"), ("fetching_task", "attempt"),
        ("quality_check", "attempt"), ("call text_reader", "quality_check"),
    }  # fmt: skip
    asked = [span for span in spans if span["name"] == "call text_reader"]
    assert [span["attributes"]["attempt"] for span in asked] == [1, 2]
    assert [span["status"]["status_code"] for span in asked] == ["ERROR", "ERROR"]
    outermost = next(span for span in spans if span["name"] == "task")
    assert (outermost["status"]["status_code"], outermost["attributes"]["outcome"]) == ("ERROR", "failed")
    assert outermost["start_time"].startswith("2026-01-01T00:00:00")


def test_what_is_no_task_s_is_not_told(file: Path) -> None:
    before = file.read_text() if file.exists() else ""
    with tracing.span("alone"):
        pass
    with AttemptWatch("task_bbbbbbbbbbbb", 1):
        pass
    with tracing.span("after"):
        pass
    more = [json.loads(line)["name"] for line in file.read_text().removeprefix(before).splitlines()]
    assert more == ["attempt"]


def test_lines_of_several_writers_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"

    def write(writer: int) -> None:
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(JsonLines(path)))
        for number in range(100):
            with provider.get_tracer("test").start_as_current_span(f"{writer} {number}") as span:
                span.set_attribute("much", "x" * 20_000)

    together([lambda: write(1), lambda: write(2), lambda: write(3)])
    names = [json.loads(line)["name"] for line in path.read_text().splitlines()]
    assert len(set(names)) == len(names) == 300
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("http://collector:4318", "http://collector:4318/v1/traces"),
        ("https://collector/otlp/v1/traces", "https://collector/otlp/v1/traces"),
        ("file:///tmp/traces.jsonl", "file:///tmp/traces.jsonl"),
    ],
)
def test_where_traces_may_go(given: str, used: str) -> None:
    assert Settings(traces=given).traces == used


@pytest.mark.parametrize("given", ["collector:4318", "file://host/traces", "file:traces", "ftp://collector/"])
def test_where_traces_may_not_go(given: str) -> None:
    with pytest.raises(ValueError, match="must be a URL"):
        Settings(traces=given)


def test_no_traces_unless_they_are_asked_for() -> None:
    assert tracing_config(Settings(traces="")) is None


def test_exporters_need_nothing_that_vllm_s_environment_lacks() -> None:
    lacking = "import sys; sys.modules.update(dict.fromkeys(['coloraide', 'sqlalchemy', 'sqlmodel', 'skia']))"
    done = subprocess.run(
        [sys.executable, "-c", f"{lacking}; import serve_apps.tracing; serve_apps.tracing.span_processors()"],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
