"""What a person sees of a task that is followed."""

from io import StringIO

import pytest

from cluster.cli import console, follow
from storage.documents.base import JsonObject, utc_now
from storage.documents.cold_start import COLD_START, Stage, cold_start
from storage.documents.progress import PHASES, TaskEvent

SEEN = [
    "生成背景图",
    "生成背景图: The image model starts: weights loading (4 s of about 45 s).",
    "生成背景图: The image model starts: warming up (33 s of about 45 s).",
    "生成背景图: The image model is ready after 44 s.",
    "生成设计元素",
]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    screen = StringIO()
    # The attribute, not the property: that one would be set back to a capture of this test.
    monkeypatch.setattr(console.err, "_file", screen)
    monkeypatch.setattr(console.err, "_width", 200)
    return screen


def event(seq: int, phase: str, details: JsonObject | None = None) -> TaskEvent:
    percentage, message = PHASES[phase]
    return TaskEvent(
        type="progress", seq=seq, status="processing", phase=phase, percentage=percentage, message=message,
        details=details, at=utc_now(),
    )  # fmt: skip


def waits(seq: int, stage: Stage, seconds: float) -> TaskEvent:
    told = cold_start("image_model", stage, seconds, None if stage == "ready" else 45)
    return event(seq, "generating_background", {COLD_START: told.model_dump()})


EVENTS = [
    event(1, "generating_background"),
    waits(2, "weights_loading", 4),
    waits(3, "warming_up", 33),
    # A stream that was cut may say so again.
    waits(3, "warming_up", 33),
    waits(4, "ready", 44),
    event(5, "generating_elements"),
]


def test_each_stage_of_a_model_that_starts_is_a_line(screen: StringIO) -> None:
    follow.follow(EVENTS)
    assert [line.partition(" %  ")[2] for line in screen.getvalue().splitlines()] == SEEN


def test_each_stage_of_a_model_that_starts_is_a_bar(screen: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console.err, "_force_terminal", True)
    follow.follow(EVENTS)
    for told in SEEN:
        assert told in screen.getvalue()
