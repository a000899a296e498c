"""What reading the prompt has found so far."""

from dataclasses import dataclass, field
from typing import Literal

from pipelines.brief import FactKind
from pipelines.models.designer.source import Range, Source, says_something
from pipelines.models.designer.weak import is_weak

PieceRole = Literal[
    "title", "subtitle", "head", "copy", "line", "fact", "name", "cta", "legal", "brand", "label", "body"
]
"""``head``: what the prompt says the poster is for, a title unless one is given. ``copy``: dictated without a role."""


@dataclass(slots=True)
class Piece:
    """A range of the prompt that will be printed, or ``text`` where it is not one range (a date and its time)."""

    start: int
    end: int
    text: str
    role: PieceRole
    kind: FactKind | None = None
    label: str | None = None
    dictated: bool = False

    @property
    def range(self) -> Range:
        """Where it stands."""
        return self.start, self.end


@dataclass(slots=True)
class Draft:
    """Pieces to print, orders understood (not printed), things asked for but not given."""

    source: Source
    pieces: list[Piece] = field(default_factory=list)
    orders: list[Range] = field(default_factory=list)
    missing: list[tuple[str, FactKind | None]] = field(default_factory=list)

    def say(
        self, start: int, end: int, role: PieceRole, *, kind: FactKind | None = None, label: str | None = None,
        dictated: bool = False,
    ) -> None:  # fmt: skip
        """Print the range; nothing when it holds only punctuation."""
        start, end = self.source.trim(start, end)
        while kind not in (None, "other") and end > start and self.source.raw[end - 1] in "!?！？":
            end -= 1
        text = self.source.raw[start:end]
        if says_something(text):
            self.pieces.append(Piece(start, end, text, role, kind, label, dictated))

    def say_facts(self, start: int, end: int) -> None:
        """Print each fact within the range by itself."""
        for span in self.source.facts_in(start, end):
            self.pieces.append(Piece(span.start, span.end, self.source.fact_text(span), "fact", span.kind))

    def order(self, start: int, end: int) -> None:
        """The range was an order, not text."""
        if start < end:
            self.orders.append((start, end))

    def lack(self, start: int, end: int, kind: FactKind | None = None) -> None:
        """The range names something asked for but not given."""
        start, end = self.source.trim(start, end)
        name = self.source.raw[start:end]
        if name and name not in [known for known, _ in self.missing]:
            self.missing.append((name, kind))
        self.order(start, end)

    def has_head(self) -> bool:
        """Whether anything found so far can be the title."""
        return any(piece.role in ("head", "title") and not is_weak(piece.text) for piece in self.pieces)

    def titled(self) -> bool:
        """Whether there is a title by that name."""
        return any(piece.role == "title" for piece in self.pieces)

    def wishes(self) -> str:
        """All orders, folded, in the prompt's order."""
        return "\n".join(self.source.shadow[start:end] for start, end in sorted(self.orders))
