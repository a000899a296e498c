"""What a task's steps took comes into the ledger, once, however its attempts end."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from typing_extensions import override

from pipelines.context import Engines
from pipelines.models.base import Painted, Scene, Usage, Work
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.painter.painter import ProceduralPainter
from pipelines.runner import run_task
from serve_apps.execution import FencedExecutor, execute
from serve_apps.handles import TextReaderHandle
from serve_apps.text_reader import Timed
from storage.database.base import Database
from storage.database.sqlite import SqliteDatabase
from storage.documents.base import utc_now
from storage.documents.task import CreateTask, TaskError
from storage.documents.usage import UsageReport
from storage.errors import UnavailableError
from storage.objects.folder import FolderStore
from tests.contract.helpers import claim_one
from tests.pipeline.pictures import photo
from tests.pipeline.test_graph import Blind
from tests.pipeline.test_references import Web

BODY = {"prompt": "社区读书会 周六下午三点", "size": {"width": 360, "height": 640}, "seed": 5}
STEPS = {"intent", "background", "elements"}


class OnGpus(ProceduralPainter):
    """Says that half a GPU painted the page for eight seconds."""

    @override
    def background(self, scene: Scene, painter: str | None, work: Work) -> Painted:
        painted = super().background(scene, painter, work)
        return painted.model_copy(update={"usage": Usage(model="sdxl/x", steps=30, seconds=8.0, gpus=0.5)})


@dataclass(frozen=True, slots=True)
class StoppedAt(FencedExecutor):
    """Fails the attempt where a phase begins."""

    phase: str = ""

    @override
    def report(self, phase: str, details: dict[str, Any] | None = None) -> None:
        if phase == self.phase:
            raise UnavailableError("a part is away")
        FencedExecutor.report(self, phase, details)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = SqliteDatabase(tmp_path / "test.db")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def engines(tmp_path: Path) -> Engines:
    return Engines(RuleBasedDesigner(), OnGpus(), Blind(), FolderStore(tmp_path / "objects"), repair_rounds=0)


def ledger(database: Database) -> UsageReport:
    """All of it, by stage."""
    now = utc_now()
    return database.usage(now - timedelta(hours=1), now + timedelta(hours=1), "stage")


def attempt(database: Database, engines: Engines, stopped_at: str = "") -> None:
    """One attempt at the waiting task, from its beginning: its checkpoints are gone."""
    claim = claim_one(database)
    executor = StoppedAt(database, claim.task_id, claim.attempt, phase=stopped_at)
    run_task(database.get_task(claim.task_id), engines, executor, InMemorySaver())


def test_each_stored_step_is_in_the_ledger_once(database: Database, engines: Engines) -> None:
    task = database.create_task("ann", CreateTask.model_validate(BODY).params())
    with pytest.raises(UnavailableError):
        attempt(database, engines, "generating_elements")
    first = ledger(database)
    assert [(item.stage, item.tasks, item.steps) for item in first.items] == [("background", 1, 30), ("intent", 1, 0)]
    assert first.items[0].gpu_seconds == 4
    assert 0 < first.items[1].seconds < 8
    database.release(task.id, 1)
    attempt(database, engines)
    assert database.get_task(task.id).status == "completed"
    second = {item.stage: item for item in ledger(database).items}
    assert set(second) == {"background", "elements", "intent"}
    assert [second[item.stage] for item in first.items] == first.items


def test_a_failed_tasks_steps_stay_in_the_ledger(database: Database, engines: Engines) -> None:
    task = database.create_task("ann", CreateTask.model_validate(BODY).params())
    with pytest.raises(UnavailableError):
        attempt(database, engines, "rendering_text")
    database.fail_attempt(task.id, 1, TaskError(code="X", message="x"), max_attempts=1)
    database.delete_task(task.id)
    assert {item.stage for item in ledger(database).items} == {"background", "elements", "intent"}
    assert ledger(database).total.gpu_seconds == 4


class Answers:
    """In the place of calls to a text reader's replica, each of which works for two seconds."""

    def call(self, ask: Callable[[], Any]) -> Timed[Any]:
        return ask()


def remote_reader(gpus: float) -> TextReaderHandle:
    """The port over a replica that sees nothing."""

    def answering(answer: Callable[[Any], Any]) -> SimpleNamespace:
        return SimpleNamespace(remote=lambda asked: Timed(answer(asked), 2.0))

    replica: Any = SimpleNamespace(read=answering(Blind().read), read_lines=answering(Blind().read_lines))
    calls: Any = Answers()
    return TextReaderHandle(replica, calls, gpus, name="paddleocr/x")


@pytest.mark.parametrize("gpus", [0.0, 0.25])
def test_a_reader_on_a_gpu_is_charged_for_each_call_from_whatever_thread(
    database: Database, engines: Engines, gpus: float
) -> None:
    web = Web({"https://pictures.test/a.jpg": photo(), "https://pictures.test/b.jpg": photo((200, 80, 20))})
    reading = dataclasses.replace(engines, text_reader=remote_reader(gpus), references=web)
    database.create_task("ann", CreateTask.model_validate(BODY | {"reference": list(web.pages)}).params())
    claim = claim_one(database)
    execute(claim.task_id, claim.attempt, database, reading, InMemorySaver(), max_attempts=1)
    assert database.get_task(claim.task_id).status == "completed"
    charged = {item.stage: item.gpu_seconds for item in ledger(database).items if item.stage not in STEPS}
    # Two pictures; the finished page, and its lines once more.
    assert charged == ({"parsing_intent": 1.0, "quality_check": 1.0} if gpus else {})
