"""Bands across the poster: curved running lanes, and diagonal bars."""

import math
from typing import NamedTuple

import numpy as np
import skia

from pipelines.models.base import Scene
from pipelines.models.painter.colors import apart, from_lch, mix, to_lch
from pipelines.models.painter.easel import Easel
from pipelines.models.painter.fields import open_text
from pipelines.models.painter.heroes.discs import tone_ramp, whisper
from pipelines.models.painter.paths import clip, group, moved, polygon, rect, ring, union
from pipelines.models.painter.placing import clear_of, edges_of
from storage.documents.element import ElementSpec

TILT = 32.0


class Bend(NamedTuple):
    """A ring of lanes: centre, outer and inner radius."""

    x: float
    y: float
    outer: float
    inner: float


def _bend(scene: Scene, floor: float) -> Bend | None:
    """The ring that shows most of itself between the texts: its crown under the text above, and by the text below it
    has left the canvas or passes beside."""
    zone, u = scene.zone, scene.u
    widest = min(46 * u, 0.72 * (floor - zone.y))
    best, most = None, 0.0
    for side in (1.05, 1.3, 0.9, 1.6, 2.0):
        for radius in np.linspace(2.4, 0.5, 20) * scene.width:
            x, y = scene.width * side, zone.y + radius + 0.5 * u
            for width in (widest, widest * 0.8, widest * 0.6):
                bend = Bend(x, y, float(radius), float(radius - width))
                if bend.inner >= 8 * u and _clear(scene, bend):
                    seen = _share_seen(scene, bend, floor)
                    if seen > most:
                        best, most = bend, seen
                    break
    return best


def _clear(scene: Scene, bend: Bend) -> bool:
    """Whether every text above the strip lies wholly outside the ring or in its hole."""
    gap = 1.0 * scene.u
    for box in scene.quiet:
        if scene.strip and box.y >= scene.strip.y - 1:
            continue
        near = math.hypot(max(box.x, min(bend.x, box.right)) - bend.x, max(box.y, min(bend.y, box.bottom)) - bend.y)
        far = math.hypot(
            max(abs(box.x - bend.x), abs(box.right - bend.x)), max(abs(box.y - bend.y), abs(box.bottom - bend.y))
        )
        if near < bend.outer + gap and far > bend.inner - gap:
            return False
    return True


def _share_seen(scene: Scene, bend: Bend, floor: float) -> float:
    x, y = np.meshgrid(np.linspace(0, scene.width, 24), np.linspace(0, floor, 24))
    distance = np.hypot(x - bend.x, y - bend.y)
    return float(((distance < bend.outer) & (distance > bend.inner)).mean())


def track(scene: Scene) -> list[ElementSpec]:
    """Running lanes with white lines, bending out of the picture. Params: ``lanes`` (4-8)."""
    u, zone, palette = scene.u, scene.zone, scene.palette
    below = [box.y - 1.5 * u for box in scene.quiet if box.y > zone.y + 0.5 * zone.height]
    bend = _bend(scene, scene.strip.y if scene.strip else min([zone.bottom, *below]))
    if bend is None:
        return []
    lanes = max(4, min(8, int(scene.params.get("lanes", 6))))
    page = scene.page_color or palette.bg
    far = 9 * u
    ground = rect(-far, -far, scene.width + 2 * far, (scene.strip.y if scene.strip else scene.height + far) + far)
    clay = apart(_clay(page) if palette.mode == "vivid" else palette.primary, page, 0.14)
    pitch = (bend.outer - bend.inner) / lanes

    def lane(outer: float, inner: float) -> skia.Path:
        return ring(bend.x, bend.y, outer, inner)

    easel = Easel("hero")
    easel.shape("Track", clip(lane(bend.outer, bend.inner), ground), clay)
    start = bend.outer - (lanes // 2) * pitch
    easel.shape("Fast lane", clip(lane(start, start - pitch), ground), apart(palette.accent, clay, 0.18))
    edges = [bend.outer - index * pitch for index in range(lanes + 1)]
    lines = union([lane(edge + 0.3 * u, edge - 0.3 * u) for edge in edges])
    easel.shape("Lane lines", clip(lines, ground), apart(mix(page, "#ffffff", 0.92), clay, 0.3))
    return easel.elements


def _clay(page: str) -> str:
    """A deeper (on a dark page lighter) tone of the page; warm ones turn to red, as black makes them brown."""
    level, chroma, hue = to_lch(page)
    return from_lch(level - 0.15 if level > 0.42 else level + 0.13, chroma, hue - 14 if 20 < hue < 110 else hue)


def bars(scene: Scene, role: str = "hero") -> list[ElementSpec]:
    """Diagonal bars whose widths grow from a quarter to most of the pitch, one in the accent. They come in from the
    right and end square, before the text. As a background: tone on tone, without the accent."""
    zone, u, edges = scene.zone, scene.u, edges_of(scene)
    bottom = scene.strip.y if scene.strip else float(scene.height) if edges.bottom else zone.bottom
    left, right = (0.0 if edges.left else zone.x), float(scene.width if edges.right else zone.right)
    tones = tone_ramp(scene, 2) if role == "hero" else whisper(scene, 2)
    page = scene.page_color or scene.palette.bg
    slope = math.tan(math.radians(TILT))
    # Heights at the right edge: the first bar clears the zone's top there, the last one the far lower corner.
    first = zone.y - (right - left) * slope * (0.4 if edges.left else 0.0)
    last = bottom + (right - left) * slope * 0.4
    count = max(6, min(10, round((last - first) / (12 * u))))
    pitch = (last - first) / count
    cosine = math.cos(math.radians(TILT))
    paths: dict[str, list[skia.Path]] = {"first": [], "second": [], "accent": []}
    field = rect(left, 0, right - left + 9 * u, bottom) if not edges.left else rect(-9 * u, 0, right + 18 * u, bottom)
    length = (right - left) / cosine + 18 * u
    for index in range(count):
        thick = pitch * cosine * (0.25 + 0.60 * index / (count - 1))
        anchor = np.array([(right + 6 * u, first + pitch * (index + 0.6))])
        stagger = 0.0 if edges.left else (0.05, 0.22, 0.12, 0.34)[index % 4] * length
        for share in np.linspace(0, 0.6 if edges.left else 0.9, 31):
            corners = [(-length + stagger + share * length, -thick / 2), (0, -thick / 2), (0, thick / 2),
                       (-length + stagger + share * length, thick / 2)]  # fmt: skip
            bar = moved(polygon(corners), turn=-TILT)
            part = np.array([(point.x(), point.y()) for point in bar.getPoints(4)])
            inside = edges.left or part[:, 0].min() + anchor[0, 0] > left
            if inside and clear_of([part], 1, anchor, open_text(scene), 0.8 * u)[0]:
                key = "accent" if index == count * 5 // 9 else "second" if index % 2 else "first"
                paths[key].append(clip(moved(bar, *anchor[0].tolist()), field))
                break
    easel = Easel(role)
    colors = {
        "first": tones[0],
        "second": tones[1],
        "accent": apart(scene.palette.accent, page, 0.14) if role == "hero" else tones[1],
    }
    for key, areas in paths.items():
        easel.shape(f"Bars, {key} tone" if key != "accent" else "Accent bar", group(areas), colors[key])
    return easel.elements
