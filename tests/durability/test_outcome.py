"""The fault matrix sees a promise that was not kept."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cluster.jobs.held import Outcome, run_again
from storage.documents.progress import TaskEvent, TaskProgress
from storage.documents.task import Task, TaskParams

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def event(seq: int, attempt: int, kind: str = "progress", status: str = "processing") -> TaskEvent:
    return TaskEvent(type=kind, seq=seq, status=status, phase="init", percentage=0, message="",
                     attempt=attempt, at=NOW)  # fmt: skip


GOOD: dict[str, Any] = {
    "task": Task(id="task_1", user_id="u1", status="completed", input_params=TaskParams(prompt="x"),
                 progress=TaskProgress(phase="completed", percentage=100), created_at=NOW),
    "events": [event(1, 0, status="pending"), event(2, 1), event(3, 1, status="pending"), event(4, 2, status="pending"),
               event(5, 3), event(6, 3, "end", "completed")],
    "posters": 1,
    "again": [],
}  # fmt: skip


def test_kept_promises_are_not_broken_and_a_claim_handed_back_is_no_attempt() -> None:
    outcome = Outcome(**GOOD)
    assert (outcome.broken("completed"), outcome.attempts) == ([], 2)


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        ({"posters": 0}, "0 posters"),
        ({"posters": 2}, "2 posters"),
        ({"events": [event(1, 1), event(3, 1, "end")]}, "gaps"),
        ({"events": [event(1, 1)]}, "not one end"),
        ({"events": [event(1, 1, "end"), event(2, 1, "end")]}, "not one end"),
        ({"events": [event(1, 2), event(2, 1, "end")]}, "old attempt"),
        ({"again": ["tasks/task_1/layout/1"]}, "ran again"),
    ],
)
def test_broken_promise_is_named(change: dict[str, Any], promise: str) -> None:
    (broken,) = Outcome(**{**GOOD, **change}).broken("completed")
    assert promise in broken


def test_task_that_ended_otherwise_is_named() -> None:
    assert any(promise.startswith("completed") for promise in Outcome(**GOOD).broken("failed"))


def test_only_a_start_after_storing_is_a_repeat() -> None:
    line = {"event": "start", "key": "a"}
    stored = {"event": "stored", "key": "a"}
    assert run_again([line, line, stored, stored]) == []
    assert run_again([line, stored, line]) == ["a"]
