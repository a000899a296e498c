"""How calls to a model that gives no answer end for their caller, and what of it is counted."""

from collections.abc import Callable
from typing import Any

import pytest
from ray.serve.exceptions import BackPressureError, RayServeException

from serve_apps.calls import ModelCalls
from storage.errors import ModelUnavailable, TaskCancelled
from tests.fake_time import without_waiting
from tests.observability.conftest import Told


def raising(*errors: Exception) -> Callable[[], Any]:
    """Asks that fail with each of the errors, one after another."""
    left = list(errors)

    def ask() -> Any:
        raise left.pop(0)

    return ask


def full() -> BackPressureError:
    return BackPressureError(num_queued_requests=1, max_queued_requests=1)


def calls_of(told: Told) -> dict[str, float]:
    return {tags: count for (name, tags), count in told.sums.items() if name == "model_calls"}


def test_no_answer_in_time_opens_the_breaker(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch, "serve_apps.calls", "serve_apps.model_calls")
    calls = ModelCalls("image model", 0.6, patient=False)
    with pytest.raises(ModelUnavailable):
        calls.call(raising(full(), RayServeException("gone"), full()))
    assert calls_of(told) == {"image_model,unavailable": 1}
    assert told.sums["model_retries", "image_model,queue_full"] == 1
    assert told.last["model_breaker_open", "image_model"] == 1
    assert 0.2 < told.sums["model_call_seconds", "image_model"] <= 0.6

    with pytest.raises(ModelUnavailable):
        calls.call(raising())
    assert calls_of(told) == {"image_model,unavailable": 1, "image_model,not_asked": 1}


def test_a_lost_replica_is_asked_again_and_the_task_may_stop_it(told: Told) -> None:
    calls = ModelCalls("text reader", 30, patient=True)
    checks: list[None] = []

    def check() -> None:
        checks.append(None)
        if len(checks) == 2:
            raise TaskCancelled("The task was cancelled.")

    with pytest.raises(TaskCancelled):
        calls.call(raising(RayServeException("gone"), RayServeException("gone")), check)
    assert calls_of(told) == {"text_reader,stopped": 1}
    assert told.sums["model_retries", "text_reader,replica_lost"] == 1
    assert ("model_breaker_open", "text_reader") not in told.last
