"""Motifs several heroes share: clouds, wave scales, sun rays, ridge lines, glows."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import skia
from numpy.typing import NDArray

from pipelines.models.painter.colors import alpha
from pipelines.models.painter.paths import arc, bounds, circle, clip, group, moved, polygon, polyline, rect, union
from storage.documents.style import Fill, radial, solid

# Share of full strength at these distances: a gaussian, whose edge cannot be seen.
GLOW = ((0.0, 1.0), (0.18, 0.80), (0.36, 0.50), (0.54, 0.24), (0.74, 0.07), (1.0, 0.0))


def fading(
    path: skia.Path, x: float, y: float, r: float, color: str, stops: Sequence[tuple[float, float]], floor: float
) -> tuple[skia.Path, Fill]:
    """The part of a path above ``floor``, and a radial paint round (x, y): strengths at shares of ``r``."""
    left, top, right, bottom = bounds(path)
    if bottom > floor:
        path = clip(path, rect(left, top, right - left, max(0.0, floor - top)))
        left, top, right, bottom = bounds(path)
    wide, tall = max(1.0, right - left), max(1.0, bottom - top)
    cx, cy, reach = (x - left) / wide, (y - top) / tall, r / max(wide, tall)
    if not (-4 <= cx <= 5 and -4 <= cy <= 5 and reach <= 10):
        # A sliver of it is left: nothing that anybody would see.
        return skia.Path(), solid(color)
    shades = [alpha(color, strength) for _, strength in stops]
    return path, radial(shades, [place for place, _ in stops], cx=cx, cy=cy, radius=reach)


def glow(x: float, y: float, r: float, color: str, strength: float, floor: float) -> tuple[skia.Path, Fill]:
    """A soft light that ends before it can be seen to end, above ``floor``."""
    return fading(circle(x, y, r), x, y, r, color, [(place, strength * share) for place, share in GLOW], floor)


def cloud(x: float, y: float, width: float, *, tail: float) -> tuple[skia.Path, skia.Path]:
    """A festival cloud standing on y: its one outline, and the scrolls drawn in it.

    ``tail`` runs the foot out to the left (negative) or right of the body, pixels.
    """
    w = width
    bumps = ((-0.29, 0.15, 0.155), (-0.05, 0.25, 0.215), (0.25, 0.17, 0.175))
    foot = rect(x - w * 0.5, y - w * 0.13, w, w * 0.13, w * 0.065)
    start, end = sorted((x, x + math.copysign(w * 0.5 + abs(tail), tail)))
    parts = [foot, rect(start, y - w * 0.085, end - start, w * 0.085, w * 0.0425)]
    scrolls: list[skia.Path] = []
    for dx, dy, r in bumps:
        cx, cy, r = x + dx * w, y - dy * w, r * w
        parts += [circle(cx, cy, r), rect(cx - r, cy, 2 * r, max(1.0, y - cy - w * 0.05))]
        scrolls.append(_scroll(cx, cy + r * 0.06, r * 0.66, turn=1 if dx < 0.1 else -1))
    return union(parts), group(scrolls)


def _scroll(cx: float, cy: float, r: float, turn: int) -> skia.Path:
    """A one-and-a-half-turn spiral, wide end outside."""
    angles = np.linspace(0, 2.9 * math.pi, 40)
    radii = r * (1 - 0.80 * angles / angles[-1])
    points = [(cx - turn * math.cos(a) * d, cy + 0.35 * r - math.sin(a) * d)
              for a, d in zip(angles + 0.1, radii, strict=True)]  # fmt: skip
    return polyline(points)


class Scale(NamedTuple):
    """One seigaiha scale: its centre and row (0 at the top), its rings as far as the scales below leave them seen."""

    x: float
    y: float
    row: int
    rings: skia.Path


def wave_scales(left: float, top: float, right: float, bottom: float, r: float) -> list[Scale]:
    """Seigaiha waves of radius ``r`` whose tops lie between ``top`` and ``bottom``."""
    scales: list[Scale] = []
    rings = group(_visible_arc(r, r * share) for share in (0.985, 0.74, 0.50, 0.26))
    row, y = 0, top + r
    while y - r < bottom:
        start = left - (r if row % 2 else 0)
        for index in range(math.ceil((right - start) / (2 * r)) + 1):
            x = start + 2 * r * index
            scales.append(Scale(x, y, row, moved(rings, x, y)))
        row, y = row + 1, y + r * 0.5
    return scales


def _visible_arc(r: float, inner: float) -> skia.Path:
    """The part of a ring round the origin that the two discs of the row below, at (+-r, r / 2), leave visible."""
    # Ring point (inner, t) lies in the disc at (r, r / 2) when its distance is under r: solve for the angle.
    far = math.hypot(r, r * 0.5)
    cosine = (inner * inner + far * far - r * r) / (2 * inner * far)
    tilt = math.degrees(math.atan2(0.5, 1))
    # Directly below, at one whole radius down, sits the disc two rows on.
    half = math.degrees(math.acos(max(-1.0, min(1.0, cosine)))) if cosine > -1 else 180.0
    upper = min(180.0, max(0.0, 90.0 + tilt - half)) if cosine < 1 else 180.0
    return arc(0, 0, inner, inner, 270 - upper, 2 * upper)


def rays(
    cx: float, cy: float, inner: float, outer: float, count: int, duty: float = 0.48, turn: float = 0
) -> skia.Path:
    """Sun rays from ``inner`` to ``outer``; degrees."""
    step = 360 / count
    beams: list[skia.Path] = []
    for index in range(count):
        a0, a1 = (math.radians(turn + index * step + side * step * duty / 2) for side in (-1, 1))
        beams.append(polygon([(cx + math.cos(a0) * inner, cy + math.sin(a0) * inner),
                              (cx + math.cos(a0) * outer, cy + math.sin(a0) * outer),
                              (cx + math.cos(a1) * outer, cy + math.sin(a1) * outer),
                              (cx + math.cos(a1) * inner, cy + math.sin(a1) * inner)]))  # fmt: skip
    return group(beams)


def ridge(rng: np.random.Generator, octaves: int, gain: float, waves: float, count: int = 160) -> NDArray[np.float64]:
    """Heights 0-1 at ``count`` places across the width: value noise, ``waves`` humps in the first octave."""
    x = np.linspace(0, 1, count)
    total, weight, amount = np.zeros(count), 0.0, 1.0
    frequency = waves
    for _ in range(octaves):
        knots = rng.uniform(0, 1, math.ceil(frequency) + 4)
        place = x * frequency + rng.uniform(0, 1)
        index = place.astype(int)
        share = place - index
        share = share * share * share * (share * (share * 6 - 15) + 10)
        total += amount * (knots[index] * (1 - share) + knots[index + 1] * share)
        weight += amount
        amount, frequency = amount * gain, frequency * 2
    heights = total / weight
    return np.asarray((heights - heights.min()) / max(1e-6, heights.max() - heights.min()))


def land(xs: NDArray[np.float64], ys: NDArray[np.float64], bottom: float) -> skia.Path:
    """The area under a ridge line."""
    points = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
    return polygon([(points[0][0], bottom), *points, (points[-1][0], bottom)])
