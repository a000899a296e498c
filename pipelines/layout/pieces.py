"""Entries of the content as pieces of set type."""

from pipelines.layout.block import Tone
from pipelines.layout.content import Entry
from pipelines.layout.type import Piece
from pipelines.styles.packs import Voice

_NAMES = {
    "key_fact": "Key fact",
    "fact": "Fact",
    "body": "Body",
    "brand": "Brand",
    "label": "Label",
    "cta": "Call to action",
    "legal": "Legal",
    "name": "Name",
    "title": "Title",
    "subtitle": "Subtitle",
}


def bold(voice: Voice, weight: int = 700) -> Voice:
    """A heavier cut of a voice; never a lighter one."""
    return voice.model_copy(update={"weight": max(voice.weight, weight)})


def piece_of(
    entry: Entry, lines: tuple[str, ...], voice: Voice, size: float, pitch: float = 1.45, role: str = ""
) -> Piece:
    """A piece that prints an entry."""
    role = role or entry.item.role
    weight = entry.item.weight
    if weight in {"bold", "bolder", "600", "700", "800", "900"}:
        voice = bold(voice)
    return Piece(lines, voice, size, pitch, entry.index, role, _NAMES.get(role, "Text"))


def label_piece(text: str, voice: Voice, size: float) -> Piece:
    """The user's own label beside a value."""
    return Piece((text,), voice, size, 1.2, None, "label", "Label")


def tone_of(entry: Entry) -> Tone:
    """Calls to action carry the accent."""
    return "strong" if entry.item.role == "cta" else "ink"
