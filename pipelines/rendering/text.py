"""Laying out text: sizes, lines, alignment, ink boxes and outlines. The text is never markup."""

import re
from functools import lru_cache
from typing import NamedTuple

from pipelines.geometry import Box
from pipelines.rendering.fonts import weight_number
from pipelines.rendering.paths import to_svg
from pipelines.rendering.shaping import Cluster, LineStyle, missing_in, shape_line
from pipelines.rendering.typeset import Line, PlacedGlyph, TextLayout, ink_of
from pipelines.rendering.vertical import place_column
from pipelines.rendering.wrapping import can_break, wrap
from storage.documents.style import TextStyle

ASCENT = 0.88  # of the em box above the baseline, for every face, so that mixed faces share a baseline grid
_SLANT = 0.2126  # tan 12°
_ROUNDING = 0.5  # a measured width that was rounded must not wrap the line it was measured of
_LINE_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


def layout_text(text: str, style: TextStyle, width: float | None = None) -> TextLayout:
    """Lay out text in its own pixels, (0, 0) at the element's top-left corner.

    A line break in the text always breaks. With ``width``, lines that are longer wrap, and alignment is within
    ``width``; without, within the longest line. Vertical columns never wrap; with ``width`` the first column stands at
    its right edge. Text that fits is display text: its full-width marks are set tighter.
    """
    return _layout(text, _Key.of(style), None if width is None or width <= 0 else float(width))


def measure(text: str, style: TextStyle, width: float | None = None) -> Box:
    """Ink bounds of the text, relative to the element's top-left corner."""
    return layout_text(text, style, width).ink


def text_path(text: str, style: TextStyle, width: float | None = None) -> str:
    """The outlines as SVG path data."""
    return to_svg(layout_text(text, style, width).path())


def missing_characters(text: str, style: TextStyle) -> list[str]:
    """Characters that no typeface has, each once; they are drawn as nothing."""
    key = _Key.of(style)
    return missing_in("".join(_LINE_BREAK.split(text)), key.line_style(display=True))


class _Key(NamedTuple):
    families: str
    size: float
    weight: int
    font_style: str
    line_height: float
    letter_space: float
    align: str
    decoration: str
    vertical: bool
    latin_scale: float

    @classmethod
    def of(cls, style: TextStyle) -> "_Key":
        return cls(
            style.font_family, style.font_size, weight_number(style.font_weight), style.font_style, style.line_height,
            style.letter_space, style.text_align, style.text_decoration, style.writing_mode == "vertical",
            style.latin_scale,
        )  # fmt: skip

    def line_style(self, *, display: bool) -> LineStyle:
        return LineStyle(self.families, self.weight, self.font_style == "italic", self.latin_scale,
                         self.letter_space != 0, display, self.vertical)  # fmt: skip


@lru_cache(maxsize=4096)
def _layout(text: str, key: _Key, width: float | None) -> TextLayout:
    return _vertical(text, key, width) if key.vertical else _horizontal(text, key, width)


class _Row(NamedTuple):
    """Clusters of one line with their widths; ``last``: it ends a paragraph."""

    clusters: tuple[Cluster, ...]
    widths: tuple[float, ...]
    advance: float
    last: bool


def _row(clusters: tuple[Cluster, ...], key: _Key, last: bool = True) -> _Row:
    widths = [
        ((cluster.gap if index else 0.0) + cluster.advance * cluster.scale) * key.size + key.letter_space
        for index, cluster in enumerate(clusters)
    ]
    end = len(clusters)
    while end and clusters[end - 1].text.isspace():
        end -= 1
    return _Row(clusters, tuple(widths), sum(widths[:end]) - (key.letter_space if end else 0.0), last)


def _rows(text: str, key: _Key, width: float | None) -> list[_Row]:
    paragraphs = _LINE_BREAK.split(text)
    rows = [_row(shape_line(paragraph, key.line_style(display=True)), key) for paragraph in paragraphs]
    if width is None or all(row.advance <= width + _ROUNDING for row in rows):
        return rows
    wrapped: list[_Row] = []
    for paragraph in paragraphs:
        whole = _row(shape_line(paragraph, key.line_style(display=False)), key)
        ranges = wrap(
            whole.clusters, whole.widths, width + _ROUNDING + key.letter_space, hanging=key.align == "left"
        ) or [(0, 0)]
        for start, end in ranges:
            wrapped.append(_row(whole.clusters[start:end], key, last=end == len(whole.clusters)))
    return wrapped


def _horizontal(text: str, key: _Key, width: float | None) -> TextLayout:
    rows = _rows(text, key, width)
    pitch = key.size * key.line_height
    block = width if width is not None else max(row.advance for row in rows)
    lines = []
    for index, row in enumerate(rows):
        spare = block - row.advance
        x = {"center": spare / 2, "right": spare}.get(key.align, 0.0)
        stretch = _stretch(row, spare) if key.align == "justify" and not row.last else {}
        baseline = index * pitch + (pitch - key.size) / 2 + ASCENT * key.size
        lines.append(_place_row(row, key, x, baseline, stretch, spare))
    return _assembled(lines, block, pitch * len(rows))


def _stretch(row: _Row, spare: float) -> dict[int, float]:
    """Extra pixels before each cluster of a justified line, shared by the places where it could break."""
    end = len(row.clusters)
    while end and row.clusters[end - 1].text.isspace():
        end -= 1
    places = [index for index in range(1, end) if can_break(row.clusters[index - 1], row.clusters[index])]
    return dict.fromkeys(places, spare / len(places)) if places and spare > 0 else {}


def _place_row(row: _Row, key: _Key, x: float, baseline: float, stretch: dict[int, float], spare: float) -> Line:
    slanted = key.font_style != "normal"
    glyphs: list[PlacedGlyph] = []
    pen = x
    for index, (cluster, advance) in enumerate(zip(row.clusters, row.widths, strict=True)):
        pen += stretch.get(index, 0.0)
        size = cluster.scale * key.size
        start = pen + (cluster.gap * key.size if index else 0.0)
        slant = _SLANT if slanted and not cluster.face.italic and not cluster.face.color else 0.0
        for glyph, dx, dy in cluster.glyphs:
            glyphs.append(PlacedGlyph(cluster.face, glyph, start + dx * size, baseline + dy * size, size, slant, False))
        pen += advance
    advance = row.advance + (spare if stretch else 0.0)
    rules = _rules(key, x, baseline, advance)
    text = "".join(cluster.text for cluster in row.clusters)
    return Line(text, x, baseline, advance, ink_of(glyphs, rules), tuple(glyphs), rules)


def _rules(key: _Key, x: float, baseline: float, advance: float) -> tuple[Box, ...]:
    offsets = {"underline": 0.10, "line-through": -0.40, "overline": -0.94}
    if key.decoration not in offsets or advance <= 0:
        return ()
    thickness = max(1.0, key.size * 0.06)
    if key.vertical:
        side = {"underline": 0.52, "line-through": 0.0, "overline": -0.52}[key.decoration] * key.size
        return (Box(x + side - thickness / 2, baseline, thickness, advance),)
    return (Box(x, baseline + offsets[key.decoration] * key.size, advance, thickness),)


def _vertical(text: str, key: _Key, width: float | None) -> TextLayout:
    columns = [shape_line(paragraph, key.line_style(display=True)) for paragraph in _LINE_BREAK.split(text)]
    pitch = key.size * key.line_height
    block = max(pitch * len(columns), width or 0.0)
    slant = _SLANT if key.font_style != "normal" else 0.0
    placed = [place_column(column, key.size, key.letter_space) for column in columns]
    height = max(length for _, length in placed)
    lines = []
    for index, (column, (marks, length)) in enumerate(zip(columns, placed, strict=True)):
        axis = block - (index + 0.5) * pitch
        top = {"center": (height - length) / 2, "right": height - length}.get(key.align, 0.0)
        glyphs = [
            PlacedGlyph(mark.face, mark.glyph, axis + mark.x, top + mark.y, mark.size,
                        0.0 if mark.face.italic or mark.face.color else slant, mark.turned)
            for mark in marks
        ]  # fmt: skip
        rules = _rules(key, axis, top, length)
        content = "".join(cluster.text for cluster in column)
        lines.append(Line(content, axis, top, length, ink_of(glyphs, rules), tuple(glyphs), rules))
    return _assembled(lines, block, height)


def _assembled(lines: list[Line], width: float, height: float) -> TextLayout:
    inks = [line.ink for line in lines if line.ink.area > 0]
    ink = inks[0] if inks else Box(0.0, 0.0, 0.0, 0.0)
    for other in inks[1:]:
        ink = ink.union(other)
    return TextLayout(tuple(lines), width, height, ink)
