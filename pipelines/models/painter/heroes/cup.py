"""A latte from above: saucer, cup, handle, nested hearts. Belongs on a seam between two colours."""

import math

import numpy as np
import skia

from pipelines.models.base import Scene
from pipelines.models.painter.colors import alpha, apart, from_lch, lighter, lightness, mix
from pipelines.models.painter.easel import Easel, Place
from pipelines.models.painter.paths import circle, cut, ellipse, group, moved, pen, rect, union
from pipelines.models.painter.placing import clear_of, disc_part, place
from pipelines.models.painter.tones import tones_of
from storage.documents.element import ElementSpec
from storage.documents.ids import part_seed
from storage.documents.style import linear, radial

COFFEE_EDGE, COFFEE, CREAM = "#4a2413", "#8a5433", "#f8e7cb"
TEA_EDGE, TEA = from_lch(0.50, 0.12, 60), from_lch(0.66, 0.13, 68)


def _heart(size: float, *, hole: bool = False) -> skia.Path:
    """A plump heart, its middle at the origin, point down; ``hole`` mirrors it, which turns the winding."""
    s = -size if hole else size
    t = size
    return pen(
        ("M", 0, -0.48 * t), ("C", 0.20 * s, -1.02 * t, 1.10 * s, -1.04 * t, 1.08 * s, -0.24 * t),
        ("C", 1.06 * s, 0.36 * t, 0.42 * s, 0.66 * t, 0, 1.06 * t),
        ("C", -0.42 * s, 0.66 * t, -1.06 * s, 0.36 * t, -1.08 * s, -0.24 * t),
        ("C", -1.10 * s, -1.04 * t, -0.20 * s, -1.02 * t, 0, -0.48 * t), ("Z",),
    )  # fmt: skip


def _flowers(scene: Scene, at: Place) -> list[Place]:
    """Places of a few petals left of the saucer, clear of the text."""
    rng = np.random.default_rng(part_seed(scene.seed, "cup petals"))
    found: list[Place] = []
    for angle, distance in ((157, 128), (172, 102), (187, 136), (203, 116), (140, 112)):
        turn = math.radians(angle + rng.uniform(-4, 4))
        x = at.x + math.cos(turn) * distance * at.scale
        y = at.y - math.sin(turn) * distance * at.scale
        size = at.scale * rng.uniform(0.055, 0.075)
        reach = 150 * size
        inside = reach + scene.u < x < scene.width - reach - scene.u
        if inside and clear_of([disc_part(150)], size, np.array([(x, y)]), scene.quiet, scene.u)[0]:
            found.append(Place(x, y, size, rng.uniform(0, 90)))
    return found


def cup(scene: Scene) -> list[ElementSpec]:
    """Params: ``center``, ``radius`` (the saucer's, pixels), ``drink`` ("tea" for tea), ``petals`` (bool)."""
    at = place(scene, [disc_part()])
    if at is None:
        return []
    tones = tones_of(scene)
    easel = Easel("hero", at)
    white, shade, shade2 = tones.white, tones.shade, tones.shade2
    tea = scene.params.get("drink") == "tea"
    # Porcelain vanishes on a pale page: there the saucer takes the page's second tone.
    pale = lightness(tones.page) > 0.86
    rim, well = (tones.halo, tones.halo2) if pale else (white, shade2)
    well_end = tones.halo if pale else mix(white, shade, 0.3)
    edge, liquid = (TEA_EDGE, TEA) if tea else (COFFEE_EDGE, COFFEE)

    easel.shape("Saucer shadow", circle(9, 14, 99), alpha(tones.shadow, 0.26), blur=12)
    easel.shape("Saucer", circle(0, 0, 100), linear([lighter(rim, 0.012), lighter(rim, -0.03)], 145),
                shadow=(alpha(tones.shadow, 0.24), 3, 5, 10))  # fmt: skip
    easel.shape("Saucer well", circle(0, 0, 88), linear([well, mix(well, well_end, 0.5), well_end], 140))
    easel.shape("Cup shadow", ellipse(13, 18, 60, 59), alpha(tones.shadow, 0.34), blur=9)
    bar = rect(40, -15, 62, 30, 14)
    handle = moved(cut(union([bar]), rect(60, -6.5, 31, 13, 6)), turn=-52)
    easel.shape("Handle", handle, linear([white, shade], 160), shadow=(alpha(tones.shadow, 0.34), 3, 4, 7))
    easel.shape("Cup", circle(0, 0, 60), linear([white, mix(white, shade, 0.8)], 150),
                shadow=(alpha(tones.shadow, 0.26), 2, 3, 6))  # fmt: skip
    easel.shape("Cup wall", circle(0, 0, 54.5), linear([mix(shade2, tones.shadow, 0.22), shade, white], 145))
    easel.shape("Tea" if tea else "Coffee", circle(0.8, 1.2, 52.4),
                radial([liquid, mix(liquid, edge, 0.30), mix(liquid, edge, 0.68), edge], [0, 0.5, 0.80, 1],
                       cx=0.47, cy=0.46, radius=0.54))  # fmt: skip
    if tea:
        easel.shape("Glint", cut(circle(-2, -2, 46), circle(4, 5, 48)), alpha(white, 0.5))
    else:
        art = group([_heart(31), _heart(24.5, hole=True), moved(_heart(19.5), 0.2, 0.4),
                     moved(_heart(13.2, hole=True), 0, 0.5), moved(_heart(8.4), 0, 0.8)])  # fmt: skip
        easel.shape("Latte art", moved(art, 1, 2, turn=-24), CREAM)
    elements = easel.elements
    if scene.params.get("petals"):
        elements += _petals(scene, at, apart(mix(tones.accent, "#f3c05a", 0.8), tones.page, 0.06))
    return elements


def _petals(scene: Scene, at: Place, color: str) -> list[ElementSpec]:
    petal = group([moved(ellipse(0, -58, 46, 54), turn=quarter) for quarter in (0, 90, 180, 270)])
    easel = Easel("hero")
    places = _flowers(scene, at)
    if not places:
        return []
    blossoms = [moved(union([petal]), spot.x, spot.y, scale=spot.scale, turn=spot.turn) for spot in places]
    hearts = [circle(spot.x, spot.y, 24 * spot.scale) for spot in places]
    dark = alpha(mix(color, "#5a2a10", 0.5), 0.30)
    easel.shape("Petals", group(blossoms), color, shadow=(dark, 0.3 * scene.u, 0.5 * scene.u, scene.u))
    easel.shape("Petal hearts", group(hearts), mix(color, "#7a3c10", 0.45))
    return easel.elements
