"""Pieces of set type: what a text measures, by the ink of its glyphs, before it has a place."""

import itertools
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from pipelines.geometry import Box
from pipelines.rendering.text import layout_text
from pipelines.styles.packs import Voice
from storage.documents.style import TextStyle

_REFERENCE = 100.0  # glyphs are measured once at this size; everything is linear in the size


class LineInk(NamedTuple):
    """One line in em: advance, ink from its start and from its baseline (``top`` up, ``bottom`` down)."""

    advance: float
    left: float
    right: float
    top: float
    bottom: float


def has_cjk(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return any("\u2e80" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or ord(char) >= 0x20000 for char in text)


@lru_cache(maxsize=16384)
def line_ink(text: str, voice: Voice) -> LineInk:
    """Measure one horizontal line."""
    style = text_style(voice, _REFERENCE, 1.0)
    line = layout_text(text, style).lines[0]
    ink = line.ink
    if ink.area <= 0:
        return LineInk(line.advance / _REFERENCE, 0.0, line.advance / _REFERENCE, 0.7, 0.0)
    return LineInk(line.advance / _REFERENCE, (ink.x - line.x) / _REFERENCE, (ink.right - line.x) / _REFERENCE,
                   (line.baseline - ink.y) / _REFERENCE, (ink.bottom - line.baseline) / _REFERENCE)  # fmt: skip


@lru_cache(maxsize=4096)
def column_ink(text: str, voice: Voice) -> tuple[float, Box]:
    """Measure one vertical column in em: its length, and its ink from the axis and the top."""
    line = layout_text(text, text_style(voice, _REFERENCE, 1.0, vertical=True)).lines[0]
    ink = line.ink
    scaled = Box((ink.x - line.x) / _REFERENCE, (ink.y - line.baseline) / _REFERENCE, ink.width / _REFERENCE,
                 ink.height / _REFERENCE)  # fmt: skip
    return line.advance / _REFERENCE, scaled


def text_style(voice: Voice, size: float, pitch: float, *, align: str = "left", vertical: bool = False) -> TextStyle:
    """The stored style of a voice at a size; ``pitch``: line height in em."""
    return TextStyle.model_validate({
        "font_family": voice.family, "font_size": size, "font_weight": str(voice.weight),
        "font_style": "oblique" if voice.oblique else "normal", "line_height": min(max(pitch, 0.5), 10.0),
        "letter_space": voice.tracking * size, "text_align": align, "latin_scale": voice.latin_scale,
        "writing_mode": "vertical" if vertical else "horizontal",
    })  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """Lines of one voice and size, not yet placed. ``item``: index of the brief's item that it prints, if any."""

    lines: tuple[str, ...]
    voice: Voice
    size: float
    pitch: float = 1.2
    item: int | None = None
    role: str = "fact"
    name: str = "Text"
    optical: bool = False  # measure real ink vertically (titles); small text uses even line boxes

    @property
    def text(self) -> str:
        """The stored text."""
        return "\n".join(self.lines)

    @property
    def inks(self) -> list[LineInk]:
        """Measures of the lines, em."""
        return [line_ink(line, self.voice) for line in self.lines]

    @property
    def width(self) -> float:
        """Ink width of the widest line, pixels."""
        return max(ink.right - ink.left for ink in self.inks) * self.size

    @property
    def left(self) -> float:
        """Left bearing of the line that reaches furthest left, pixels."""
        return min(ink.left for ink in self.inks) * self.size

    @property
    def advance(self) -> float:
        """Advance of the widest line, pixels."""
        return max(ink.advance for ink in self.inks) * self.size

    @property
    def ascent(self) -> float:
        """From the first baseline up to the ink's top, pixels."""
        top = self.inks[0].top if self.optical else (0.84 if has_cjk(self.lines[0]) else 0.74)
        return max(top, 0.0 if self.optical else self.inks[0].top) * self.size

    @property
    def descent(self) -> float:
        """From the last baseline down to the ink's bottom, pixels."""
        bottom = self.inks[-1].bottom
        return (bottom if self.optical else max(bottom, 0.08 if has_cjk(self.lines[-1]) else 0.0)) * self.size

    @property
    def drop(self) -> float:
        """From the first baseline to the last, pixels."""
        return (len(self.lines) - 1) * self.pitch * self.size

    @property
    def height(self) -> float:
        """From ink top to ink bottom, pixels."""
        return self.ascent + self.drop + self.descent

    def at_size(self, size: float) -> "Piece":
        """The same lines at another size."""
        return replace(self, size=size)


def stack_pitch(lines: tuple[str, ...], voice: Voice) -> float:
    """Line pitch in em that leaves the voice's ink gap between the closest two lines; even for all."""
    inks = [line_ink(line, voice) for line in lines]
    if len(inks) < 2:
        return 1.2
    return max(above.bottom + below.top for above, below in itertools.pairwise(inks)) + voice.gap
