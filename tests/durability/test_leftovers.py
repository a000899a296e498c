"""What a dead executor left of a task that ended without it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from pipelines.context import Engines
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.painter.painter import ProceduralPainter
from pipelines.runner import run_task
from serve_apps.leftovers import sweep
from storage.database.base import Database
from storage.documents.ids import poster_id_of
from storage.documents.task import Task
from storage.errors import UnavailableError
from storage.objects.base import ObjectStore
from storage.objects.folder import FolderStore
from tests.contract.adapters import CHECKPOINTERS
from tests.contract.checkpoint_steps import newest_step, put_step
from tests.contract.helpers import complete, new_task, running_task
from tests.pipeline.test_graph import Blind, Recorder


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return FolderStore(tmp_path / "objects")


@pytest.fixture
def checkpointer(database: Database, tmp_path: Path) -> Iterator[Any]:
    checkpointer = CHECKPOINTERS["sqlite"](tmp_path)
    yield checkpointer
    checkpointer.close()


def work_on(task: Task, objects: ObjectStore, checkpointer: Any) -> tuple[str, str]:
    """Some steps, and files of a poster that is not stored yet; the objects' keys."""
    put_step(checkpointer, task.id, 1)
    keys = (f"tasks/{task.id}/layout/1", f"posters/{poster_id_of(task.id)}/1/poster.png")
    for key in keys:
        objects.put(key, b"work", "application/octet-stream")
    return keys


def delete(database: Database, objects: ObjectStore, task: Task) -> None:
    """As the API does."""
    for folder in database.belongings_of_task(task.id).folders:
        objects.delete_under(folder)
    database.delete_task(task.id)


def test_task_that_was_cancelled_and_deleted_leaves_nothing(
    database: Database, objects: ObjectStore, checkpointer: Any
) -> None:
    task, _ = running_task(database)
    work_on(task, objects, checkpointer)
    database.cancel_task(task.id)
    delete(database, objects, task)
    # Its executor was frozen, not dead: it goes on for a moment, and dies then.
    step, files = work_on(task, objects, checkpointer)
    assert sweep(database, objects, checkpointer) == [task.id]
    assert not objects.exists(step) and not objects.exists(files)
    assert newest_step(checkpointer, task.id) is None
    assert sweep(database, objects, checkpointer) == []


def test_completed_task_keeps_its_files_only(database: Database, objects: ObjectStore, checkpointer: Any) -> None:
    task, attempt = running_task(database)
    step, files = work_on(task, objects, checkpointer)
    complete(database, task, attempt)
    assert sweep(database, objects, checkpointer) == [task.id]
    assert not objects.exists(step) and objects.exists(files)


def test_task_that_waits_or_runs_keeps_all(database: Database, objects: ObjectStore, checkpointer: Any) -> None:
    running, _ = running_task(database)
    for task in (running, new_task(database)):
        step, _ = work_on(task, objects, checkpointer)
        assert sweep(database, objects, checkpointer) == []
        assert objects.exists(step) and newest_step(checkpointer, task.id) == 1


def test_sweep_that_was_cut_is_done_again(
    database: Database, objects: ObjectStore, checkpointer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, attempt = running_task(database)
    step, _ = work_on(task, objects, checkpointer)
    complete(database, task, attempt)
    with monkeypatch.context() as away:
        away.setattr(objects, "delete_under", _away)
        with pytest.raises(UnavailableError):
            sweep(database, objects, checkpointer)
    assert sweep(database, objects, checkpointer) == [task.id]
    assert not objects.exists(step)


def _away(prefix: str) -> None:
    raise UnavailableError("The object store is away.", part="objects")


def test_workflow_stores_a_checkpoint_before_its_first_step(database: Database, objects: ObjectStore) -> None:
    """What the sweep goes by."""
    task = new_task(database)
    saver = InMemorySaver()
    seen: list[int] = []

    class Designer(RuleBasedDesigner):
        def understand(self, params: Any, *rest: Any) -> Any:
            seen.append(len(list(saver.list({"configurable": {"thread_id": task.id}}))))
            return super().understand(params, *rest)

    run_task(task, Engines(Designer(), ProceduralPainter(), Blind(), objects), Recorder(), saver)
    assert seen and seen[0] > 0
