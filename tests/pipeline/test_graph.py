"""The workflow: order of phases, repairs, and what a resumed task repeats."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langgraph.checkpoint.memory import InMemorySaver
from numpy.typing import NDArray

from pipelines.context import Engines
from pipelines.models.base import TextLine, Understanding, Work
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.painter.painter import ProceduralPainter
from pipelines.runner import run_task
from pipelines.steps import forget_task
from storage.documents.poster import PosterDocument, PosterFiles
from storage.documents.progress import TaskProgress
from storage.documents.task import CreateTask, Task, TaskParams
from storage.errors import TaskCancelled
from storage.objects.folder import FolderStore

PHASES = ["parsing_intent", "generating_layout", "generating_background", "generating_elements", "rendering_text",
          "quality_check", "saving_result"]  # fmt: skip


class Blind:
    """A reader that never reads anything, so that every text asks for a repair."""

    name = "blind"

    def read(self, image: NDArray[np.uint8]) -> list[TextLine]:
        return []

    def read_lines(self, crops: list[NDArray[np.uint8]]) -> list[str]:
        return ["" for _ in crops]


@dataclass
class CountingDesigner:
    """The real designer, counted."""

    calls: int = 0
    name: str = "counting"

    def understand(self, params: TaskParams, work: Work, seen: Sequence[str] = ()) -> Understanding:
        self.calls += 1
        return RuleBasedDesigner().understand(params, work, seen)


@dataclass
class Recorder:
    """An executor that keeps what it is told, and stops the work at one phase."""

    stop_at: str | None = None
    phases: list[tuple[str, dict[str, Any] | None]] = field(default_factory=list)
    document: PosterDocument | None = None
    files: PosterFiles | None = None
    quality: dict[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """Always may go on."""

    def report(self, phase: str, details: dict[str, Any] | None = None) -> None:
        if phase == self.stop_at:
            raise TaskCancelled("stopped by the test")
        self.phases.append((phase, details))

    def complete(self, document: PosterDocument, files: PosterFiles, quality: dict[str, Any]) -> None:
        self.document, self.files, self.quality = document, files, quality


@pytest.fixture
def designer() -> CountingDesigner:
    return CountingDesigner()


@pytest.fixture
def engines(tmp_path: Path, designer: CountingDesigner) -> Engines:
    return Engines(designer, ProceduralPainter(), Blind(), FolderStore(tmp_path / "objects"))


@pytest.fixture
def task() -> Task:
    params = CreateTask.model_validate(
        {"prompt": "社区读书会 周六下午三点", "size": {"width": 360, "height": 640}, "seed": 5}
    )
    return Task(id="task_graph", user_id="local", status="processing", input_params=params.params(),
                progress=TaskProgress(phase="init", percentage=0), created_at="2026-01-01T00:00:00Z")  # fmt: skip


def test_an_unreadable_poster_is_repaired_twice_and_then_delivered_with_a_warning(engines: Engines, task: Task) -> None:
    recorder = Recorder()
    run_task(task, engines, recorder, InMemorySaver())
    assert [phase for phase, _ in recorder.phases] == [*PHASES[:6], "quality_check", "quality_check", "saving_result"]
    rounds = [details for phase, details in recorder.phases if phase == "quality_check"]
    assert rounds == [None, {"repair_round": 1}, {"repair_round": 2}]
    assert recorder.quality["verdict"] == "warn"
    assert recorder.quality["repair_rounds"] == 2
    assert recorder.document is not None
    assert recorder.files is not None
    assert engines.objects.get(recorder.files.psd).data.startswith(b"8BPS")


def test_a_resumed_task_goes_on_where_it_stopped(engines: Engines, task: Task, designer: CountingDesigner) -> None:
    saver = InMemorySaver()
    with pytest.raises(TaskCancelled):
        run_task(task, engines, Recorder(stop_at="rendering_text"), saver)
    resumed = Recorder()
    run_task(task, engines, resumed, saver)
    assert resumed.phases[0][0] == "rendering_text"
    assert designer.calls == 1


def test_a_task_started_over_computes_no_stored_step_again(
    engines: Engines, task: Task, designer: CountingDesigner
) -> None:
    with pytest.raises(TaskCancelled):
        run_task(task, engines, Recorder(stop_at="saving_result"), InMemorySaver())
    run_task(task, engines, Recorder(), InMemorySaver())
    assert designer.calls == 1


def test_a_finished_task_leaves_its_files_and_no_steps(engines: Engines, task: Task, tmp_path: Path) -> None:
    saver = InMemorySaver()
    recorder = Recorder()
    run_task(task, engines, recorder, saver)
    forget_task(task.id, engines.objects, saver)
    assert recorder.files is not None
    assert engines.objects.exists(recorder.files.jpg)
    assert not list((tmp_path / "objects").rglob("*task_graph*"))
    assert not list(saver.list({"configurable": {"thread_id": task.id}}))
