"""Where a text element's lines are on the finished picture, and cutting them out of it upright."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import skia
from numpy.typing import NDArray
from PIL import Image

from pipelines.geometry import Box
from pipelines.rendering.elements import element_matrix, text_layout
from pipelines.rendering.fonts import Face
from pipelines.rendering.typeset import Line, PlacedGlyph, TextLayout, ink_of
from storage.documents.element import Element
from storage.documents.style import TextStyle

_LINE_HEIGHT = 48  # pixels the recogniser works at; smaller crops are enlarged to it
_LARGEST = 96
_TURNED_MARKS = frozenset(
    "—–-―…‥～〜~（）()「」『』《》〈〉【】〔〕［］[]｛｝{}：；:;｜|＝=_＿"
)  # drawn turned in a column
_LOW_MARKS = frozenset("、。，．,.")


@dataclass(frozen=True)
class TextRegion:
    """A text element on the poster. Its *frame* is the poster turned so that the text runs level, nothing else:
    a mirrored or skewed text stays mirrored or skewed."""

    element: Element

    @cached_property
    def style(self) -> TextStyle:
        """Its type."""
        return self.element.style.text_style or TextStyle()

    @cached_property
    def layout(self) -> TextLayout:
        """Its glyphs, in the element's own pixels."""
        return text_layout(self.element)

    @cached_property
    def lines(self) -> list[Line]:
        """Lines that draw something, in reading order."""
        return [line for line in self.layout.lines if line.ink.area > 0]

    @cached_property
    def matrix(self) -> skia.Matrix:
        """From the element's pixels to the poster's."""
        return element_matrix(self.element)

    @property
    def font_size(self) -> float:
        """Size on the poster, pixels."""
        place = self.element.transform
        return self.style.font_size * min(abs(place.scale_x), abs(place.scale_y))

    @property
    def vertical(self) -> bool:
        """Whether it is set in columns."""
        return self.style.writing_mode == "vertical"

    @cached_property
    def one_case(self) -> bool:
        """Whether its typeface draws small letters as capitals."""
        return any(
            _draws_alike(face, "a", "A") for face in {glyph.face for line in self.lines for glyph in line.glyphs}
        )

    def comparable(self, text: str) -> str:
        """The text with the differences undone that nobody can see in its typeface."""
        return text.upper() if self.one_case else text

    @cached_property
    def ink(self) -> Box:
        """Bounds of its glyphs on the poster."""
        return _bounds(self._on_poster(self.layout.ink))

    @cached_property
    def angle(self) -> float:
        """Radians clockwise that the text is turned."""
        return math.atan2(self.matrix.getSkewY(), self.matrix.getScaleX())

    def to_frame(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Poster points (N x 2) in the frame."""
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        turn = np.array([[cosine, -sine], [sine, cosine]])
        return np.asarray(points @ turn)

    def line_box(self, line: Line) -> Box:
        """The line's ink in the frame."""
        return self._framed(line.ink)

    def strips(self, line: Line, picture: Image.Image) -> list[NDArray[np.uint8]]:
        """The line cut from the finished picture (H x W x 3), running level; a column's cells side by side.

        Twice, with little and with more room around it: recognisers are sensitive to that.
        """
        if self.vertical:
            cells = self._cells_of(line, picture)
            return [_side_by_side(cells, gap=round(gap * self.style.font_size)) for gap in (0.04, 0.14)]
        size, ink = self.style.font_size, line.ink
        # Small letters alone must not fill the strip as if they were capitals.
        top, bottom = min(ink.y, line.baseline - 0.8 * size), max(ink.bottom, line.baseline + 0.12 * size)
        return [
            np.asarray(self._cut(Box(ink.x - x, top - y, ink.width + 2 * x, bottom - top + 2 * y), picture))
            for x, y in ((0.12 * size, 0.02 * size), (0.25 * size, 0.1 * size))
        ]

    def _cells_of(self, line: Line, picture: Image.Image) -> list[tuple[Image.Image, bool]]:
        """A column's cells, each upright, and whether it belongs at the foot of the line."""
        size = self.style.font_size
        cells = _cells(line)
        tiles = []
        for index, (box, turned, low) in enumerate(cells):
            above = cells[index - 1].box.bottom if index else -math.inf
            below = cells[index + 1].box.y if index + 1 < len(cells) else math.inf
            top = max(box.y - 0.12 * size, (above + box.y) / 2)
            bottom = min(box.bottom + 0.12 * size, (below + box.bottom) / 2)
            across = max(box.right - line.x, line.x - box.x, 0.5 * size)
            left, right = (box.x - 0.1 * size, box.right + 0.2 * size) if low else (line.x - across, line.x + across)
            tile = self._cut(Box(left, top, right - left, bottom - top), picture, 1.0)
            tiles.append((tile.transpose(Image.Transpose.ROTATE_90) if turned else tile, low))
        return tiles

    def _cut(self, box: Box, picture: Image.Image, scale: float | None = None) -> Image.Image:
        """The box of the element's own pixels, level, enlarged or reduced to what the recogniser works at."""
        area = self._framed(box)
        zoom = scale or min(max(1.0, _LINE_HEIGHT / area.height), max(1.0, _LARGEST / area.height))
        width, height = max(1, round(area.width * zoom)), max(1, round(area.height * zoom))
        cosine, sine = math.cos(self.angle) / zoom, math.sin(self.angle) / zoom
        origin_x = area.x * math.cos(self.angle) - area.y * math.sin(self.angle)
        origin_y = area.x * math.sin(self.angle) + area.y * math.cos(self.angle)
        level = picture.transform(
            (width, height), Image.Transform.AFFINE, (cosine, -sine, origin_x, sine, cosine, origin_y),
            resample=Image.Resampling.BICUBIC,
        )  # fmt: skip
        if scale is None and height > _LARGEST:
            level = level.resize((max(1, round(width * _LARGEST / height)), _LARGEST), Image.Resampling.BOX)
        return level

    def _on_poster(self, box: Box) -> NDArray[np.float64]:
        corners = [(box.x, box.y), (box.right, box.y), (box.right, box.bottom), (box.x, box.bottom)]
        points = self.matrix.mapPoints([skia.Point(*corner) for corner in corners])
        return np.array([(point.x(), point.y()) for point in points])

    def _framed(self, box: Box) -> Box:
        return _bounds(self.to_frame(self._on_poster(box)))


def _bounds(points: NDArray[np.float64]) -> Box:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return Box(float(left), float(top), float(right - left), float(bottom - top))


def _draws_alike(face: Face, first: str, second: str) -> bool:
    glyphs = [face.hb_font.get_nominal_glyph(ord(char)) for char in (first, second)]
    return None not in glyphs and face.outline(glyphs[0]) == face.outline(glyphs[1])


class _Cell(NamedTuple):
    """What stands together in a column: a character, upright digits, a turned word. ``low``: a comma or full stop,
    which a column has at the top right and a line at the foot."""

    box: Box
    turned: bool
    low: bool


def _cells(line: Line) -> list[_Cell]:
    """A column's ink from the top."""
    characters = [char for char in line.text if not char.isspace()]
    cells: list[_Cell] = []
    for index, glyph in enumerate(line.glyphs):
        box = ink_of([glyph])
        if box.area <= 0:
            continue
        char = characters[index] if len(characters) == len(line.glyphs) else ""
        turned = glyph.turned or _has_turned_form(glyph, char)
        last = cells[-1] if cells else None
        if last and turned == last.turned and (turned or box.y < last.box.y + 0.6 * last.box.height):
            cells[-1] = _Cell(last.box.union(box), turned, False)
        else:
            cells.append(_Cell(box, turned, char in _LOW_MARKS))
    return cells


def _has_turned_form(glyph: PlacedGlyph, char: str) -> bool:
    return char in _TURNED_MARKS and glyph.face.hb_font.get_nominal_glyph(ord(char)) != glyph.glyph


def _side_by_side(tiles: list[tuple[Image.Image, bool]], gap: int) -> NDArray[np.uint8]:
    """Tiles on one line, centred or at its foot, on the colour that most of their borders have."""
    height = max(tile.height for tile, _ in tiles)
    border = np.concatenate([np.asarray(tile)[[0, -1]].reshape(-1, 3) for tile, _ in tiles])
    ground = tuple(int(value) for value in np.median(border, axis=0))
    strip = Image.new("RGB", (sum(tile.width + gap for tile, _ in tiles) + gap, height), ground)
    x = gap
    for tile, low in tiles:
        strip.paste(tile, (x, height - tile.height if low else (height - tile.height) // 2))
        x += tile.width + gap
    width = max(1, round(strip.width * _LINE_HEIGHT / height))
    return np.asarray(strip.resize((width, _LINE_HEIGHT), Image.Resampling.BICUBIC, reducing_gap=2.0))
