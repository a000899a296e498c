"""Each end of an attempt is counted once, and each stage is timed and held to its goal."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from configs.observing import Stage
from configs.settings import get_settings
from pipelines import runner
from serve_apps.execution import FencedExecutor, execute
from serve_apps.leases import LeaseKeeper
from storage.checkpoints.sqlite import SqliteCheckpointer
from storage.database.backoff import Backoff
from storage.database.base import Database
from storage.documents.progress import PHASES
from storage.errors import DesignError, UnavailableError
from storage.objects.folder import FolderStore
from tests.contract.adapters import open_database
from tests.contract.helpers import claim_one, document_of, files_of, new_task
from tests.observability.conftest import Told

AT_ONCE = Backoff(0, 0)
Work = Callable[[FencedExecutor], None]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database("sqlite", tmp_path)
    yield database
    database.close()


@pytest.fixture
def attempt(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make an attempt at the waiting task, whose workflow is the function given."""
    engines: Any = SimpleNamespace(objects=FolderStore(tmp_path / "objects"))

    def make(work: Work, *, draining: bool = False) -> None:
        monkeypatch.setattr(runner, "run_task", lambda _task, _engines, executor, _checkpointer: work(executor))
        claim = claim_one(database)
        checkpointer = SqliteCheckpointer(tmp_path / "test.db")
        execute(claim.task_id, claim.attempt, database, engines, checkpointer, 2, AT_ONCE, lambda: draining)
        checkpointer.close()

    return make


def raises(error: Exception) -> Work:
    def work(_executor: FencedExecutor) -> None:
        raise error

    return work


def outcomes(told: Told) -> dict[str, float]:
    return {outcome: count for (name, outcome), count in told.sums.items() if name == "tasks"}


def test_a_completed_task_and_its_stages(
    database: Database, attempt: Callable[..., None], told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESIGN_AGENT_GOAL_SECONDS", json.dumps({"task": 100, "parsing_intent": 0.000001}))
    get_settings.cache_clear()
    task = new_task(database)

    def work(executor: FencedExecutor) -> None:
        executor.report("parsing_intent")
        executor.report("saving_result")
        executor.complete(document_of(task), files_of(task), {})

    attempt(work)
    get_settings.cache_clear()
    assert database.get_task(task.id).status == "completed"
    assert outcomes(told) == {"completed": 1}
    stages = {stage: times for (name, stage), times in told.times.items() if name == "stage_seconds"}
    assert stages == dict.fromkeys(["queued", "fetching_task", "parsing_intent", "saving_result", "task"], 1)
    goals = {tags for name, tags in told.sums if name == "stage_goals"}
    assert goals == {"task,yes", "parsing_intent,no"}


def test_errors(database: Database, attempt: Callable[..., None], told: Told) -> None:
    new_task(database)
    attempt(raises(UnavailableError("the disk is full", part="objects")))
    attempt(raises(UnavailableError("the reader is away")))
    attempt(raises(UnavailableError("the reader is away")), draining=True)
    attempt(raises(UnavailableError("the reader is away")))
    assert outcomes(told) == {"postponed": 1, "retried": 1, "given_back": 1, "failed": 1}
    assert told.times["stage_seconds", "queued"] == 1
    new_task(database)
    attempt(raises(DesignError("nothing to print")))
    assert outcomes(told)["failed"] == 2


def test_a_cancelled_task_and_a_lost_one(database: Database, attempt: Callable[..., None], told: Told) -> None:
    task = new_task(database)

    def work(executor: FencedExecutor) -> None:
        database.cancel_task(task.id)
        executor.check()

    attempt(work)
    assert outcomes(told) == {"cancelled": 1}
    other = new_task(database)

    def lost(executor: FencedExecutor) -> None:
        database.release(other.id, executor.attempt)
        claim_one(database)
        executor.check()

    attempt(lost)
    assert outcomes(told) == {"cancelled": 1, "lost": 1}


def test_a_phase_that_takes_too_long(database: Database, told: Told) -> None:
    new_task(database)
    claim = claim_one(database)
    keeper = LeaseKeeper(database, lease_seconds=60, phase_seconds=-1, max_attempts=2, backoff=AT_ONCE)
    keeper.add(claim.task_id, claim.attempt)
    keeper.fail_overdue()
    assert outcomes(told) == {"retried": 1}


def test_a_goal_can_be_set_for_each_stage() -> None:
    assert set(get_args(Stage)) == {"task", "queued", *PHASES} - {"init", "completed"}
