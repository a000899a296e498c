"""A skyline in three depths before a sun; the front row joins the info strip."""

from itertools import product

import numpy as np
import skia
from numpy.typing import NDArray

from pipelines.models.base import Scene
from pipelines.models.painter.colors import apart, deeper, mix
from pipelines.models.painter.easel import Easel
from pipelines.models.painter.paths import circle, group, polygon, rect, union
from pipelines.models.painter.placing import clear_of, disc_part, edges_of
from pipelines.models.painter.tones import sun_color
from storage.documents.element import ElementSpec
from storage.documents.ids import part_seed


def _tower(rng: np.random.Generator, x: float, base: float, w: float, h: float, u: float) -> skia.Path:
    """One building with a roof of its own kind."""
    body = rect(x, base - h, w, h)
    kind = rng.choice(["flat", "box", "step", "slant", "mast", "gable"], p=[0.30, 0.22, 0.16, 0.14, 0.10, 0.08])
    if kind == "box":
        roof = rect(x + w * 0.22, base - h - 1.8 * u, w * 0.4, 2 * u)
    elif kind == "step":
        roof = union(
            [
                rect(x + w * 0.16, base - h - 2.6 * u, w * 0.68, 3 * u),
                rect(x + w * 0.34, base - h - 4.8 * u, w * 0.32, 3 * u),
            ]
        )
    elif kind == "slant":
        roof = polygon([(x, base - h), (x, base - h - w * 0.42), (x + w, base - h)])
    elif kind == "mast":
        roof = union(
            [
                rect(x + w * 0.30, base - h - 2 * u, w * 0.4, 2.4 * u),
                rect(x + w * 0.5 - 0.22 * u, base - h - 8 * u, 0.44 * u, 7 * u),
            ]
        )
    elif kind == "gable":
        roof = polygon([(x, base - h), (x + w / 2, base - h - w * 0.32), (x + w, base - h)])
    else:
        return body
    return union([body, roof])


def _row(rng: np.random.Generator, x0: float, x1: float, u: float, tall: tuple[float, float],
         wide: tuple[float, float], rise: NDArray[np.float64]) -> list[tuple[float, float, float]]:  # fmt: skip
    """Buildings (x, width, height) side by side from x0 to x1."""
    row, x = [], x0
    while x < x1:
        w = float(rng.uniform(*wide)) * u
        share = (x - x0) / max(1.0, x1 - x0)
        lift = float(np.interp(share, np.linspace(0, 1, len(rise)), rise))
        row.append((x, w, float(rng.uniform(*tall)) * lift))
        x += w * float(rng.uniform(0.98, 1.0))
    return row


def skyline(scene: Scene) -> list[ElementSpec]:
    """Params: ``sun`` (False leaves it out)."""
    rng = np.random.default_rng(part_seed(scene.seed, "skyline"))
    zone, edges = scene.zone, edges_of(scene)
    # On a very long banner the houses grow instead of becoming countless.
    u = max(scene.u, scene.width / 300)
    page, palette = scene.page_color or scene.palette.bg, scene.palette
    base = scene.strip.y if scene.strip else float(scene.height) if edges.bottom else zone.bottom
    x0 = -2 * u if edges.left else zone.x
    low = [box for box in scene.quiet if zone.y + 0.5 * (base - zone.y) < box.y < base and box.right > zone.x]
    beside = max([x0, *(box.right + 1.5 * u for box in low)])
    if low and beside < zone.x + 0.4 * zone.width:
        # The text below stands beside the city, not under it.
        x0, low = beside, []
    foot = min([base, *(box.y - 1.5 * u for box in low)])
    tall = foot - zone.y
    x1 = scene.width + 2 * u if edges.right else zone.right
    front = (
        scene.strip_color
        if scene.strip
        else deeper(palette.primary, 0.30)
        if palette.mode == "light"
        else apart(deeper(palette.deep, 0.16), page, 0.12)
    )
    if palette.mode == "dark" and not scene.strip:
        front = apart(palette.art[1], page, 0.12)
    easel = Easel("hero")
    if scene.params.get("sun", True):
        r = min(15 * u, 0.30 * tall)
        for height, share in product((0.66, 0.58, 0.50), (0.64, 0.5, 0.38, 0.78)):
            x, y = zone.x + zone.width * share, foot - tall * height
            if clear_of([disc_part()], r / 100, np.array([(x, y)]), scene.quiet, 0.6 * u)[0]:
                easel.shape("Sun", circle(x, y, r), sun_color(scene))
                break
    # Low at the ends, so that the city falls away from the edges and from the text at its left.
    far_rise, mid_rise, near_rise = (rng.uniform(0.75, 1.0, 7), rng.uniform(0.7, 1.0, 7), rng.uniform(0.75, 1.0, 7))
    if not edges.left:
        for rise in (far_rise, mid_rise, near_rise):
            rise[:3] *= np.array([0.35, 0.62, 0.85])
    rows = (
        ("Far city", 0.18, (0.52, 0.84), (6.0, 10.0), far_rise),
        ("Middle city", 0.45, (0.34, 0.62), (6.5, 11.0), mid_rise),
        ("Near city", 1.0, (0.14, 0.38), (5.5, 10.5), near_rise),
    )
    for name, share, heights, widths, rise in rows:
        color = front if share == 1.0 else mix(page, front, share)
        row = _row(rng, x0, x1, u, (heights[0] * tall, heights[1] * tall), widths, rise)
        gap = 1.6 * u if share < 1 else 0.0
        towers = [
            _tower(rng, x, base, w - gap * (index % 3 == 0), h + base - foot, u) for index, (x, w, h) in enumerate(row)
        ]
        easel.shape(name, union(towers), color)
        if share == 1.0:
            lit, light = _windows(rng, row, foot, u), apart(palette.accent, front, 0.3)
            easel.shape("Lit windows", group(lit), light)
    return easel.elements


def _windows(rng: np.random.Generator, row: list[tuple[float, float, float]], base: float, u: float) -> list[skia.Path]:
    """A quarter of the near row's windows."""
    lit: list[skia.Path] = []
    for x, w, h in row:
        columns, rows = int((w - 1.6 * u) // (1.7 * u)), int((h - 3.2 * u) // (2.3 * u))
        start = x + (w - columns * 1.7 * u + 0.75 * u) / 2
        for column in range(columns):
            for line in range(rows):
                if rng.random() < 0.26:
                    lit.append(rect(start + column * 1.7 * u, base - h + 1.8 * u + line * 2.3 * u, 0.95 * u, 1.25 * u))
    return lit
