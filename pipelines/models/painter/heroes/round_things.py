"""Round subjects, cropped at the right edge: vinyl record, basketball, bicycle wheel, camera lens."""

import math

import numpy as np
import skia

from pipelines.models.base import Scene
from pipelines.models.painter.colors import alpha, apart, from_lch, lighter, mix, with_lightness
from pipelines.models.painter.easel import Easel
from pipelines.models.painter.paths import arc, circle, clip, cut, ellipse, group, moved, polyline, rect, ring, wedge
from pipelines.models.painter.placing import disc_part, place
from pipelines.models.painter.tones import Tones, tones_of
from storage.documents.element import ElementSpec
from storage.documents.style import linear, radial


def _ground(scene: Scene, most: float = 50) -> tuple[Easel, Tones] | None:
    at = place(scene, [disc_part(115)], most=most)
    if at is None:
        return None
    easel, tones = Easel("hero", at), tones_of(scene)
    easel.shape("Disc", circle(0, 0, 115), tones.halo)
    return easel, tones


def record(scene: Scene) -> list[ElementSpec]:
    """Params: ``center``, ``radius`` (pixels)."""
    seated = _ground(scene)
    if seated is None:
        return []
    easel, tones = seated
    vinyl = apart(with_lightness(scene.palette.deep, 0.17, 0.02), tones.halo, 0.14)
    groove = lighter(vinyl, 0.075)
    easel.shape("Record", circle(0, 0, 100), vinyl, shadow=(alpha(tones.shadow, 0.35), 2, 4, 10))
    radii = (95, 91, 87, 83, 79, 74.5, 70, 66, 62, 58, 54, 50, 46, 42)
    easel.shape("Grooves", group(ring(0, 0, r + 0.3, r - 0.3) for r in radii), groove)
    gaps = group(ring(0, 0, r + 0.9, r - 0.9) for r in (76.8, 56))
    easel.shape("Track gaps", gaps, lighter(vinyl, -0.05))
    band = ring(0, 0, 97, 37)
    for name, spread, strength in (("Sheen", 30, 0.07), ("Sheen core", 13, 0.10)):
        light = group(clip(wedge(0, 0, 100, middle - spread / 2, spread), band) for middle in (-128, 52))
        easel.shape(name, light, alpha("#ffffff", strength))
    label = apart(scene.palette.accent, vinyl, 0.25)
    easel.shape("Label", circle(0, 0, 34), label)
    easel.shape("Label half", clip(circle(0, 0, 34), rect(-40, 4, 80, 40)), lighter(label, -0.11))
    lines = group([rect(-17, -17, 34, 3, 1.5), rect(-11, -10.5, 22, 2.2, 1.1), ring(0, 0, 30.6, 30)])
    easel.shape("Label lines", lines, alpha(vinyl, 0.75))
    easel.shape("Spindle", circle(0, 0, 3.4), tones.halo)
    return easel.elements


def ball(scene: Scene) -> list[ElementSpec]:
    """A basketball. Params: ``center``, ``radius`` (pixels)."""
    seated = _ground(scene)
    if seated is None:
        return []
    easel, tones = seated
    skin = apart(from_lch(0.68, 0.165, 52), tones.halo, 0.12)
    seam = apart(with_lightness(scene.palette.deep, 0.22, 0.03), skin, 0.35)
    outline = circle(0, 0, 100)
    easel.shape("Ball shadow", circle(8, 12, 99), alpha(tones.shadow, 0.30), blur=9)
    easel.shape("Ball", outline, skin)
    easel.shape("Ball shade", cut(outline, circle(-16, -20, 108)), lighter(skin, -0.085))
    easel.shape("Ball light", clip(circle(-34, -40, 46), outline), lighter(skin, 0.045))
    lines = [polyline([(-100, 0), (100, 0)]), polyline([(0, -100), (0, 100)]),
             arc(-118, 0, 92, 92, -60, 120), arc(118, 0, 92, 92, 120, 120)]  # fmt: skip
    areas = [_line_area(line, 4.4) for line in lines]
    seams = clip(_merge(areas), circle(0, 0, 100.2))
    easel.shape("Ball seams", moved(seams, turn=-22), seam)
    return easel.elements


def _spoke(start: float, start_turn: float, end: float, end_turn: float) -> skia.Path:
    """A line between two points given as radius and angle (radians)."""
    return polyline([(math.cos(start_turn) * start, math.sin(start_turn) * start),
                     (math.cos(end_turn) * end, math.sin(end_turn) * end)])  # fmt: skip


def _line_area(line: skia.Path, width: float) -> skia.Path:
    paint = skia.Paint(Style=skia.Paint.kStroke_Style, StrokeWidth=width)
    outline = skia.Path()
    paint.getFillPath(line, outline)
    return outline


def _merge(areas: list[skia.Path]) -> skia.Path:
    merged = skia.Path()
    for area in areas:
        merged = skia.Op(merged, area, skia.kUnion_PathOp)
    return merged


def wheel(scene: Scene) -> list[ElementSpec]:
    """A bicycle wheel. Params: ``center``, ``radius`` (pixels)."""
    seated = _ground(scene)
    if seated is None:
        return []
    easel, tones = seated
    tyre = apart(with_lightness(scene.palette.deep, 0.20, 0.02), tones.halo, 0.16)
    metal = apart(tones.white, tones.halo, 0.16)
    easel.shape("Tyre", ring(0, 0, 100, 89), tyre)
    tread = [_spoke(95.5, turn, 99.2, turn + 0.018) for turn in np.linspace(0, math.tau, 90, endpoint=False)]
    easel.shape("Tread", group(tread), line=lighter(tyre, 0.10), width=0.9)
    easel.shape("Rim", ring(0, 0, 89, 84.5), apart(scene.palette.accent, tyre, 0.2))
    # Each spoke leaves the hub almost at a tangent, in turns to either side.
    turns = [(math.tau * index / 28, 1.30 if index % 2 else -1.30) for index in range(28)]
    spokes = [_spoke(10, turn + lean, 85, turn) for turn, lean in turns]
    easel.shape("Spokes", group(spokes), line=metal, width=0.95)
    easel.shape("Hub", circle(0, 0, 13), tyre)
    easel.shape("Hub ring", ring(0, 0, 13, 10.5), metal)
    easel.shape("Axle", circle(0, 0, 4.6), apart(scene.palette.accent, tyre, 0.2))
    easel.shape("Valve", moved(rect(-1.6, -84.5, 3.2, 9, 1.4), turn=38), metal)
    easel.shape("Tyre light", clip(ring(0, 0, 97.6, 95.8), wedge(0, 0, 100, 205, 60)), alpha("#ffffff", 0.35))
    return easel.elements


def lens(scene: Scene) -> list[ElementSpec]:
    """A camera lens from the front. Params: ``center``, ``radius`` (pixels)."""
    seated = _ground(scene)
    if seated is None:
        return []
    easel, tones = seated
    barrel = apart(with_lightness(scene.palette.deep, 0.22, 0.02), tones.halo, 0.15)
    easel.shape("Lens shadow", circle(7, 11, 99), alpha(tones.shadow, 0.34), blur=9)
    easel.shape("Barrel", circle(0, 0, 100), barrel)
    ticks = [_spoke(92, turn, 97, turn) for turn in np.linspace(0, math.tau, 72, endpoint=False)]
    easel.shape("Grip", group(ticks), line=lighter(barrel, 0.13), width=1.5)
    easel.shape("Inner barrel", circle(0, 0, 86), linear([lighter(barrel, -0.07), lighter(barrel, 0.10)], 145))
    easel.shape("Accent ring", ring(0, 0, 80, 76.6), apart(scene.palette.accent, barrel, 0.25))
    easel.shape("Throat", circle(0, 0, 70), lighter(barrel, -0.10))
    deep, middle = from_lch(0.20, 0.07, 280), mix(from_lch(0.48, 0.13, 275), scene.palette.primary, 0.35)
    colors = [from_lch(0.13, 0.03, 280), deep, with_lightness(middle, 0.46), with_lightness(middle, 0.62)]
    easel.shape("Glass", circle(0, 0, 60), radial(colors, [0, 0.42, 0.80, 1], cx=0.52, cy=0.54))
    blades = [_spoke(30, turn, 59, turn + 2.05) for turn in np.linspace(0.3, 0.3 + math.tau, 7, endpoint=False)]
    easel.shape("Blades", group(blades), line=alpha("#ffffff", 0.20), width=1.3)
    easel.shape("Pupil", circle(0, 0, 25), from_lch(0.10, 0.02, 280))
    glint = clip(cut(circle(0, 0, 55), circle(11, 13, 56)), circle(0, 0, 54))
    easel.shape("Glint", glint, alpha("#ffffff", 0.50))
    easel.shape("Glint small", ellipse(27, 30, 11, 6.5), alpha("#ffffff", 0.30))
    return easel.elements
