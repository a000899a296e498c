"""Subjects of ideas and power: light bulb, paper plane, lightning bolt."""

import math

import numpy as np
import skia

from pipelines.models.base import Scene
from pipelines.models.painter.colors import alpha, apart, lighter, lightness, mix
from pipelines.models.painter.easel import Easel
from pipelines.models.painter.paths import circle, clip, cut, drawn, moved, polygon, rect, smooth, stroked, union
from pipelines.models.painter.placing import clear_of, disc_part, hull_part, place, seat
from pipelines.models.painter.tones import tones_of
from storage.documents.element import ElementSpec


def bulb(scene: Scene) -> list[ElementSpec]:
    """A lit light bulb with rays. Params: ``center``, ``radius`` (pixels)."""
    glass = union(
        [
            circle(0, -18, 58),
            drawn("M-50 12 C-34 38 -27 44 -26 64 L26 64 C27 44 34 38 50 12 Z"),
        ]
    )
    tilt = 12.0
    cap = union(
        [rect(-26, 66, 52, 11, 5), rect(-25, 80, 50, 11, 5), rect(-20, 94, 40, 10, 5), rect(-9, 102, 18, 9, 4.5)]
    )
    beams = []
    for index in range(9):
        angle = math.radians(-210 + 240 / 8 * index)
        near, far = (72, 92) if index % 2 == 0 else (72, 84)
        beams.append(
            stroked(
                smooth(
                    [
                        (math.cos(angle) * near, -18 + math.sin(angle) * near),
                        (math.cos(angle) * far, -18 + math.sin(angle) * far),
                    ]
                ),
                6.4,
            )
        )
    rays = union(beams)
    seated = seat(
        scene,
        [hull_part(moved(union([glass, cap, rays]), turn=tilt))],
        200 if scene.strip is None else 112,
        most=54,
        halo=122,
    )
    if seated is None:
        return []
    easel, tones = seated

    def turned(path: skia.Path) -> skia.Path:
        return moved(path, turn=tilt)

    light = apart(scene.palette.accent, tones.halo, 0.14)
    metal = apart(tones.dark if lightness(tones.halo) > 0.35 else tones.white, tones.halo, 0.2)
    easel.shape("Rays", turned(rays), light)
    easel.shape("Glass", turned(glass), light)
    easel.shape("Glass shade", turned(cut(glass, moved(glass, -15, -6))), lighter(light, -0.085))
    shine = stroked(drawn("M-42 -22 C-41 -40 -30 -54 -14 -60"), 6.4)
    easel.shape("Shine", turned(shine), mix(light, "#ffffff", 0.72))
    wire = drawn("M-14 64 L-20 8 C-22 -8 -6 -10 -4 4 C-3 12 3 12 4 4 C6 -10 22 -8 20 8 L14 64")
    easel.shape("Filament", turned(wire), line=mix(light, metal, 0.75), width=3.6)
    easel.shape("Cap", turned(cap), metal)
    easel.shape("Cap shade", turned(clip(cap, rect(8, 60, 40, 60))), alpha(tones.shadow, 0.22))
    return easel.elements


def plane(scene: Scene) -> list[ElementSpec]:
    """A folded paper plane and its trail. Params: ``center``, ``radius`` (pixels), ``trail`` (False leaves it out)."""
    nose, left, notch, belly, fold, right = (104, -80), (-104, -14), (-40, 18), (-22, 86), (2, 40), (62, 74)
    whole = hull_part(polygon([nose, left, belly, right]))
    seated = seat(scene, [whole], 200 if scene.strip is None else 108, most=50)
    if seated is None:
        return []
    easel, tones = seated
    white, dark = tones.white, mix(tones.dark, tones.body, 0.35)
    if scene.params.get("trail", True):
        _trail(easel, scene, apart(scene.palette.accent, tones.halo, 0.12))
    easel.shape("Left wing", polygon([nose, left, notch]), white)
    easel.shape("Inner fold", polygon([nose, notch, belly]), mix(white, dark, 0.45))
    easel.shape("Keel", polygon([nose, belly, fold]), mix(white, dark, 0.26))
    easel.shape("Right wing", polygon([nose, fold, right]), mix(white, dark, 0.08))
    return easel.elements


def _trail(easel: Easel, scene: Scene, color: str) -> None:
    """A dashed loop behind the plane, as much of it as the text and the strip leave."""
    curve = [
        (-36, 66),
        (-62, 88),
        (-96, 84),
        (-108, 56),
        (-88, 34),
        (-64, 50),
        (-70, 84),
        (-104, 108),
        (-150, 112),
        (-210, 100),
        (-290, 96),
    ]
    at = easel.place
    kept: list[tuple[float, float]] = []
    for x, y in curve:
        px, py = at.x + x * at.scale, at.y + y * at.scale
        low = scene.strip.y if scene.strip else scene.height + 1e6
        if (
            py > low - 2 * scene.u
            or not clear_of([disc_part(12)], at.scale, np.array([(px, py)]), scene.quiet, scene.u)[0]
        ):
            break
        kept.append((x, y))
    if len(kept) >= 4:
        easel.shape("Trail", smooth(kept), line=color, width=2.4, dash=(7, 7))


def bolt(scene: Scene) -> list[ElementSpec]:
    """One solid lightning bolt, cropped above and at the right. Params: ``center``, ``radius`` (pixels)."""
    outline = [(20, -128), (86, -128), (20, -30), (94, -30), (-46, 136), (-12, 22), (-80, 22)]
    shape, ground = polygon(outline), None
    if scene.strip:
        # Cut by the strip, as by an edge.
        ground = 104.0
        shape = clip(shape, rect(-200, -200, 400, 200 + ground))
    at = place(scene, [hull_part(shape)], most=58, ground=ground, crop="rt")
    if at is None:
        return []
    tones = tones_of(scene, bare=True)
    easel = Easel("hero", at)
    page = tones.page
    # Solid: the darkest tone on a light ground, the accent on a dark one.
    color = apart(scene.palette.deep, page, 0.35) if lightness(page) > 0.66 else apart(scene.palette.accent, page, 0.25)
    easel.shape("Bolt", shape, color)
    return easel.elements
