"""What festival heroes share: golds, the crest base, clouds beside a disc, and seigaiha fading into the page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.geometry import Box
from pipelines.models.base import Scene
from pipelines.models.painter.colors import alpha, apart, from_lch, lighter, mix, to_lch, with_lightness
from pipelines.models.painter.easel import Easel, Place
from pipelines.models.painter.motifs import cloud, land, ridge, wave_scales
from pipelines.models.painter.paths import group, polyline, rect, union
from pipelines.models.painter.placing import box_part, clear_of
from storage.documents.ids import part_seed


@dataclass(frozen=True, slots=True)
class FestivalTones:
    """``gold`` for lines, ``fill`` for clouds and lanterns, ``deep`` for discs and the base, ``shadow``."""

    page: str
    gold: str
    fill: str
    deep: str
    base: str
    shadow: str


def festival_tones(scene: Scene) -> FestivalTones:
    """Gold is the accent when it is a warm light; otherwise a gold that fits the page."""
    palette = scene.palette
    page = scene.page_color or palette.bg
    level, _, hue = to_lch(page)
    accent_level, accent_chroma, accent_hue = to_lch(palette.accent)
    golden = 45 < accent_hue < 110 and accent_level > 0.6 and accent_chroma > 0.05
    gold = palette.accent if golden else from_lch(0.82, 0.11, 82)
    if level > 0.66:
        gold = with_lightness(gold, 0.62)
    gold = mix(gold, from_lch(0.80, 0.10, 75), 0.25)
    red = page if palette.mode == "vivid" and level <= 0.66 else palette.primary
    fill = apart(with_lightness(red, 0.56), page, 0.06) if hue < 60 or palette.mode != "vivid" else lighter(page, 0.10)
    deep = with_lightness(red if palette.mode != "dark" else palette.primary, max(0.2, min(0.40, level - 0.12)))
    tint = (
        with_lightness(palette.primary, 0.87, 0.05) if level > 0.86 else lighter(page, -0.12 if level > 0.3 else -0.06)
    )
    base = scene.strip_color if scene.strip else tint
    return FestivalTones(page, gold, fill, deep, base, with_lightness(palette.deep, 0.14))


def clear_box(scene: Scene, left: float, top: float, right: float, bottom: float) -> bool:
    """Whether a box meets no text."""
    return bool(clear_of([box_part(left, top, right, bottom)], 1, np.zeros((1, 2)), scene.quiet, 0.6 * scene.u)[0])


def text_floor(scene: Scene) -> float:
    """Where the text below begins: the strip, the first quiet box in the lower 35 %, or the zone's bottom."""
    if scene.strip:
        return scene.strip.y
    low = [box.y for box in scene.quiet if box.y > scene.height * 0.62]
    return min([scene.zone.bottom, *low])


def clouds(easel: Easel, scene: Scene, tones: FestivalTones, spots: Sequence[tuple[float, float, float, float]],
           opacity: float = 1) -> None:  # fmt: skip
    """Clouds at (x, foot y, width, tail); those that would meet text are left out."""
    bodies, scrolls = [], []
    for x, foot, width, tail in spots:
        for drop in (0, 2, 4, 7):
            y, end = foot + drop * scene.u, x + tail
            body_free = clear_box(scene, x - width * 0.5, y - width * 0.48, x + width * 0.5, y)
            if body_free and clear_box(scene, min(x, end), y - width * 0.09, max(x, end), y):
                body, scroll = cloud(x, y, width, tail=tail)
                bodies.append(body)
                scrolls.append(scroll)
                break
    if bodies:
        easel.shape("Clouds", group(bodies), tones.fill, line=tones.gold, width=0.28 * scene.u, opacity=opacity,
                    shadow=(alpha(tones.shadow, 0.35), 0, 0.7 * scene.u, 1.6 * scene.u))  # fmt: skip
        easel.shape("Cloud scrolls", group(scrolls), line=tones.gold, width=0.24 * scene.u, opacity=opacity)


def calm(easel: Easel, scene: Scene, color: str, holder: Place | None = None) -> None:
    """Soft patches of the page's colour under the text, over a pattern that would run through it.

    Text that stands inside ``holder`` (a disc) needs none.
    """
    soft = 1.6 * scene.u
    patches = []
    for box in scene.quiet:
        x, y = box.center
        if scene.strip and box.overlaps(scene.strip):
            continue
        if holder is None or math.hypot(x - holder.x, y - holder.y) > 80 * holder.scale:
            grown = box.outset(2.4 * soft)
            patches.append(rect(*grown, radius=2 * soft))
    if patches:
        easel.shape("Calm under the text", union(patches), color, blur=soft)


def crest_hills(easel: Easel, scene: Scene, tones: FestivalTones, *, top: float, floor: float, layers: int = 3) -> None:
    """Paper-cut hills with a gold line along each crest. The last is flat and carries the text below ``floor``."""
    rng = np.random.default_rng(part_seed(scene.seed, "crest hills"))
    bottom = scene.strip.y if scene.strip else scene.height
    xs = np.linspace(-2 * scene.u, scene.width + 2 * scene.u, 140)
    far = mix(tones.page, tones.base, 0.25)
    top = max([top, *(box.bottom + 1.2 * scene.u for box in scene.quiet if box.center[1] < floor)])
    step = max(2 * scene.u, floor - top) / layers
    for index in range(layers):
        color = mix(far, tones.base, index / max(1, layers - 1))
        height = ridge(rng, 2, 0.3, 1.6 + 0.5 * index, len(xs))
        crest = top + step * (index + 0.96) - step * (0.95 - 0.12 * index) * height
        easel.shape(f"Hill {index + 1}", land(xs, crest, bottom), color,
                    shadow=(alpha(tones.shadow, 0.36), 0, -0.5 * scene.u, 1.8 * scene.u))  # fmt: skip
        easel.shape(f"Hill {index + 1} crest", polyline(list(zip(xs.tolist(), crest.tolist(), strict=True))),
                    line=tones.gold, width=0.26 * scene.u)  # fmt: skip


def seigaiha(easel: Easel, scene: Scene, area: Box, line: str, *, strong: float = 0.85, r: float = 9,
             rising: bool = False, buckets: int = 6) -> None:  # fmt: skip
    """Wave scales of radius ``r`` u whose lines fade out downwards, or upwards when ``rising``. Scales that would
    meet text are left out."""
    # Never more than some 1600 scales, however narrow the page.
    size = max(r * scene.u, math.sqrt(area.width * max(1.0, area.height)) / 40)
    scales = [scale for scale in wave_scales(area.x, area.y, area.right, area.bottom, size)
              if clear_box(scene, scale.x - size, scale.y - size, scale.x + size, scale.y)]  # fmt: skip
    rows = max((scale.row for scale in scales), default=0) + 1
    for bucket in range(buckets):
        chosen = [scale.rings for scale in scales if scale.row * buckets // rows == bucket]
        share = bucket / max(1, buckets - 1)
        strength = strong * ((share if rising else 1 - share) ** 1.3 * 0.92 + 0.08)
        easel.shape(f"Waves {bucket + 1}", group(chosen), line=line, width=0.22 * scene.u, opacity=round(strength, 3))
