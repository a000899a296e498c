"""Text that has been laid out: glyphs at their places, lines, and the block they make."""

from dataclasses import dataclass, field
from typing import NamedTuple

import skia

from pipelines.geometry import Box
from pipelines.rendering.fonts import Face


class PlacedGlyph(NamedTuple):
    """A glyph at its place in the element, pixels. ``turned``: a quarter turn clockwise."""

    face: Face
    glyph: int
    x: float
    y: float
    size: float
    slant: float
    turned: bool

    def matrix(self) -> skia.Matrix:
        """From em to the element's pixels."""
        if self.turned:
            return skia.Matrix.MakeAll(0, -self.size, self.x, self.size, -self.slant * self.size, self.y, 0, 0, 1)
        return skia.Matrix.MakeAll(self.size, -self.slant * self.size, self.x, 0, self.size, self.y, 0, 0, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """One laid-out line. ``x``, ``baseline``: where it starts, pixels from the element's top-left corner (a vertical
    column: its axis and its top). ``advance``: its length without trailing space. ``ink``: bounds of its outlines."""

    text: str
    x: float
    baseline: float
    advance: float
    ink: Box
    glyphs: tuple[PlacedGlyph, ...]
    rules: tuple[Box, ...] = ()  # underline and the like


@dataclass(frozen=True)
class TextLayout:
    """Lines placed in a block of ``width`` x ``height`` pixels.

    ``ink``: bounds of everything drawn, zero-sized if nothing is.
    """

    lines: tuple[Line, ...]
    width: float
    height: float
    ink: Box
    _paths: dict[bool, skia.Path] = field(default_factory=dict, compare=False, repr=False)

    def path(self) -> skia.Path:
        """Outlines of all glyphs and rules, non-zero winding; colour glyphs have none. Shared: do not change it."""
        return self._path(contours=False)

    def contour(self) -> skia.Path:
        """The same without the overlaps inside a glyph, for stroking. Shared: do not change it."""
        return self._path(contours=True)

    def _path(self, *, contours: bool) -> skia.Path:
        if contours not in self._paths:
            path = skia.Path()
            for line in self.lines:
                for placed in line.glyphs:
                    face, glyph = placed.face, placed.glyph
                    path.addPath(face.contour(glyph) if contours else face.outline(glyph), placed.matrix())
                for rule in line.rules:
                    path.addRect(skia.Rect.MakeXYWH(*rule))
            self._paths[contours] = path
        return self._paths[contours]

    def color_glyphs(self) -> list[PlacedGlyph]:
        """Glyphs that carry their own colours."""
        return [glyph for line in self.lines for glyph in line.glyphs if glyph.face.color]


def ink_of(glyphs: list[PlacedGlyph], rules: tuple[Box, ...] = ()) -> Box:
    """Bounds of what these glyphs and rules draw; zero-sized when they draw nothing."""
    left = top = float("inf")
    right = bottom = float("-inf")
    for face, glyph, x, y, size, slant, turned in glyphs:
        bx, by, bw, bh = face.box(glyph, slant)
        if bw <= 0 or bh <= 0:
            continue
        if turned:
            x0, y0, x1, y1 = x - (by + bh) * size, y + bx * size, x - by * size, y + (bx + bw) * size
        else:
            x0, y0, x1, y1 = x + bx * size, y + by * size, x + (bx + bw) * size, y + (by + bh) * size
        left, top, right, bottom = min(left, x0), min(top, y0), max(right, x1), max(bottom, y1)
    for rule in rules:
        left, top, right, bottom = min(left, rule.x), min(top, rule.y), max(right, rule.right), max(bottom, rule.bottom)
    return Box(left, top, right - left, bottom - top) if right > left else Box(0.0, 0.0, 0.0, 0.0)
