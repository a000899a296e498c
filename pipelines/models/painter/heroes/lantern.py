"""An opening festival: rays, a medallion for the title, two lanterns, clouds, wave scales running into the text."""

from pipelines.geometry import Box
from pipelines.models.base import Scene
from pipelines.models.painter.colors import alpha, lighter, lightness, mix
from pipelines.models.painter.easel import Easel, Place
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
from pipelines.models.painter.motifs import fading, rays
from pipelines.models.painter.paths import circle, ellipse, group, polyline, rect, ring
from pipelines.models.painter.placing import art_floor, box_part, edges_of, place
from storage.documents.element import ElementSpec
from storage.documents.style import linear, radial


def _lanterns(easel: Easel, scene: Scene, tones: FestivalTones, spots: list[tuple[float, float, float]]) -> None:
    """Lanterns at (x, centre y, half width), all of one kind of part in one element."""
    strings, bodies, ribs, caps, lights = [], [], [], [], []
    for x, y, w in spots:
        h = w * 0.88
        # From the top of the page, or from as high as the text lets it.
        tops = [box.bottom + scene.u for box in scene.quiet if box.x < x < box.right and box.bottom < y]
        strings.append(polyline([(x, max([-4.0, *tops])), (x, y - h - w * 0.2)]))
        bodies.append(ellipse(x, y, w, h))
        lights.append(circle(x, y + h * 0.05, w * 0.36))
        ribs += [ellipse(x, y, w * share, h) for share in (0.36, 0.72, 1.0)]
        caps += [
            rect(x - w * 0.34, edge, w * 0.68, w * 0.17, w * 0.03) for edge in (y - h - w * 0.13, y + h - w * 0.04)
        ]
        for share in (-0.28, -0.17, -0.06, 0.06, 0.17, 0.28):
            end = (x + w * share * 1.12, y + h + w * (0.72 - abs(share) * 0.4))
            strings.append(polyline([(x + w * share, y + h + w * 0.1), end]))
    if not spots:
        return
    red = tones.fill
    easel.shape("Lantern strings", group(strings), line=tones.gold, width=max(0.24 * scene.u, 0.014 * spots[0][2]))
    easel.shape("Lanterns", group(bodies), linear([lighter(red, 0.05), red, lighter(red, -0.10)], 170),
                shadow=(alpha(tones.shadow, 0.38), 0.4 * scene.u, 1.0 * scene.u, 2.4 * scene.u))  # fmt: skip
    easel.shape("Lantern light", group(lights), lighter(mix(red, tones.gold, 0.35), 0.06), blur=0.25 * spots[0][2],
                opacity=0.75)  # fmt: skip
    easel.shape("Lantern ribs", group(ribs), line=alpha(tones.gold, 0.85), width=0.22 * scene.u)
    easel.shape("Lantern caps", group(caps), tones.gold)


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
    """Params: ``center`` and ``radius`` of the medallion that holds the title (pixels). Without them there is no
    medallion: one great lantern hangs before the rays."""
    tones = festival_tones(scene)
    u, width = scene.u, scene.width
    hung = not scene.params.get("center")
    at = place(scene, [box_part(-100, -104, 100, 150)], most=36, crop="r") if hung else sky_disc(scene)
    if at is None:
        return []
    floor, r = text_floor(scene), at.scale * 100
    edges = edges_of(scene)
    easel = Easel("hero")
    ray = lighter(tones.page, 0.085 if lightness(tones.page) < 0.66 else -0.05)
    reach = 1.12 * max(at.y, floor - at.y, at.x - scene.zone.x, width - at.x)
    fades = ((0, 0.95), (min(0.6, r / reach), 0.95), (0.66, 0.55), (0.86, 0.16), (1.0, 0.0))
    beams = rays(at.x, at.y, r * 0.4, reach, 44, turn=2)
    easel.shape("Sun rays", *fading(beams, at.x, at.y, reach, ray, fades, art_floor(scene)))
    calm(easel, scene, tones.page, None if hung else at)
    if edges.left and edges.right:
        _base(easel, scene, tones, floor, at.y + r * 1.02)
    if hung:
        _lanterns(easel, scene, tones, [(at.x, at.y, r)])
    else:
        _medallion(easel, at, tones, u)
        spots = ((0.135 * width, at.y - r * 0.98, 6.4 * u), (0.865 * width, at.y - r * 1.16, 5.2 * u))
        free = [(x, y, w) for x, y, w in spots if clear_box(scene, x - w, 0, x + w, y + w * 1.8)]
        _lanterns(easel, scene, tones, free)
    y = at.y + r * 1.02
    spread = [(0.83 * width, y + 4 * u, 20 * u, width)]
    if edges.left:
        spread.append((0.17 * width, y, 20 * u, -width))
    clouds(easel, scene, tones, spread)
    return easel.elements


def _medallion(easel: Easel, at: Place, tones: FestivalTones, u: float) -> None:
    r = at.scale * 100
    paint = radial([tones.deep, tones.deep, lighter(tones.deep, -0.02)])
    easel.shape(
        "Medallion", circle(at.x, at.y, r), paint, shadow=(alpha(tones.shadow, 0.40), 0.5 * u, 1.2 * u, 3.4 * u)
    )
    rim = group([ring(at.x, at.y, r, r - 0.34 * u), ring(at.x, at.y, r - 1.5 * u, r - 1.66 * u)])
    easel.shape("Medallion rim", rim, tones.gold)
