"""A full moon in a soft glow, festival clouds, and paper-cut hills that carry the text."""

from pipelines.models.base import Scene
from pipelines.models.painter.colors import from_lch, lighter, mix, to_lch, with_lightness
from pipelines.models.painter.easel import Easel, Place
from pipelines.models.painter.festival import clear_box, clouds, crest_hills, festival_tones, text_floor
from pipelines.models.painter.motifs import glow
from pipelines.models.painter.paths import circle, clip, union
from pipelines.models.painter.placing import art_floor, disc_part, edges_of, place
from storage.documents.element import ElementSpec
from storage.documents.style import radial


def sky_disc(scene: Scene, most: float = 35) -> Place | None:
    """Place of a disc that may hold the title: as asked by ``center``/``radius``, else solved clear of the text."""
    center, radius = scene.params.get("center"), scene.params.get("radius")
    if center and radius:
        return Place(float(center[0]), float(center[1]), float(radius) / 100)
    return place(scene, [disc_part()], most=most)


def moon(scene: Scene) -> list[ElementSpec]:
    """Params: ``center`` and ``radius`` (pixels; the title may stand inside), ``hills`` (False leaves them out)."""
    tones = festival_tones(scene)
    u = scene.u
    floor = text_floor(scene)
    at = sky_disc(scene)
    if at is None:
        return []
    r = at.scale * 100
    level, chroma, _ = to_lch(tones.page)
    easel = Easel("hero")
    sky = with_lightness(tones.page, min(0.90, level + 0.30), min(0.16, chroma + 0.03))
    easel.shape("Moon glow", *glow(at.x, at.y, r * 1.75, sky, 0.62, art_floor(scene)))
    disc = from_lch(0.955, 0.035, 92) if level < 0.8 else from_lch(0.90, 0.10, 88)
    rim = mix(disc, from_lch(0.86, 0.09, 84), 0.55)
    easel.shape("Moon", circle(at.x, at.y, r), radial([lighter(disc, 0.02), disc, rim], [0, 0.62, 1], cx=0.42, cy=0.38,
                radius=0.66))  # fmt: skip
    seas = [(at.x + dx * r, at.y + dy * r, size * r)
            for dx, dy, size in ((0.46, -0.42, 0.30), (0.66, -0.12, 0.22), (0.30, -0.60, 0.20), (0.58, 0.34, 0.16),
                                       (-0.62, 0.50, 0.26), (-0.40, 0.68, 0.20))]  # fmt: skip
    free = [circle(x, y, size) for x, y, size in seas if clear_box(scene, x - size, y - size, x + size, y + size)]
    easel.shape("Moon seas", clip(union(free), circle(at.x, at.y, r)), lighter(rim, -0.012), opacity=0.40)
    if scene.params.get("hills", True):
        top = max(at.y + r * 0.62, floor - 0.24 * scene.height)
        crest_hills(easel, scene, tones, top=min(top, floor - 10 * u), floor=floor - 1.2 * u)
    width = min(30 * u, r * 0.85)
    y = at.y + r * 0.86
    run = scene.width if edges_of(scene).left else 1.2 * width
    clouds(easel, scene, tones, [(at.x - r * 1.02, y, width, -run), (at.x + r, y + 6 * u, width * 1.1, scene.width)])
    return easel.elements
