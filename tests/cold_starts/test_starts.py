"""Where a model's start is, of what Serve, Ray and its replicas say."""

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from serve_apps import model_starts
from serve_apps.model_replicas import Replica
from serve_apps.model_starts import ModelStarts, Start
from storage.documents.cold_start import ColdStart
from tests.cold_starts.seeing import BEGAN, LOADING, MODEL, READY, TOOK, WARMING, Scene, replica
from tests.contract.lanes import until

OWN = {"weights_loading": LOADING, "warming_up": WARMING}


def seen(starts: ModelStarts) -> Start:
    start = starts.of(MODEL, now=True)
    assert start is not None
    return start


def stages(start: Start) -> list[tuple[str, int]]:
    return [(told.stage, told.seconds) for told in start.told(MODEL)]


def test_a_model_without_replicas_or_without_a_deployment_has_no_start() -> None:
    starts = Scene().starts()
    assert starts.of(MODEL) is None
    assert starts.of("language_model") is None


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (replica(placed=False), [("node_wanted", 0)]),
        (replica(), [("replica_starting", 0)]),
        (replica(told={"weights_loading": LOADING}), [("replica_starting", 0), ("weights_loading", 4)]),
        (replica(told=OWN), [("replica_starting", 0), ("weights_loading", 4), ("warming_up", 34)]),
        # Serve's word counts: before it, no call is sent there.
        (replica(told=OWN | {"ready": READY}), [("replica_starting", 0), ("weights_loading", 4), ("warming_up", 34)]),
        (replica(told=OWN | {"ready": READY}, ready=True),
         [("replica_starting", 0), ("weights_loading", 4), ("warming_up", 34), ("ready", 46)]),
        # Its clock is behind.
        (replica(told={"weights_loading": BEGAN - 3}), [("replica_starting", 0), ("weights_loading", 0)]),
        # It speaks before Serve knows where it is.
        (replica(placed=False, told={"weights_loading": LOADING}), [("replica_starting", 0), ("weights_loading", 4)]),
    ],
)  # fmt: skip
def test_stages_of_a_replica(one: Replica, expected: list[tuple[str, int]]) -> None:
    assert stages(seen(Scene([one]).starts())) == expected


def test_a_replica_that_waited_for_a_node_tells_when_it_came() -> None:
    scene = Scene([replica(placed=False)])
    starts = scene.starts()
    seen(starts)
    scene.replicas, scene.now = [replica()], BEGAN + 60
    assert stages(seen(starts)) == [("node_wanted", 0), ("replica_starting", 60)]
    scene.replicas, scene.now = [replica(told={"weights_loading": BEGAN + 65})], BEGAN + 70
    assert stages(seen(starts)) == [("node_wanted", 0), ("replica_starting", 60), ("weights_loading", 70)]


def test_of_several_replicas_the_most_advanced_counts_and_the_death_of_one_takes_its_stages_away() -> None:
    first, second = replica("a", told=OWN), replica("b", told={"weights_loading": LOADING})
    scene = Scene([second, replica("c", placed=False), first])
    starts = scene.starts()
    assert seen(starts).replica_id == "a"
    scene.replicas = [second]
    assert stages(seen(starts))[-1] == ("weights_loading", 4)
    scene.replicas = [second, replica("d", ready=True)]
    assert seen(starts).ready


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (replica(placed=False), [105]),
        (replica(told=OWN), [45, 44, 44]),
        (replica(told=OWN | {"ready": READY}, ready=True), [None] * 4),
    ],
)  # fmt: skip
def test_the_whole_start_takes_what_it_took_and_what_earlier_starts_say_of_the_rest(
    one: Replica, expected: list[int | None]
) -> None:
    assert [told.expected_seconds for told in seen(Scene([one], TOOK).starts()).told(MODEL)] == expected


def test_a_start_that_was_seen_to_its_end_is_noted_once() -> None:
    scene = Scene([replica(told=OWN)])
    starts = scene.starts()
    seen(starts)
    ready = replica(told=OWN | {"ready": READY}, ready=True)
    scene.replicas = [ready, replica("b")]
    seen(starts)
    seen(starts)
    took = {"replica_starting": 4.0, "weights_loading": 30.0, "warming_up": 12.0}
    assert scene.noted == [(MODEL, took, ["a", "b"])]
    # Nobody saw this one begin, or it told nothing: no measure of a start.
    warm = Scene([ready])
    seen(warm.starts())
    silent = Scene([replica("c")])
    starts = silent.starts()
    seen(starts)
    silent.replicas = [replica("c", ready=True)]
    seen(starts)
    assert warm.noted == silent.noted == []


def test_many_calls_ask_once_and_wait_for_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_starts, "STARTING_SECONDS", 60.0)
    scene = Scene([replica()], held=threading.Event())
    starts = scene.starts()
    assert [starts.of(MODEL) for _ in range(9)] == [None] * 9
    assert scene.held is not None
    scene.held.set()
    until(lambda: starts.of(MODEL) is not None)
    assert scene.looks == 1


def test_a_model_without_a_replica_is_looked_at_as_often_as_one_that_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_starts, "READY_SECONDS", 1e9)
    scene = Scene()
    starts = scene.starts()
    assert starts.of(MODEL, now=True) is None
    scene.replicas = [replica()]
    until(lambda: starts.of(MODEL) is not None)


def test_nothing_is_known_while_the_controller_is_away() -> None:
    scene = Scene([replica()])
    starts = scene.starts()
    seen(starts)
    scene.failure = TimeoutError("no controller")
    assert starts.of(MODEL, now=True) is None
    scene.failure = None
    assert stages(seen(starts)) == [("replica_starting", 0)]


def test_an_old_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene([replica()])
    starts = scene.starts()
    assert seen(starts) == starts.of(MODEL)
    scene.replicas = [replica(ready=True)]
    later = time.monotonic() + 60
    monkeypatch.setattr(model_starts, "time", SimpleNamespace(monotonic=lambda: later))
    assert starts.of(MODEL) is None
    until(lambda: (start := starts.of(MODEL)) is not None and start.ready)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (lambda start: start[0], "The image model starts: waiting for a node (0 s of about 105 s)."),
        (lambda start: start[1], "The image model starts: replica starting (60 s of about 105 s)."),
    ],
)
def test_a_sentence_for_people(told: Callable[[list[ColdStart]], ColdStart], sentence: str) -> None:
    scene = Scene([replica(placed=False)], TOOK)
    starts = scene.starts()
    seen(starts)
    scene.replicas, scene.now = [replica()], BEGAN + 60
    assert told(seen(starts).told(MODEL)).message == sentence
