"""Fields of light: sunburst, mesh gradient, plain tonal page."""

import numpy as np

from pipelines.models.base import Scene
from pipelines.models.painter.colors import from_lch, lighter, lightness, mix, to_lch, told_apart, with_lightness
from pipelines.models.painter.easel import Easel
from pipelines.models.painter.festival import calm
from pipelines.models.painter.fields import focus, text_distance
from pipelines.models.painter.motifs import fading, glow, rays
from pipelines.models.painter.paths import circle, rect
from pipelines.models.painter.placing import art_floor, clear_of, disc_part
from storage.documents.element import ElementSpec
from storage.documents.ids import part_seed
from storage.documents.style import Fill, Gradient, MeshPoint, linear


def sunburst(scene: Scene, role: str = "hero") -> list[ElementSpec]:
    """Rays that fade to nothing before they end; the bare centre is covered by a disc (hero) or left to a glow.

    Params: ``center`` (pixels), ``rays`` (24-48), ``disc`` (False leaves the hero's disc out).
    """
    u, palette = scene.u, scene.palette
    cx, cy = focus(scene)
    page = scene.page_color or palette.bg
    count = max(24, min(48, int(scene.params.get("rays", 40))))
    turn = float(np.random.default_rng(part_seed(scene.seed, "sunburst")).uniform(0, 360 / count))
    corners = [(x, y) for x in (0, scene.width) for y in (0, scene.height)]
    farthest = max(float(np.hypot(x - cx, y - cy)) for x, y in corners)
    reach = min(farthest, max(scene.zone.width, scene.zone.height) * 0.78)
    tone = lighter(page, 0.085 if lightness(page) < 0.66 else -0.06)
    easel = Easel(role)
    floor = art_floor(scene)
    strengths = ((0, 0.0), (0.08, 0.0), (0.22, 0.85), (0.52, 0.62), (0.80, 0.22), (1.0, 0.0))
    beams = rays(cx, cy, reach * 0.06, reach, count, turn=turn)
    easel.shape("Rays", *fading(beams, cx, cy, reach, tone, strengths, floor))
    easel.shape("Ray glow", *glow(cx, cy, reach * 0.5, tone, 0.75, floor))
    calm(easel, scene, page)
    if role == "hero" and scene.params.get("disc", True):
        r, spot = min(24 * u, 0.3 * min(scene.zone.width, scene.zone.height)), np.array([(cx, cy)])
        while r > 6 * u and not clear_of([disc_part()], r / 100, spot, scene.quiet, 0.6 * u)[0]:
            r *= 0.93
        if r > 6 * u:
            easel.shape("Disc", circle(cx, cy, r), told_apart(palette.accent, page, 0.14))
    return easel.elements


def mesh(scene: Scene, role: str = "background") -> list[ElementSpec]:
    """One rectangle with a mesh gradient: bright points in the zone, the page's own colour under the text.

    Params: ``center`` (pixels) of the brightest point.
    """
    rng = np.random.default_rng(part_seed(scene.seed, "mesh"))
    palette, zone = scene.palette, scene.zone
    width, height = scene.width, (scene.strip.y if scene.strip and role == "hero" else float(scene.height))
    page = scene.page_color or palette.bg
    page_level = lightness(page)
    _, strength, hue = to_lch(page if palette.mode == "vivid" else palette.primary)
    # Towards the accent's hue, but no further than colours mix without greying; yellows go to orange, not to green.
    whole = (to_lch(palette.accent)[2] - hue + 180) % 360 - 180
    turn = -45.0 if 65 < hue < 120 else max(-75.0, min(75.0, whole))
    if palette.mode == "dark":
        levels, chroma = (0.64, 0.52, 0.40), max(0.15, strength)
    elif palette.mode == "light":
        levels, chroma = (0.84, 0.86, 0.88), 0.09
    else:
        step = 0.18 if page_level < 0.66 else -0.05
        levels, chroma = (page_level + step, page_level + 0.6 * step, page_level - 0.08), max(0.14, strength)
    hot, side, third = (from_lch(level, chroma, hue + turn * share)
                        for level, share in zip(levels, (1.0, 0.5, -0.35), strict=True))  # fmt: skip
    if palette.mode == "light":
        hot = mix(palette.accent, page, 0.35)
    elif palette.mode == "vivid" and turn == whole:
        hot = palette.accent
    cx, cy = focus(scene)
    colors = [(cx, cy, hot)]
    # The other bright points: where the zone is farthest from text and from the bright points placed so far.
    xs, ys = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9))
    spots = np.stack([zone.x + zone.width * (xs.ravel() * 1.1 - 0.05), zone.y + zone.height * ys.ravel()], axis=1)
    spots += rng.uniform(-2, 2, spots.shape) * scene.u
    room = np.minimum(text_distance(scene, spots), 40 * scene.u)
    for color in (side, third, side):
        others = np.min([np.hypot(spots[:, 0] - x, spots[:, 1] - y) for x, y, _ in colors], axis=0)
        best = int(np.argmax(np.minimum(room * 1.6, others) + 0.05 * others))
        colors.append((float(spots[best, 0]), float(spots[best, 1]), color))
    calm_tone = page if palette.mode != "dark" else with_lightness(palette.primary, 0.23, 0.11)
    for rank, box in enumerate(sorted(scene.quiet, key=lambda box: -box.area)[:3]):
        # Where the text is nearest to the light, and inside it.
        colors.append((min(max(cx, box.x), box.right), min(max(cy, box.y), box.bottom), calm_tone))
        shares = (0.2, 0.75) if rank == 0 else (0.4,)
        colors += [(box.x + box.width * share, box.center[1], calm_tone) for share in shares]
    points = [MeshPoint(x=float(np.clip(x / width, -1, 2)), y=float(np.clip(y / height, -1, 2)), color=color)
              for x, y, color in colors]  # fmt: skip
    gradient = Gradient(type="mesh", points=points, power=2.2, warp=0.09, seed=int(rng.integers(2**31)))
    easel = Easel(role)
    easel.shape("Mesh", rect(0, 0, width, height), Fill(type="gradient", gradient=gradient))
    return easel.elements


def plain(scene: Scene) -> list[ElementSpec]:
    """The page alone; on a saturated or dark one, a hardly visible fall of light from the top left."""
    page = scene.page_color or scene.palette.bg
    if scene.palette.mode == "light":
        return []
    easel = Easel("background")
    paint = linear([lighter(page, 0.014), page, lighter(page, -0.016)], 155)
    easel.shape("Light", rect(0, 0, scene.width, scene.height), paint)
    return easel.elements
