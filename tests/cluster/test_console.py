"""What a user, a file or a server wrote is printed as it reads."""

from io import StringIO

import pytest

from cluster.cli import console, follow
from storage.documents.base import utc_now
from storage.documents.progress import TaskEvent

HOSTILE = "\x1b]0;owned\x07\x1b[31mred\x9b2J\r\u202eback [bold]x[/] [/nothing] %s {0} {task}"


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    screen = StringIO()
    # The attribute, not the property: that one would be set back to a capture of this test.
    monkeypatch.setattr(console.err, "_file", screen)
    return screen


def event(message: str) -> TaskEvent:
    return TaskEvent(
        type="end", seq=1, status="completed", phase="completed", percentage=100, message=message, at=utc_now()
    )


def harmless(printed: str, text: str = "back [bold]x[/] [/nothing] %s {0} {task}") -> None:
    assert text in printed
    assert not {"\x07", "\x9b", "\r", "\u202e"} & set(printed)
    assert "\x1b]0;" not in printed and "\x1b[31mred" not in printed


def test_a_text_moves_no_cursor_and_is_no_markup(screen: StringIO) -> None:
    console.complain(HOSTILE, "FAILED")
    harmless(screen.getvalue())


def test_a_message_of_an_executor_is_only_a_message(screen: StringIO) -> None:
    follow.follow([event(HOSTILE)])
    harmless(screen.getvalue())


def test_nor_is_it_markup_on_a_terminal(screen: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console.err, "_force_terminal", True)
    monkeypatch.setattr(console.err, "_width", 200)
    follow.follow([event(HOSTILE)])
    harmless(screen.getvalue())
