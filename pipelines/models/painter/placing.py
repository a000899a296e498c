"""Finding where a hero fits: as large as allowed, clear of all text, cropped decidedly or not at all.

Drawings are made around the origin with a radius of about 100. A drawing's reach is given as convex parts; a place
is good when every part lies in the zone (beyond it only over canvas edges the zone touches), no part meets a quiet
box, and each canvas edge is either cleared by 4u or crops 12-28 % (design-book rule 9).
"""

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
import skia
from numpy.typing import NDArray

from pipelines.geometry import Box
from pipelines.models.base import Scene
from pipelines.models.painter.easel import Easel, Place
from pipelines.models.painter.paths import circle, clip, rect, segments
from pipelines.models.painter.tones import Tones, tones_of

Part = NDArray[np.float64]
CROPS = (0.18, 0.14, 0.23, 0.27)


def disc_part(r: float = 100, cx: float = 0, cy: float = 0) -> Part:
    """A disc as a 40-gon around it."""
    angles = np.linspace(0, 2 * math.pi, 40, endpoint=False)
    r = r / math.cos(math.pi / 40)
    return np.stack([cx + r * np.cos(angles), cy + r * np.sin(angles)], axis=1)


def box_part(left: float, top: float, right: float, bottom: float) -> Part:
    """A rectangle, clockwise."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=float)


@dataclass(frozen=True, slots=True)
class Edges:
    """Which canvas edges a zone touches."""

    left: bool
    top: bool
    right: bool
    bottom: bool


def edges_of(scene: Scene) -> Edges:
    """Edges of the canvas within 2 pixels of the zone's."""
    zone = scene.zone
    return Edges(zone.x <= 2, zone.y <= 2, zone.right >= scene.width - 2, zone.bottom >= scene.height - 2)


def clear_of(parts: list[Part], scale: float, offsets: Part, quiet: tuple[Box, ...], gap: float) -> NDArray[np.bool_]:
    """For each offset (K x 2): whether no part, scaled and moved there, comes nearer than ``gap`` to a quiet box."""
    clear = np.ones(len(offsets), dtype=bool)
    for part in parts:
        edge = np.roll(part, -1, axis=0) - part
        normal = np.stack([edge[:, 1], -edge[:, 0]], axis=1) / np.maximum(np.hypot(*edge.T), 1e-9)[:, None]
        normal = np.vstack([normal, [(1, 0), (-1, 0), (0, 1), (0, -1)]])
        reach = (part @ normal.T).max(axis=0) * scale + offsets @ normal.T  # K x E
        for box in quiet:
            x0, y0, x1, y1 = box.x - gap, box.y - gap, box.right + gap, box.bottom + gap
            nearest = np.minimum(normal[:, 0] * x0, normal[:, 0] * x1) + np.minimum(
                normal[:, 1] * y0, normal[:, 1] * y1
            )
            clear &= (nearest >= reach).any(axis=1)
    return clear


def _decided(low: NDArray[np.float64], size: float, u: float, touched: bool) -> NDArray[np.bool_]:
    """``low``: how far inside the edge (negative: outside). Far inside, or cropped 12-28 %."""
    if not touched:
        return low >= 0
    return (low >= 4 * u) | ((low <= -0.12 * size) & (low >= -0.285 * size))


def _spread(low: float, high: float, count: int) -> list[float]:
    """Values between, from the middle outwards."""
    middle = (low + high) / 2
    values = [middle]
    for step in range(1, count):
        values += [middle + (high - middle) * step / (count - 1), middle - (middle - low) * step / (count - 1)]
    return values if high > low else [middle]


def place(
    scene: Scene,
    parts: list[Part],
    *,
    most: float = 52,
    least: float = 7,
    crop: str = "rtbl",
    ground: float | None = None,
) -> Place | None:
    """The best place for a drawing of radius 100: scale from ``most`` u down to ``least`` u, or None.

    ``crop`` names the edges (r, t, b, l) that may cut the drawing; the right one is preferred. ``ground``: the y of the
    drawing that stands on the strip (or on the zone's bottom).
    ``scene.params`` may fix ``center`` (pixels) and ``radius`` (pixels, then the largest tried).
    """
    zone, u, edges = scene.zone, scene.u, edges_of(scene)
    points = np.vstack(parts)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    center, radius = scene.params.get("center"), scene.params.get("radius")
    largest = (float(radius) if radius else most * u) / 100
    floor = ground_line(scene)
    width, height = right - left, bottom - top
    scale = largest
    while scale >= least * u / 100:
        if center:
            xs, ys = [float(center[0])], [float(center[1])]
        else:
            xs = _spread(zone.x - left * scale, zone.right - right * scale, 4)
            if edges.right and "r" in crop and not (edges.left and ground is not None):
                xs = [scene.width + (share * width - right) * scale for share in CROPS] + xs
            if edges.left and not edges.right and "l" in crop:
                xs = [(-share * width - left) * scale for share in CROPS] + xs
            ys = _spread(zone.y - top * scale, zone.bottom - bottom * scale, 4)
            if ground is not None:
                ys = [floor - ground * scale]
            else:
                if edges.bottom and "b" in crop:
                    ys += [scene.height + (share * height - bottom) * scale for share in CROPS]
                if edges.top and "t" in crop:
                    ys += [(-share * height - top) * scale for share in CROPS]
        offsets = np.array(list(product(xs, ys)), dtype=float)
        good = clear_of(parts, scale, offsets, scene.quiet, 0.6 * u)
        if not center:
            x, y = offsets[:, 0], offsets[:, 1]
            good &= _decided(x + left * scale - (0 if edges.left else zone.x), width * scale, u, edges.left)
            end = scene.width if edges.right else zone.right
            good &= _decided(end - x - right * scale, width * scale, u, edges.right)
            good &= _decided(y + top * scale - (0 if edges.top else zone.y), height * scale, u, edges.top)
            if ground is None:
                end = scene.height if edges.bottom else zone.bottom
                good &= _decided(end - y - bottom * scale, height * scale, u, edges.bottom)
        if good.any():
            x, y = offsets[int(np.argmax(good))]
            return Place(float(x), float(y), scale)
        scale *= 0.955
    return None


def ground_line(scene: Scene) -> float:
    """y on which things stand: the strip's top, or the zone's bottom."""
    return scene.strip.y if scene.strip else scene.zone.bottom


def halo_radius(scene: Scene, at: Place, best: float = 128, least: float = 112) -> float | None:
    """Radius (drawing units) of the disc behind an object placed ``at``: clear of text and tangent to no canvas edge;
    None when too small."""
    sides = (at.x, at.y, scene.width - at.x, scene.height - at.y)
    radius = best
    while radius >= least:
        tangent = any(abs(side - radius * at.scale) < 2 * scene.u for side in sides)
        if (
            not tangent
            and clear_of([disc_part(radius)], at.scale, np.array([(at.x, at.y)]), scene.quiet, 0.6 * scene.u)[0]
        ):
            return radius
        radius -= 3
    return None


def hull_part(*paths: skia.Path) -> Part:
    """The convex hull of outlines' points and control points."""
    points = sorted({(point.x(), point.y()) for path in paths for _, group in segments(path) for point in group})
    chains: list[list[tuple[float, float]]] = []
    for ordered in (points, points[::-1]):
        chain: list[tuple[float, float]] = []
        for x, y in ordered:
            while len(chain) > 1 and (chain[-1][0] - chain[-2][0]) * (y - chain[-2][1]) <= (
                chain[-1][1] - chain[-2][1]
            ) * (x - chain[-2][0]):
                chain.pop()
            chain.append((x, y))
        chains.append(chain[:-1])
    return np.array(chains[0] + chains[1], dtype=float)


def seat(
    scene: Scene, parts: list[Part], base: float, *, most: float = 44, halo: float = 128, crop: str = ""
) -> tuple[Easel, Tones] | None:
    """An easel for an object: standing with drawing y ``base`` on the info strip, or floating in the zone without one.

    The tone-on-tone disc behind it (radius ``halo``, 0 for none) is painted already, cut off at the strip. None when
    the text leaves no place.
    """
    standing = scene.strip is not None
    if halo and not standing:
        parts = [*parts, disc_part(0.8 * halo)]
    at = place(scene, parts, most=most, crop=crop, ground=base if standing else None)
    if at is None:
        return None
    radius = halo_radius(scene, at, halo, 0.66 * halo) if halo else None
    easel, tones = Easel("hero", at), tones_of(scene, bare=radius is None)
    if radius:
        disc = circle(0, 0, radius)
        easel.shape("Disc", clip(disc, rect(-400, -400, 800, 400 + base)) if standing else disc, tones.halo)
    return easel, tones


def art_floor(scene: Scene) -> float:
    """Lowest y a hero may paint on freely: the strip's top, or below the canvas."""
    return scene.strip.y if scene.strip else scene.height + 50 * scene.u
