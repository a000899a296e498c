"""What the commands print: results to stdout, everything else to stderr, user text never as markup or control."""

import re
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from typing_extensions import override

# Also from a file or a server that is not ours: what moves the cursor, colours, or turns the line around.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """The text with a replacement character for each control character but tab and line feed."""
    return _CONTROLS.sub("\ufffd", text)


class _PlainConsole(Console):
    """Prints texts as they read."""

    @override
    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(plain(entry) if isinstance(entry, str) else entry for entry in objects), **options)


out = _PlainConsole(markup=False, highlight=False, soft_wrap=True)
err = _PlainConsole(stderr=True, markup=False, highlight=False, soft_wrap=True)


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell; the first row is the headings."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        out.print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def say(text: str) -> None:
    """A line about what happens."""
    err.print(text)


def complain(message: str, code: str) -> None:
    """One sentence and its stable code."""
    err.print(f"error: {message} [{code}]", style="red")
