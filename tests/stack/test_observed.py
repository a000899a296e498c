"""What a running service tells of its tasks: metrics and traces."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from typing_extensions import override

from cluster.jobs.faults import LATE, until
from cluster.jobs.own_service import OwnService
from serve_apps.metrics import METRICS
from serve_apps.metrics_page import exported_name
from serve_apps.tracing import task_context
from storage.documents.progress import PHASES
from tests.serving import free_port

pytestmark = pytest.mark.stack
BODY = {"prompt": "社区读书会 11月28日 14:00 城市书房", "size": {"width": 540, "height": 960}, "seed": 7}
SAMPLE = re.compile(r"^(ray_design_agent_\w+?)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')
OURS = {label for metric in METRICS for label in metric.info["tag_keys"]}
# What no language or image model of its own deployment did stays untold.
TOLD = {
    "tasks", "stage_seconds", "stage_goals", "tasks_waiting", "model_calls", "model_call_seconds",
    "model_breaker_open", "engine_seconds",
}  # fmt: skip
READ = "replica_handle_request TextReader read"


@dataclass(frozen=True)
class TracedService(OwnService):
    """It appends its traces to a file."""

    @property
    def traces(self) -> Path:
        return self.data / "traces.jsonl"

    @override
    def environment(self) -> dict[str, str]:
        goals = json.dumps({"task": 600, "rendering_text": 0.000001})
        return super().environment() | {
            "DESIGN_AGENT_TRACES": self.traces.as_uri(), "DESIGN_AGENT_GOAL_SECONDS": goals,
        }  # fmt: skip

    def makes_a_poster(self) -> str:
        """The task that made it."""
        answer = httpx.post(f"{self.url}/api/v1/tasks", json=BODY, timeout=60)
        task_id = str(answer.json()["data"]["id"])
        until(lambda: self.get(f"/api/v1/tasks/{task_id}")["status"] == "completed", "a poster")
        return task_id

    def status(self) -> dict[str, Any]:
        done = self.agent("status", "--json")
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def counted(self, pages: list[str]) -> Counter[str]:
        """Sums over all processes by ``name value,value``, of our own labels in the order of their names."""
        sums: Counter[str] = Counter()
        for page in pages:
            for name, labels, value in SAMPLE.findall(httpx.get(page, timeout=60).text):
                own = ",".join(value for label, value in sorted(LABEL.findall(labels)) if label in OURS)
                sums[f"{name.removeprefix('ray_design_agent_')} {own}".strip()] += float(value)
        return sums

    def spans(self, task_id: str) -> list[dict[str, Any]]:
        """Those of a task's trace, which is told from the task alone."""
        trace_id = f"0x{next(iter(task_context(task_id).values())).get_span_context().trace_id:032x}"
        told = [json.loads(line) for line in self.traces.read_text().split("\n")[:-1]]
        return [span for span in told if span["context"]["trace_id"] == trace_id]

    def orphans(self, task_id: str) -> set[str]:
        """Spans that others name as theirs and nobody has sent."""
        spans = self.spans(task_id)
        return {span["parent_id"] for span in spans} - {None} - {span["context"]["span_id"] for span in spans}


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TracedService]:
    service = TracedService(tmp_path_factory.mktemp("observed"), free_port())
    service.up()
    yield service
    service.down()


def test_metrics_page_counts_what_was_made(observed: TracedService) -> None:
    observed.makes_a_poster()
    pages = until(lambda: observed.status()["metrics"], "the addresses of the pages")
    until(lambda: observed.counted(pages)["tasks_total completed"] == 1, "the first poster on the page")
    before = observed.counted(pages)
    observed.makes_a_poster()
    until(lambda: observed.counted(pages)["tasks_total completed"] == 2, "the second poster on the page")
    until(lambda: observed.counted(pages)["stage_goals_total yes,task"] == 2, "what is counted after it")
    after = observed.counted(pages)
    assert after["stage_goals_total yes,task"] == after["stage_goals_total no,rendering_text"] == 2
    assert after["stage_seconds_count rendering_text"] == 2
    assert after["stage_seconds_sum rendering_text"] > before["stage_seconds_sum rendering_text"] > 0
    assert after["model_calls_total text_reader,answered"] > before["model_calls_total text_reader,answered"] > 0
    assert after["model_call_seconds_count text_reader"] == after["model_calls_total text_reader,answered"]
    assert after["model_breaker_open text_reader"] == 0
    names = {exported_name(metric) for metric in METRICS if metric.info["name"].removeprefix("design_agent_") in TOLD}
    assert len(names) == len(TOLD)

    def told() -> bool:
        text = "".join(httpx.get(page, timeout=60).text for page in pages)
        names.difference_update([name for name in names if f"\n# TYPE {name} " in text])
        if names:  # Ray forgets a gauge after two reports; a poster sets each of them again
            observed.makes_a_poster()
        return not names

    until(told, "every metric on the pages", LATE)


def test_a_task_is_one_connected_trace_over_the_deployments(observed: TracedService) -> None:
    task_id = observed.makes_a_poster()
    # each process sends its own
    until(lambda: {"task", READ} <= {span["name"] for span in observed.spans(task_id)}, "both ends of the trace")
    until(lambda: not observed.orphans(task_id), "what lies between them")
    spans = observed.spans(task_id)
    (outermost,) = (span for span in spans if span["parent_id"] is None)
    assert outermost["name"] == "task"
    assert outermost["attributes"] == {"task_id": task_id, "user_id": "local", "outcome": "completed"}
    names = Counter(span["name"] for span in spans)
    phases = PHASES.keys() - {"init", "completed"}
    assert {"attempt", "queued", "understand", "background", "call text_reader"} | phases <= names.keys()

    by_id = {span["context"]["span_id"]: span for span in spans}
    reading = next(span for span in spans if span["name"] == READ)
    way = [reading["name"]]
    while reading["parent_id"]:
        reading = by_id[reading["parent_id"]]
        way.append(reading["name"])
    assert way[-5:] == ["route_to_replica TextReader read", "call text_reader", "quality_check", "attempt", "task"]
