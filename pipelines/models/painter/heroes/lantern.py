"""An opening festival: rays, a medallion for the title, two lanterns, clouds, wave scales running into the text."""

import skia

from pipelines.geometry import Box
from pipelines.models.base import Scene
from pipelines.models.painter.colors import alpha, lighter, lightness, mix
from pipelines.models.painter.easel import Easel
from pipelines.models.painter.festival import (
    FestivalTones,
    calm,
    clear_box,
    clouds,
    festival_tones,
    seigaiha,
    text_floor,
)
from pipelines.models.painter.heroes.moon import sky_disc
from pipelines.models.painter.motifs import rays
from pipelines.models.painter.paths import circle, ellipse, group, polyline, rect, ring
from pipelines.models.painter.placing import edges_of
from storage.documents.element import ElementSpec
from storage.documents.style import linear, radial


def _lanterns(easel: Easel, scene: Scene, tones: FestivalTones, spots: list[tuple[float, float, float]]) -> None:
    """Lanterns at (x, centre y, half width), all of one kind of part in one element."""
    parts: dict[str, list[skia.Path]] = {"strings": [], "bodies": [], "ribs": [], "caps": [], "glows": []}
    for x, y, w in spots:
        h = w * 0.88
        parts["strings"].append(polyline([(x, -4), (x, y - h - w * 0.2)]))
        parts["bodies"].append(ellipse(x, y, w, h))
        parts["glows"].append(circle(x, y + h * 0.05, w * 0.36))
        parts["ribs"] += [ellipse(x, y, w * k, h) for k in (0.36, 0.72, 1.0)]
        parts["caps"] += [rect(x - w * 0.34, y - h - w * 0.13, w * 0.68, w * 0.17, w * 0.03),
                          rect(x - w * 0.34, y + h - w * 0.04, w * 0.68, w * 0.17, w * 0.03)]  # fmt: skip
        parts["strings"] += [polyline([(x + w * k, y + h + w * 0.1), (x + w * k * 1.12, y + h + w * (0.72 - abs(k) * 0.4))])
                             for k in (-0.28, -0.17, -0.06, 0.06, 0.17, 0.28)]  # fmt: skip
    red = tones.fill
    easel.shape("Lantern strings", group(parts["strings"]), line=tones.gold, width=0.24 * scene.u)
    easel.shape("Lanterns", group(parts["bodies"]), linear([lighter(red, 0.05), red, lighter(red, -0.10)], 170),
                shadow=(alpha(tones.shadow, 0.38), 0.4 * scene.u, 1.0 * scene.u, 2.4 * scene.u))  # fmt: skip
    easel.shape("Lantern light", group(parts["glows"]), lighter(mix(red, tones.gold, 0.35), 0.06), blur=1.6 * scene.u,
                opacity=0.75)  # fmt: skip
    easel.shape("Lantern ribs", group(parts["ribs"]), line=alpha(tones.gold, 0.85), width=0.22 * scene.u)
    easel.shape("Lantern caps", group(parts["caps"]), tones.gold)


def _base(easel: Easel, scene: Scene, tones: FestivalTones, floor: float, above: float) -> None:
    """Wave scales that sink into the ground on which the text below stands."""
    u = scene.u
    top = max(floor - 17 * u, above)
    if top > floor - 8 * u:
        return
    left, wide = -9 * u, scene.width + 18 * u
    easel.shape("Base", rect(left, top + 6 * u, wide, scene.height - top - 6 * u),
                linear([alpha(tones.base, 0), alpha(tones.base, 0.75), tones.base], 180, [0, 0.25, 0.6]))  # fmt: skip
    seigaiha(easel, scene, Box(left, top, wide, floor - top - 1.5 * u), tones.gold, strong=0.8, buckets=3)


def lantern(scene: Scene) -> list[ElementSpec]:
    """Params: ``center`` and ``radius`` of the medallion (pixels), ``medallion`` (False leaves it out)."""
    tones = festival_tones(scene)
    u, width = scene.u, scene.width
    floor = text_floor(scene)
    at = sky_disc(scene)
    if at is None:
        return []
    r = at.scale * 100
    easel = Easel("hero")
    ray = lighter(tones.page, 0.085 if lightness(tones.page) < 0.66 else -0.05)
    edges = edges_of(scene)
    across = edges.left and edges.right
    reach = max(at.y, floor - at.y, at.x - scene.zone.x, width - at.x)
    beams = rays(at.x, at.y, r * 0.4, reach * 1.12, 44, turn=2)
    fade = [alpha(ray, share) for share in (0.95, 0.95, 0.55, 0.16, 0.0)]
    easel.shape("Sun rays", beams, radial(fade, [0, r / (reach * 1.12), 0.66, 0.86, 1.0], radius=0.5))
    calm(easel, scene, tones.page, at)
    if across:
        _base(easel, scene, tones, floor, at.y + r * 1.02)
    if scene.params.get("medallion", True):
        easel.shape("Medallion", circle(at.x, at.y, r), radial([tones.deep, tones.deep, lighter(tones.deep, -0.02)]),
                    shadow=(alpha(tones.shadow, 0.40), 0.5 * u, 1.2 * u, 3.4 * u))  # fmt: skip
        rim = group([ring(at.x, at.y, r, r - 0.34 * u), ring(at.x, at.y, r - 1.5 * u, r - 1.66 * u)])
        easel.shape("Medallion rim", rim, tones.gold)
    spots = [(x, y, w) for x, y, w in ((0.135 * width, at.y - r * 0.98, 6.4 * u), (0.865 * width, at.y - r * 1.16, 5.2 * u))
             if clear_box(scene, x - w, 0, x + w, y + w * 1.8)]  # fmt: skip
    _lanterns(easel, scene, tones, spots)
    y = at.y + r * 1.02
    clouds(easel, scene, tones, [(0.17 * width, y, 20 * u, -width), (0.83 * width, y + 4 * u, 20 * u, width)])
    return easel.elements
