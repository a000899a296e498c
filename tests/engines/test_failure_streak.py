"""When a model's replica is set aside."""

import asyncio

import pytest

from pipelines.models.sdxl.errors import QueueFull
from serve_apps.failure_streak import FailureStreak
from storage.errors import ModelUnavailable, PromptTooLong


def fail(streak: FailureStreak, error: BaseException) -> None:
    with pytest.raises(type(error)), streak.counted():
        raise error


def test_failures_in_a_row_make_a_replica_unhealthy() -> None:
    streak = FailureStreak(3)
    for error in (ModelUnavailable("no memory"), RuntimeError("cudaErrorIllegalAddress")):
        fail(streak, error)
        streak.check()
    fail(streak, OSError())
    with pytest.raises(RuntimeError, match="3 calls in a row failed"):
        streak.check()


def test_a_success_between_starts_the_count_again() -> None:
    streak = FailureStreak(2)
    fail(streak, RuntimeError())
    with streak.counted():
        pass
    fail(streak, RuntimeError())
    streak.check()


@pytest.mark.parametrize(
    "error",
    [
        PromptTooLong("too long"),
        QueueFull("12 requests already wait"),
        asyncio.CancelledError(),
    ],
    ids=["the prompt", "a full queue", "cancelled"],
)
def test_what_is_not_the_replicas_fault_neither_counts_nor_clears(error: BaseException) -> None:
    streak = FailureStreak(2, QueueFull)
    fail(streak, RuntimeError())
    for _ in range(5):
        fail(streak, error)
    streak.check()
    fail(streak, RuntimeError())
    with pytest.raises(RuntimeError):
        streak.check()
