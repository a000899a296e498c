"""Concentric discs and nested arches: abstract heroes of a few tones and one accent core."""

import skia

from pipelines.models.base import Scene
from pipelines.models.painter.colors import apart, lightness, mix, told_apart, with_lightness
from pipelines.models.painter.easel import Easel
from pipelines.models.painter.paths import circle, pen
from pipelines.models.painter.placing import box_part, disc_part, edges_of, place
from pipelines.models.painter.tones import steps
from storage.documents.element import ElementSpec


def tone_ramp(scene: Scene, count: int) -> list[str]:
    """``count`` tones leaving the page step by step, each at least .05 from the last; towards the primary where the
    page is pale or dark, lighter (darker on a light ground) where it is saturated."""
    page = scene.page_color or scene.palette.bg
    palette = scene.palette
    if palette.mode == "vivid":
        level = lightness(page)
        end = with_lightness(page, level + 0.055 * count if level < 0.6 else level - 0.055 * count)
    else:
        end = apart(palette.primary, page, 0.07 * count)
    ramp, last = [], page
    for tone in steps(page, end, count + 1)[1:]:
        last = apart(tone, last, 0.05)
        ramp.append(last)
    return ramp


def whisper(scene: Scene, count: int) -> list[str]:
    """Tones for a pattern behind a hero: each a hardly visible .028 further from the page."""
    page = scene.page_color or scene.palette.bg
    sign = -1 if lightness(page) > 0.66 else 1
    tint = page if scene.palette.mode == "vivid" else mix(page, scene.palette.primary, 0.14)
    return [with_lightness(tint, lightness(page) + sign * 0.028 * (index + 1)) for index in range(count)]


def discs(scene: Scene, role: str = "hero") -> list[ElementSpec]:
    """Params: ``center``, ``radius`` (pixels). As a background: tone on tone, without the accent."""
    at = place(scene, [disc_part()], most=56)
    if at is None:
        return []
    easel = Easel(role, at)
    tones = tone_ramp(scene, 3) if role == "hero" else whisper(scene, 3)
    for index, (radius, tone) in enumerate(zip((100, 78, 57), tones, strict=True)):
        easel.shape(f"Disc {index + 1}", circle(0, 0, radius), tone)
    core = told_apart(scene.palette.accent, tones[-1], 0.12) if role == "hero" else whisper(scene, 4)[-1]
    easel.shape("Core", circle(0, 0, 36), core)
    return easel.elements


def _arch(half: float, base: float, crown: float) -> skia.Path:
    """An arch: a half disc on two straight legs down to ``base``; ``crown`` is the centre's y."""
    k = half * 0.5523
    return pen(("M", -half, base), ("L", -half, crown), ("C", -half, crown - k, -k, crown - half, 0, crown - half),
               ("C", k, crown - half, half, crown - k, half, crown), ("L", half, base), ("Z",))  # fmt: skip


def arches(scene: Scene, role: str = "hero") -> list[ElementSpec]:
    """Params: ``count`` of arches (3-6), ``radius`` (half width, pixels)."""
    count = max(3, min(6, int(scene.params.get("count", 5))))
    edges = edges_of(scene)
    standing = scene.strip is not None or edges.bottom
    zone = scene.zone
    # As tall as the zone allows: legs grow until the arch fills it.
    bottom = scene.strip.y if scene.strip else float(scene.height) if edges.bottom else zone.bottom
    tall = (bottom - zone.y) / max(1.0, min(zone.width, bottom - zone.y))
    legs = 100 * max(0.15, min(1.1, 2 * tall - 1.06))
    spot = Scene(**{**{name: getattr(scene, name) for name in scene.__slots__}, "params": {
        name: value for name, value in scene.params.items() if name != "center"}})  # fmt: skip
    at = place(spot, [disc_part(100), box_part(-100, 0, 100, legs)], most=47, crop="" if standing else "r",
               ground=legs if standing else None)  # fmt: skip
    if at is None:
        return []
    easel, tones = Easel(role, at), tone_ramp(scene, count - 1)
    for index in range(count):
        half = 100 * (1 - 0.19 * index) if count <= 5 else 100 * (1 - 0.158 * index)
        last = index == count - 1
        accent = told_apart(scene.palette.accent, tones[-1], 0.12)
        name = "Doorway" if last else f"Arch {index + 1}"
        easel.shape(name, _arch(half, legs, 0), accent if last else tones[index])
    return easel.elements
