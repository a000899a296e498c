"""Setting one vertical column: upright characters, short numbers upright in one cell, longer Latin turned."""

from collections.abc import Sequence
from typing import NamedTuple

from pipelines.rendering.fonts import Face
from pipelines.rendering.shaping import Cluster

_UPRIGHT_MOST = 2  # Latin characters set side by side in one cell (tate-chu-yoko)
_SPACE = 0.5  # em
_CAP_MIDDLE = 0.36  # em above the baseline: what is centred on the axis in turned Latin


class Mark(NamedTuple):
    """A glyph relative to the column's axis and top, pixels."""

    face: Face
    glyph: int
    x: float
    y: float
    size: float
    turned: bool


def place_column(clusters: Sequence[Cluster], size: float, spacing: float) -> tuple[list[Mark], float]:
    """Glyphs of a column and its length, without the spacing after its last character."""
    marks: list[Mark] = []
    pen = 0.0
    for group in _groups(clusters):
        first = group[0]
        pen += first.gap * size if marks else 0.0
        if first.text.isspace():
            pen += _SPACE * size * len(group)
            continue
        if first.script == "cjk":
            for glyph, x, y in first.glyphs:
                marks.append(Mark(first.face, glyph, x * size, pen + y * size, size, False))
            pen += first.advance * size
        elif first.script == "emoji" or sum(len(cluster.text) for cluster in group) <= _UPRIGHT_MOST:
            marks += _in_one_cell(group, size, pen)
            pen += size
        else:
            turned, length = _turned(group, size, pen, spacing)
            marks += turned
            pen += length
        pen += spacing
    return marks, max(0.0, pen - spacing)


def _groups(clusters: Sequence[Cluster]) -> list[list[Cluster]]:
    """Latin words stay together, everything else is alone."""
    groups: list[list[Cluster]] = []
    for cluster in clusters:
        word = cluster.script == "latin" and not cluster.text.isspace()
        if word and groups and groups[-1][-1].script == "latin" and not groups[-1][-1].text.isspace():
            groups[-1].append(cluster)
        else:
            groups.append([cluster])
    return groups


def _in_one_cell(group: Sequence[Cluster], size: float, top: float) -> list[Mark]:
    width = sum(cluster.advance * cluster.scale for cluster in group)
    shrink = min(1.0, 1.0 / width) if width > 0 else 1.0
    marks: list[Mark] = []
    pen = -width * shrink * size / 2
    for cluster in group:
        scale = cluster.scale * shrink * size
        baseline = top + size * 0.88 if cluster.script == "emoji" else top + size * (0.5 + _CAP_MIDDLE * scale / size)
        marks += [Mark(cluster.face, glyph, pen + x * scale, baseline + y * scale, scale, False)
                  for glyph, x, y in cluster.glyphs]  # fmt: skip
        pen += cluster.advance * scale
    return marks


def _turned(group: Sequence[Cluster], size: float, top: float, spacing: float) -> tuple[list[Mark], float]:
    marks: list[Mark] = []
    pen = 0.0
    for cluster in group:
        scale = cluster.scale * size
        for glyph, x, y in cluster.glyphs:
            marks.append(
                Mark(cluster.face, glyph, -_CAP_MIDDLE * scale - y * scale, top + pen + x * scale, scale, True)
            )
        pen += cluster.advance * scale + spacing
    return marks, pen - spacing
