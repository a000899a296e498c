"""Blocks of small type, measured before they have a place: lines, columns, paragraphs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pipelines.geometry import Box
from pipelines.layout.sheet import Ground, Sheet, shape
from pipelines.layout.type import Piece

Tone = Literal["ink", "quiet", "strong"]


@dataclass(frozen=True)
class Mark:
    """A piece at its place in a block: ``x`` of its left ink edge, centre or right edge, ``baseline`` of line one."""

    piece: Piece
    x: float
    baseline: float
    align: str = "left"
    tone: Tone = "ink"
    pill: bool = False  # on a pill of the accent colour: a call to action


@dataclass(frozen=True)
class Dot:
    """A round separator between two texts of a line."""

    x: float
    y: float
    size: float


@dataclass(frozen=True)
class Rule:
    """A hairline across a block; ``share``: its strength."""

    x: float
    y: float
    length: float
    share: float = 0.28


@dataclass(frozen=True)
class Block:
    """Marks relative to (0, 0) at the block's top-left; ``height`` ends at the last ink."""

    marks: tuple[Mark, ...] = ()
    width: float = 0.0
    height: float = 0.0
    rules: tuple[Rule, ...] = field(default=())
    dots: tuple[Dot, ...] = ()

    def moved(self, dx: float, dy: float) -> "Block":
        """The same block elsewhere."""
        return replace(
            self,
            marks=tuple(replace(mark, x=mark.x + dx, baseline=mark.baseline + dy) for mark in self.marks),
            rules=tuple(replace(rule, x=rule.x + dx, y=rule.y + dy) for rule in self.rules),
            dots=tuple(replace(dot, x=dot.x + dx, y=dot.y + dy) for dot in self.dots),
        )

    def put(self, sheet: Sheet, x: float, y: float, ground: Ground) -> None:
        """Put it on the page with its top-left corner at (x, y)."""
        from pipelines.geometry import Box
        from pipelines.layout.sheet import shape

        colors = {"ink": ground.ink, "quiet": ground.quiet, "strong": ground.strong}
        for mark in self.marks:
            if mark.pill:
                _put_pill(sheet, mark, x, y)
                continue
            sheet.put(mark.piece, x + mark.x, y + mark.baseline, colors[mark.tone], ground, align=mark.align)
        for rule in self.rules:
            sheet.rule(
                x + rule.x,
                y + rule.y,
                rule.length,
                sheet.faint(ground, rule.share),
                (0.16 + 0.12 * rule.share) * sheet.frame.u,
            )
        for dot in self.dots:
            box = Box(x + dot.x - dot.size / 2, y + dot.y - dot.size / 2, dot.size, dot.size)
            sheet.decorations.append(shape(box, ground.strong, "Dot", "separator", ellipse=True))


PILL = 0.95  # em of accent colour left and right of a call to action


def _put_pill(sheet: Sheet, mark: Mark, x: float, y: float) -> None:
    palette, size = sheet.palette, mark.piece.size
    ground = Ground(palette.accent, palette.on_accent, palette.on_accent, palette.on_accent)
    box = sheet.put(mark.piece, x + mark.x, y + mark.baseline, ground.ink, ground, align=mark.align)
    height = 2.15 * size
    middle = y + mark.baseline - (mark.piece.ascent - mark.piece.descent) / 2
    pill = Box(box.x - PILL * size, middle - height / 2, box.width + 2 * PILL * size, height)
    sheet.decorations.append(shape(pill, palette.accent, "Button", "button", radius=height / 2))


def vstack(blocks: Sequence[Block], gap: float) -> Block:
    """Blocks below each other, left edges together; empty ones take no room."""
    placed = Block()
    y = 0.0
    for block in blocks:
        if not block.marks:
            continue
        if y:
            y += gap
        moved = block.moved(0, y)
        placed = Block(placed.marks + moved.marks, max(placed.width, block.width), y + block.height,
                       placed.rules + moved.rules, placed.dots + moved.dots)  # fmt: skip
        y += block.height
    return placed


def lines_block(pieces: Sequence[Piece], tones: Sequence[Tone], gap: float, align: str, width: float) -> Block:
    """Pieces below each other, ``gap`` pixels of air between them, aligned within ``width``."""
    marks: list[Mark] = []
    y = 0.0
    x = {"left": 0.0, "center": width / 2}.get(align, width)
    for piece, tone in zip(pieces, tones, strict=True):
        y += gap if marks else 0.0
        marks.append(Mark(piece, x, y + piece.ascent, align, tone))
        y += piece.height
    return Block(tuple(marks), max((piece.width for piece in pieces), default=0.0), y)
