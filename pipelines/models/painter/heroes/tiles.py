"""A modular field of quarter circles, half circles and squares, stepped towards the title; one accent disc."""

import math
from collections import defaultdict

import numpy as np
import skia

from pipelines.geometry import Box
from pipelines.models.base import Scene
from pipelines.models.painter.colors import apart, deeper, lightness, paler, with_lightness
from pipelines.models.painter.easel import Easel
from pipelines.models.painter.heroes.discs import whisper
from pipelines.models.painter.paths import circle, group, polygon, rect, wedge
from pipelines.models.painter.placing import edges_of
from storage.documents.element import ElementSpec
from storage.documents.ids import part_seed

MOST_ROWS = 40


def _colors(scene: Scene) -> tuple[list[str], list[str]]:
    """Darker and lighter tile colours; each dark is at least .22 from each light."""
    palette = scene.palette
    page = scene.page_color or palette.bg
    if palette.mode == "light":
        primary = with_lightness(palette.primary, min(0.55, lightness(palette.primary)))
        lights = [with_lightness(palette.primary, 0.86, 0.05), with_lightness(palette.primary, 0.76, 0.09)]
        return [apart(palette.deep, lights[1], 0.4), primary], lights
    if palette.mode == "dark":
        base = palette.primary
        return [deeper(base, 0.28), deeper(base, 0.38)], [with_lightness(base, 0.64), paler(base, 0.82)]
    level = lightness(page)
    if level > 0.66:
        return [apart(palette.deep, page, 0.4), deeper(page, level - 0.32)], [
            page,
            paler(page, min(0.95, level + 0.10)),
        ]
    return [apart(palette.deep, page, 0.16), deeper(page, max(0.24, level - 0.12))], [
        with_lightness(page, level + 0.14),
        paler(page, min(0.9, level + 0.32)),
    ]


def _tile(kind: str, x: float, y: float, s: float, turn: int) -> skia.Path:
    """The foreground shape of a tile at (x, y) of side s; ``turn`` quarter turns."""
    corners = [(x, y), (x + s, y), (x + s, y + s), (x, y + s)]
    cx, cy = corners[turn]
    if kind == "quarter":
        return wedge(cx, cy, s, 90 * turn, 90)
    if kind == "ring":
        ox, oy = corners[turn]
        outer, inner = wedge(ox, oy, s, 90 * turn, 90), wedge(ox, oy, s * 0.5, 90 * turn, 90)
        hollow = skia.Path()
        hollow.addPath(outer)
        hollow.reverseAddPath(inner)
        return hollow
    if kind == "half":
        middle = [(x + s / 2, y), (x + s, y + s / 2), (x + s / 2, y + s), (x, y + s / 2)][turn]
        return wedge(*middle, s / 2, 90 * turn, 180)
    if kind == "double":
        far = corners[(turn + 2) % 4]
        return group([wedge(cx, cy, s / 2, 90 * turn, 90), wedge(*far, s / 2, 90 * turn + 180, 90)])
    if kind == "triangle":
        return polygon([corners[turn], corners[(turn + 1) % 4], corners[(turn + 3) % 4]])
    return rect(x, y, s, s)


def _cells(scene: Scene, columns: int, mask: str) -> tuple[list[tuple[int, int]], float, float, float]:
    """Tiles that are kept (column, row from the anchored edge), their side, and the anchor (x, y of row 0)."""
    zone, edges = scene.zone, edges_of(scene)
    wide = scene.width if edges.left and edges.right else zone.width
    # Whole pixels: neighbours of one colour would show a hairline between two soft edges.
    side = math.ceil(wide / columns)
    base = scene.strip.y if scene.strip else float(scene.height) if edges.bottom else zone.bottom
    base = math.ceil(base)
    x0 = 0.0 if edges.left else math.ceil(zone.right) - columns * side
    if edges.right and not edges.left:
        x0 = scene.width - columns * side
    top = 0.0 if edges.top else zone.y
    # Under the canvas's top edge the last row is cut; under a title only whole tiles.
    rows = math.ceil((base - top) / side) if edges.top else math.floor((base - top) / side)
    rows = max(1, min(MOST_ROWS, rows))
    gap = 1.0 * scene.u
    kept: list[tuple[int, int]] = []
    for row in range(rows):
        for column in range(columns):
            box = Box(x0 + column * side, base - (row + 1) * side, side, side)
            stepped = mask == "full" or column >= columns * max(0.0, 0.9 * (row - 0.6) / rows)
            if edges.top and edges.bottom and not edges.left:
                # Landscape: a staircase down the left side, so that the field dissolves towards the text.
                stepped = mask == "full" or column >= (0, 2, 1, 3, 1, 0, 2, 1)[row % 8]
            if stepped and not any(box.outset(gap).overlaps(quiet) for quiet in scene.quiet):
                kept.append((column, row))
    return kept, side, x0, base


def tiles(scene: Scene, role: str = "hero") -> list[ElementSpec]:
    """Params: ``columns`` (default 6 across the canvas), ``mask`` ("step" or "full"). As a background: tone on tone."""
    rng = np.random.default_rng(part_seed(scene.seed, "tiles"))
    edges = edges_of(scene)
    columns = max(3, min(12, int(scene.params.get("columns", 6 if edges.left and edges.right else 5))))
    kept, side, x0, base = _cells(scene, columns, str(scene.params.get("mask", "step")))
    darks, lights = _colors(scene) if role == "hero" else ([*whisper(scene, 2)], [*whisper(scene, 4)[2:]])
    page = scene.page_color or scene.palette.bg
    accent = apart(scene.palette.accent, darks[0], 0.2)
    squares: dict[str, list[skia.Path]] = defaultdict(list)
    shapes: dict[str, list[skia.Path]] = defaultdict(list)
    inner = [cell for cell in kept if cell[0] > columns * 0.4 and role == "hero"]
    disc = inner[int(rng.integers(len(inner)))] if inner else None
    field = (columns, MOST_ROWS)
    kinds = rng.choice(["quarter", "half", "double", "ring", "solid", "triangle"], size=field,
                       p=[0.54, 0.09, 0.10, 0.07, 0.16, 0.04])  # fmt: skip
    turns, picks = rng.integers(0, 4, field), rng.integers(0, 2, (*field, 2))
    for column, row in kept:
        x, y = x0 + column * side, base - (row + 1) * side
        dark, light = darks[picks[column, row, 0]], lights[picks[column, row, 1]]
        below, above = (dark, light) if (column + row) % 2 else (light, dark)
        if (column, row) == disc:
            squares[darks[0]].append(rect(x, y, side, side))
            continue
        squares[below].append(rect(x, y, side, side))
        kind = str(kinds[column, row])
        if kind != "solid":
            shapes[above].append(_tile(kind, x, y, side, int(turns[column, row])))
    easel = Easel(role)
    for number, (color, paths) in enumerate(sorted(squares.items(), key=lambda item: lightness(item[0]))):
        if color != page:
            easel.shape(f"Tile squares {number + 1}", group(paths), color)
    for number, (color, paths) in enumerate(sorted(shapes.items(), key=lambda item: lightness(item[0]))):
        easel.shape(f"Tile shapes {number + 1}", group(paths), color)
    if disc:
        x, y = x0 + (disc[0] + 0.5) * side, base - (disc[1] + 0.5) * side
        easel.shape("Accent disc", circle(x, y, side * 0.5), accent)
    return easel.elements
