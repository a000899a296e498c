"""What a task that waits for a model hears of its start, and how it is stored."""

from collections.abc import Callable
from typing import Any

import pytest
from ray.serve.exceptions import RayServeException

from serve_apps import cold_starts
from serve_apps.calls import ModelCalls
from serve_apps.cold_starts import CallStart, telling
from serve_apps.execution import FencedExecutor
from storage.database.base import Database
from storage.documents.cold_start import ColdStart, cold_start, cold_start_of
from storage.documents.progress import PHASES, TaskEvent
from storage.errors import ModelUnavailable, StaleAttempt, TaskCancelled, UnavailableError
from tests.cold_starts.seeing import LOADING, MODEL, READY, WARMING, Scene, replica
from tests.contract.helpers import claim_one, new_task
from tests.fake_time import without_waiting

OWN = {"weights_loading": LOADING, "warming_up": WARMING}
STARTING, LOADS = replica(), replica(told={"weights_loading": LOADING})
DONE = replica(told=OWN | {"ready": READY}, ready=True)
ALL = ["replica_starting", "weights_loading", "warming_up", "ready"]


class Heard:
    """A call in whose waiting the scene changes, and the stages it told."""

    def __init__(self, scene: Scene, tell: Callable[[ColdStart], None] | None = None) -> None:
        self.scene, self.told, self.seconds = scene, list[str](), list[int]()
        self.failure: Exception | None = None
        self._starts = scene.starts()
        with telling(tell or self._tell):
            self.call = CallStart(self._starts, MODEL)

    def _tell(self, stage: ColdStart) -> None:
        if self.failure:
            raise self.failure
        self.told.append(stage.stage)
        self.seconds.append(stage.seconds)

    def sees(self, *replicas: Any) -> None:
        self.scene.replicas = list(replicas)
        self._starts.of(MODEL, now=True)
        self.call.waits()


@pytest.fixture
def heard() -> Heard:
    return Heard(Scene())


def test_each_stage_is_told_once_and_those_that_passed_unseen_as_well(heard: Heard) -> None:
    heard.sees()
    assert heard.told == []
    for _ in range(3):
        heard.sees(STARTING)
    heard.sees(LOADS)
    heard.sees(LOADS)
    heard.scene.replicas = [DONE]
    heard.call.answered()
    heard.call.answered()
    assert heard.told == ALL


def test_the_time_of_a_start_does_not_go_back(heard: Heard) -> None:
    """A stage that was entered before the last look, and heard of after it."""
    heard.scene.now = WARMING + 1
    heard.sees(LOADS)
    heard.sees(replica(told=OWN))
    heard.sees(DONE)
    assert heard.told == ["weights_loading", "warming_up", "ready"]
    assert heard.seconds == [35, 35, 46]


def test_nothing_is_told_of_a_model_that_is_ready(heard: Heard) -> None:
    heard.sees(DONE, replica("b"))
    heard.call.answered()
    assert heard.told == []


def test_who_comes_in_the_middle_hears_where_it_is(heard: Heard) -> None:
    heard.sees(replica(told=OWN))
    heard.sees(DONE)
    assert heard.told == ["warming_up", "ready"]


def test_a_start_that_begins_anew_is_told_but_not_each_time(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cold_starts, "BACK_SECONDS", 1e9)
    heard.sees(LOADS)
    heard.sees(replica("b"))
    assert heard.told == ["weights_loading"]
    monkeypatch.setattr(cold_starts, "BACK_SECONDS", 0.0)
    heard.sees(replica("b"))
    heard.sees(replica("b", ready=True))
    assert heard.told == ["weights_loading", "replica_starting", "ready"]
    # Its death within the same call is a start of its own.
    heard.sees(replica("c"))
    assert heard.told[3:] == ["replica_starting"]


def test_a_node_that_was_there_and_is_not_is_told_later(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cold_starts, "BACK_SECONDS", 1e9)
    heard.sees(STARTING)
    heard.sees(replica(placed=False))
    assert heard.told == ["replica_starting"]
    monkeypatch.setattr(cold_starts, "BACK_SECONDS", 0.0)
    heard.sees(replica(placed=False))
    heard.sees(DONE)
    assert heard.told == ["replica_starting", "node_wanted", *ALL]


def test_what_cannot_be_stored_is_told_later_and_an_attempt_that_may_not_go_on_is_stopped(heard: Heard) -> None:
    heard.failure = UnavailableError("the database is locked")
    heard.sees(STARTING)
    heard.sees(LOADS)
    heard.failure = None
    heard.sees(LOADS)
    assert heard.told == ["weights_loading"]
    heard.failure = StaleAttempt("another has it")
    with pytest.raises(StaleAttempt):
        heard.sees(replica(told=OWN))


def test_work_that_is_no_tasks_tells_nobody(heard: Heard) -> None:
    call = CallStart(heard.scene.starts(), MODEL)
    heard.scene.replicas = [STARTING]
    call.waits()
    assert heard.scene.looks == 0


def test_a_call_tells_while_it_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch, "serve_apps.calls", "serve_apps.model_calls")
    told: list[str] = []

    def ask() -> Any:
        raise RayServeException("no replica yet")

    starts = Scene([LOADS]).starts()
    starts.of(MODEL, now=True)
    calls = ModelCalls("image model", 0.6, patient=True, starts=starts)
    with telling(lambda stage: told.append(stage.stage)), pytest.raises(ModelUnavailable):
        calls.call(ask)
    assert told == ["weights_loading"]


def last_event(database: Database, task_id: str) -> TaskEvent:
    return database.events_since(task_id, 0)[-1]


@pytest.mark.parametrize(
    ("phase", "details"),
    [("generating_background", None), ("parsing_intent", {"prompt": "x", "style": ""}),
     ("quality_check", {"repair_round": 1})],
)  # fmt: skip
def test_a_stage_is_an_event_of_the_phase_with_one_detail_more(
    database: Database, phase: str, details: dict[str, Any] | None
) -> None:
    task = new_task(database)
    executor = FencedExecutor(database, task.id, claim_one(database).attempt)
    executor.report(phase, details)
    before = last_event(database, task.id)
    stage = cold_start(MODEL, "weights_loading", 12.3, 41)
    executor.tell_cold_start(stage)
    event = last_event(database, task.id)
    assert event.seq == before.seq + 1
    assert (event.type, event.status, event.phase, event.percentage, event.message, event.attempt) == (
        "progress", "processing", phase, *PHASES[phase], before.attempt,
    )  # fmt: skip
    assert event.details == (details or {}) | {
        "cold_start": {
            "code": "COLD_START", "model": "image_model", "stage": "weights_loading", "seconds": 12,
            "expected_seconds": 41, "message": "The image model starts: weights loading (12 s of about 41 s).",
        }
    }  # fmt: skip
    assert event.cold_start == stage
    assert before.cold_start is None
    executor.report("saving_result")
    assert last_event(database, task.id).cold_start is None


@pytest.mark.parametrize(
    ("stop", "error"),
    [(lambda database, executor: database.cancel_task(executor.task_id), TaskCancelled),
     (lambda database, executor: database.release(executor.task_id, executor.attempt), StaleAttempt)],
)  # fmt: skip
def test_no_stage_is_stored_for_a_task_that_this_attempt_has_no_more(
    database: Database, stop: Callable[[Database, FencedExecutor], None], error: type[Exception]
) -> None:
    task = new_task(database)
    executor = FencedExecutor(database, task.id, claim_one(database).attempt)
    executor.report("generating_background")
    stop(database, executor)
    before = last_event(database, task.id)
    heard = Heard(Scene(), executor.tell_cold_start)
    with pytest.raises(error):
        heard.sees(STARTING)
    assert last_event(database, task.id) == before


def test_what_a_newer_service_tells_is_no_error() -> None:
    told = cold_start(MODEL, "warming_up", 1).model_dump()
    assert cold_start_of({"cold_start": told | {"gpu": "H100"}}) == cold_start(MODEL, "warming_up", 1)
    for details in (None, {}, {"cold_start": None}, {"cold_start": "x"}, {"cold_start": told | {"stage": "resting"}}):
        assert cold_start_of(details) is None
