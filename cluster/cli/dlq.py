"""``dlq``: what the queue delivered and no worker could take."""

import base64
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cluster.cli.console import out, print_table
from cluster.cli.options import Data, settings_of
from storage.errors import ConflictError
from storage.factory import open_dead_letters

if TYPE_CHECKING:
    from storage.queue.kafka_dead import DeadLetter, DeadLetters

dlq_app = typer.Typer(help="Dead letters: list, show, replay, drop.", no_args_is_help=True, rich_markup_mode=None)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(help="Number of the letter, as list shows it.")]
Numbers = Annotated[list[int], typer.Argument(help="Numbers of the letters, as list shows them.")]
HEADINGS = ["number", "time", "topic", "partition", "offset", "state", "reason"]


@contextmanager
def _letters(data: Data) -> Iterator["DeadLetters"]:
    letters = open_dead_letters(settings_of(None, data))
    try:
        yield letters
    finally:
        letters.close()


@dlq_app.command("list")
def list_command(
    every: Annotated[bool, typer.Option("--all", help="Those replayed or dropped, too.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Dead letters that nobody has settled, oldest first."""
    with _letters(data) as dead:
        found = [letter for letter in dead.letters() if every or not letter.settled]
    if as_json:
        out.print(json.dumps([_facts(letter) for letter in found], ensure_ascii=False))
        return
    print_table([HEADINGS, *(_row(letter) for letter in found)])


@dlq_app.command("show")
def show_command(
    number: Number,
    raw: Annotated[bool, typer.Option("--raw", help="Only the original's bytes.")] = False,
    data: Data = None,
) -> None:
    """A letter with its original."""
    with _letters(data) as dead:
        letter = dead.letter(number)
    if raw:
        letter.require_original()
        sys.stdout.buffer.write(letter.value or b"")
        return
    for heading, cell in zip(HEADINGS, _row(letter), strict=True):
        out.print(f"{heading:10} {cell}")
    out.print(f"{'key':10} {_text(letter.key)}")
    for name, value in letter.headers:
        out.print(f"{'header':10} {name}: {_text(value)}")
    out.print(_text(letter.value))


@dlq_app.command("replay")
def replay_command(numbers: Numbers, data: Data = None) -> None:
    """Send originals to their topics again, once what was wrong is put right; what is still wrong comes back here."""
    with _letters(data) as dead:
        letters = [_open(dead, number) for number in numbers]
        for letter in letters:
            letter.require_original()
        for letter in letters:
            dead.replay(letter)
            out.print(f"sent {letter.number} to {letter.topic} again")


@dlq_app.command("drop")
def drop_command(numbers: Numbers, data: Data = None) -> None:
    """Settle letters without sending them; list --all still shows them."""
    with _letters(data) as dead:
        for letter in [_open(dead, number) for number in numbers]:
            dead.drop(letter)
            out.print(f"dropped {letter.number}")


def _open(dead: "DeadLetters", number: int) -> "DeadLetter":
    letter = dead.letter(number)
    if letter.settled:
        raise ConflictError(f"Dead letter {number} was {letter.settled} already; dlq list shows those still open.")
    return letter


def _row(letter: "DeadLetter") -> list[str]:
    return [str(letter.number), letter.at, letter.topic, str(letter.partition), str(letter.offset),
            letter.settled or "open", _text(letter.reason.encode())]  # fmt: skip


def _text(content: bytes | None) -> str:
    """Safe for a terminal, whatever was sent."""
    if content is None:
        return "(none)"
    text = content.decode(errors="backslashreplace")
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def _facts(letter: "DeadLetter") -> dict[str, Any]:
    value = None if letter.value is None else base64.b64encode(letter.value).decode()
    headers = {name: _text(content) for name, content in letter.headers}
    key = None if letter.key is None else _text(letter.key)
    facts = dict(zip(HEADINGS, _row(letter), strict=True))
    return facts | {"key": key, "headers": headers, "value_base64": value, "lost_bytes": letter.lost_bytes}
