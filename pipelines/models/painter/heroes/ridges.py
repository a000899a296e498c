"""Ink mountains with a sun half sunk behind a ridge; each layer fades into the page, where text may stand."""

from typing import NamedTuple

import numpy as np
import skia
from numpy.typing import NDArray

from pipelines.models.base import Scene
from pipelines.models.painter.colors import alpha, apart, lightness, mix, to_lch, with_lightness
from pipelines.models.painter.easel import Easel
from pipelines.models.painter.motifs import land, ridge
from pipelines.models.painter.paths import circle, group, pen
from pipelines.models.painter.placing import clear_of, disc_part
from pipelines.models.painter.tones import sun_color
from storage.documents.element import ElementSpec
from storage.documents.ids import part_seed
from storage.documents.style import Fill, linear

NAMES = ("Far ridge", "Middle ridge", "Near ridge", "Foreground")
Line = NDArray[np.float64]


class Band(NamedTuple):
    """Heights between which the crests run: the ceiling for each x, and the floor, below which all is mist."""

    xs: Line
    ceiling: Line
    floor: float
    bottom: float


def _band(scene: Scene) -> Band:
    """The zone, less the text in its lower part; left of it, what the text above leaves free."""
    zone, gap = scene.zone, 1.2 * scene.u
    bottom = scene.strip.y if scene.strip else float(scene.height) if zone.bottom > scene.height - 2 else zone.bottom
    middle = zone.y + 0.55 * (bottom - zone.y)
    low = [box.y for box in scene.quiet if middle < box.y < bottom]
    floor = min([bottom, *(y - gap for y in low)])
    xs = np.linspace(0, scene.width, 200)
    ceiling = np.full_like(xs, zone.y)
    for box in scene.quiet:
        if box.y < middle and box.bottom > zone.y:
            under = (xs > box.x - 4 * gap) & (xs < box.right + 2 * gap)
            ceiling[under] = np.maximum(ceiling[under], min(box.bottom + gap, floor))
    outside = (xs < zone.x - 1) | (xs > zone.right + 1)
    if outside.any():
        ceiling[outside] = np.maximum(ceiling[outside], floor - max(0.0, floor - ceiling[outside].max()))
    # A slope, never a step: far lower ceilings spread sideways, and the crest stays under the true ceiling.
    reach = max(3, round(len(xs) * 0.16))
    padded = np.pad(ceiling, reach, mode="edge")
    lowest = np.array([padded[i : i + 2 * reach + 1].max() for i in range(len(xs))])
    kernel = np.hanning(2 * reach + 3)[1:-1]
    eased = np.convolve(np.pad(lowest, reach, mode="edge"), kernel / kernel.sum(), mode="valid")
    return Band(xs, np.maximum(eased, ceiling), floor, bottom)


def _inks(scene: Scene) -> list[str]:
    """Colours of the layers, far to near."""
    page = scene.page_color or scene.palette.bg
    if scene.palette.mode == "light":
        return [with_lightness(scene.palette.primary, level, 0.03) for level in (0.72, 0.60, 0.45, 0.28)]
    if scene.palette.mode == "dark":
        return [with_lightness(scene.palette.primary, level, 0.075) for level in (0.50, 0.42, 0.345, 0.26)]
    level, chroma, _ = to_lch(page)
    near = max(0.17, min(level - 0.26, 0.34))
    return [with_lightness(mix(page, scene.palette.deep, 0.5), level + (near - level) * share, min(0.10, chroma * 0.7))
            for share in (0.24, 0.48, 0.74, 1.0)]  # fmt: skip


def _mist(ink: str, page: str, height: float, fade: float) -> Fill:
    """Ink at the crest, the page after ``fade`` pixels."""
    end = max(0.0, min(1.0, fade / max(1.0, height)))
    middle = [mix(page, ink, share) for share in (0.72, 0.40, 0.14)]
    offsets = [0, end * 0.28, end * 0.56, end * 0.82, end, 1]
    return linear([ink, *middle, page, page], 180, [min(1.0, place) for place in offsets])


def _sun(scene: Scene, band: Band, crests: list[Line]) -> tuple[float, float, float] | None:
    """Centre and radius: sunk by 38 % into the nearest crest before it, clear of text; None when it cannot be."""
    zone = scene.zone
    at = scene.params.get("sun_at")
    shares = [float(at)] if at is not None else [0.33, 0.42, 0.26, 0.55, 0.66, 0.74]
    for radius in (15.0, 13.0, 11.0, 9.0):
        r = radius * scene.u
        for share in shares:
            x = zone.x + zone.width * share
            column = (band.xs > x - r) & (band.xs < x + r)
            if not column.any():
                continue
            y = float(np.minimum(crests[1], crests[2])[column].mean()) - r * 0.24
            room = zone.y + r if zone.y > 2 else r + 4 * scene.u
            if y >= room * 0.9 and clear_of([disc_part()], r / 100, np.array([(x, y)]), scene.quiet, scene.u)[0]:
                return x, y, r
    return None


def ridges(scene: Scene, role: str = "hero") -> list[ElementSpec]:
    """Params: ``sun`` and ``birds`` (False leaves them out), ``sun_at`` (fraction of the zone's width)."""
    rng = np.random.default_rng(part_seed(scene.seed, "ridges"))
    band = _band(scene)
    page = scene.page_color or scene.palette.bg
    inks = _inks(scene)
    span = np.maximum(0, band.floor - band.ceiling)
    if float(span.max()) < 8 * scene.u:
        return []
    crests: list[Line] = []
    for index in range(len(NAMES)):
        waves, start, relief = ((1.5, 0.14, 0.34), (1.9, 0.26, 0.34), (2.2, 0.48, 0.30), (1.4, 0.70, 0.20))[index]
        height = ridge(rng, 5, 0.40 if index < 3 else 0.3, waves * max(1.0, scene.width / scene.height), len(band.xs))
        crests.append(band.ceiling + span * (start + relief * (1 - height**1.3)))
    sun = _sun(scene, band, crests) if scene.params.get("sun", True) else None
    easel = Easel(role)
    for index, (name, crest, ink) in enumerate(zip(NAMES, crests, inks, strict=True)):
        if index == 1 and sun:
            easel.shape("Sun", circle(*sun), sun_color(scene))
        merged = index == len(NAMES) - 1 and scene.strip is not None
        top = float(crest.min())
        fade = min(band.floor - top, (0.30 + 0.07 * index) * float(span.max()) + float(np.ptp(crest)) * 0.6)
        paint = scene.strip_color if merged else _mist(ink, page, band.bottom - top, fade)
        easel.shape(name, land(band.xs, crest, band.bottom), paint)
    if sun and scene.params.get("birds", True):
        x, y, r = sun
        side = 1 if x < scene.width * 0.6 else -1
        spot = (x + side * 1.5 * r, y - 0.95 * r)
        if clear_of([disc_part()], r * 0.006, np.array([spot]), scene.quiet, scene.u)[0] and lightness(page) > 0.3:
            flock = [_bird(spot[0] + dx * r, spot[1] + dy * r, size * r)
                     for dx, dy, size in ((-0.25, 0.05, 0.19), (0.25, -0.12, 0.15), (0.12, 0.22, 0.12))]  # fmt: skip
            easel.shape("Birds", group(flock), line=alpha(apart(inks[3], page, 0.4), 0.8), width=0.26 * scene.u)
    return easel.elements


def _bird(x: float, y: float, s: float) -> skia.Path:
    return pen(("M", x - s, y - 0.10 * s), ("Q", x - 0.45 * s, y - 0.42 * s, x, y + 0.18 * s),
               ("Q", x + 0.45 * s, y - 0.46 * s, x + s, y - 0.20 * s))  # fmt: skip
