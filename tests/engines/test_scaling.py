"""How many replicas the policies ask for."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from ray.serve._private.common import DeploymentID, ReplicaID
from ray.serve.config import AutoscalingContext

from configs.models import ModelSettings, warm_spans
from configs.settings import Settings, get_settings
from serve_apps.scaling import HELD, ByTasks, ByWaitingTasks
from storage.database.base import Database
from storage.documents.task import TaskParams
from storage.factory import open_database

SECONDS = 30
EIGHT_IN_THE_MORNING = 8 * 3600.0


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    for name in [name for name in os.environ if name.startswith("DESIGN_AGENT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DESIGN_AGENT_DATA", str(tmp_path))
    get_settings.cache_clear()
    opened = open_database(Settings(data=tmp_path))
    opened.migrate()
    yield opened
    opened.close()
    get_settings.cache_clear()


def context(requests: float = 0, held: dict[str, float] | None = None, now: float = 0) -> AutoscalingContext:
    name = DeploymentID(name="Any", app_name="any")
    facts: dict[str, Any] = dict.fromkeys(
        ("app_name", "raw_metrics", "last_scale_up_time", "last_scale_down_time", "config")
    )
    return AutoscalingContext(
        deployment_id=name, deployment_name="Any", current_num_replicas=1, target_num_replicas=1, running_replicas=[],
        total_num_requests=requests, total_queued_requests=0, capacity_adjusted_min_replicas=0,
        aggregated_metrics={HELD: {ReplicaID(key, name): value for key, value in (held or {}).items()}},
        capacity_adjusted_max_replicas=9, policy_state={}, current_time=now, **facts,
    )  # fmt: skip


def reached(policy: ByTasks | ByWaitingTasks, given: AutoscalingContext, wanted: float) -> bool:
    """The policy reads the queue in a thread of its own."""
    deadline = time.monotonic() + SECONDS
    while policy(given)[0] != wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    return policy(given)[0] == wanted


def test_tasks_that_wait_ask_for_a_models_replicas_before_they_call_it(database: Database) -> None:
    policy = ByWaitingTasks(at_once=2)
    assert policy(context())[0] == 0
    assert policy(context(requests=3))[0] == 1.5
    tasks = [database.create_task("u", TaskParams(prompt="x")) for _ in range(6)]
    assert reached(policy, context(requests=2), 4)
    for task in tasks:
        database.cancel_task(task.id)
    assert reached(policy, context(requests=2), 1)


def test_the_orchestrator_has_a_replica_for_what_its_replicas_hold_and_what_waits(database: Database) -> None:
    policy = ByTasks(at_once=4)
    database.create_task("u", TaskParams(prompt="x"))
    assert reached(policy, context(requests=100, held={"a": 4, "b": 3}), 2)


def test_the_clock_keeps_replicas_warm(database: Database) -> None:
    policy = ByWaitingTasks(at_once=2, warm="07:30-18:00=2,22:00-06:00=1")
    assert policy(context(now=EIGHT_IN_THE_MORNING))[0] == 2
    assert policy(context(requests=10, now=EIGHT_IN_THE_MORNING))[0] == 5
    assert [policy(context(now=hour * 3600.0))[0] for hour in (7, 18, 22, 23, 5, 6)] == [0, 0, 1, 1, 1, 0]


def test_more_warm_replicas_than_there_may_be_are_refused() -> None:
    with pytest.raises(ValidationError, match="IMAGE_WARM asks for 2 replicas: raise DESIGN_AGENT_IMAGE_MAX_REPLICAS"):
        Settings(image_warm="07:30-18:00=2,20:00-21:00=1")
    assert Settings(image_warm="07:30-18:00=2", image_max_replicas=2).image_warm


@pytest.mark.parametrize("text", ["8-18=2", "08:00-24:00=1", "08:00-18:00=0", "08:00-18:00", "x"])
def test_a_schedule_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be like"):
        warm_spans(text)
    with pytest.raises(ValidationError, match="must be like"):
        ModelSettings(image_warm=text)
