"""Characters as pictures: a ghost glyph in the page's tone, and a colour glyph treated to the palette."""

import numpy as np
import skia

from pipelines.models.base import Scene
from pipelines.models.painter.colors import apart, lightness, mix, paler, with_lightness
from pipelines.models.painter.easel import Easel
from pipelines.models.painter.paths import bounds, circle, moved
from pipelines.models.painter.placing import clear_of, disc_part, edges_of, place
from pipelines.models.painter.tones import tones_of
from pipelines.rendering.text import layout_text
from storage.documents.element import ElementContent, ElementSpec, Transform
from storage.documents.style import ElementStyle, Filter, TextStyle

GHOST = TextStyle(font_family="Noto Serif SC, DM Serif Display", font_weight="900", font_size=1000, line_height=1)
FIRST = "A"


def glyph(scene: Scene) -> list[ElementSpec]:
    """One huge character, tone on tone, cropped, and an accent disc. It may run behind text, being that faint.

    Params: ``glyph`` (the character), ``center`` (pixels), ``radius`` (half its size, pixels), ``disc`` (False: none).
    """
    character = (str(scene.params.get("glyph") or FIRST).strip() or FIRST)[0]
    outline = skia.Path(layout_text(character, GHOST).path())
    if outline.isEmpty():
        return []
    left, top, right, bottom = bounds(outline)
    zone, u, edges = scene.zone, scene.u, edges_of(scene)
    size = 2 * float(scene.params.get("radius") or 0) or min(128 * u, 1.22 * max(zone.width, zone.height))
    scale = size / max(right - left, bottom - top)
    center = scene.params.get("center")
    if center:
        x, y = float(center[0]), float(center[1])
    else:
        # Cropped by a sixth at the right where the zone bleeds there, centred otherwise.
        x = scene.width + 0.17 * size - size / 2 if edges.right else zone.center[0]
        y = zone.center[1]
    page = scene.page_color or scene.palette.bg
    tone = apart(scene.palette.art[0], page, 0.055)
    tone = with_lightness(tone, lightness(page) + (0.058 if lightness(tone) > lightness(page) else -0.058))
    easel = Easel("hero")
    drawn = moved(outline, x - scale * (left + right) / 2, y - scale * (top + bottom) / 2, scale=scale)
    if scene.strip:
        drawn = skia.Op(
            drawn, skia.Path.Rect(skia.Rect.MakeLTRB(-9e3, -9e3, 2e4, scene.strip.y)), skia.kIntersect_PathOp
        )
    easel.shape("Ghost glyph", drawn, tone)
    if scene.params.get("disc", True):
        r = 14 * u
        for dx, dy in ((0.30, 0.22), (0.62, 0.22), (0.75, 0.70), (0.35, 0.72), (0.5, 0.5)):
            spot = np.array([(zone.x + zone.width * dx, zone.y + zone.height * dy)])
            if clear_of([disc_part()], r / 100, spot, scene.quiet, 0.6 * u)[0]:
                easel.shape(
                    "Accent disc",
                    circle(float(spot[0, 0]), float(spot[0, 1]), r),
                    apart(scene.palette.accent, page, 0.14),
                )
                break
    return easel.elements


def subject(scene: Scene) -> list[ElementSpec]:
    """A colour glyph, drawn in two tones of the palette on a disc. It stays a text: another character may be typed.

    Params: ``emoji`` (the character), ``center``, ``radius`` (pixels), ``duotone`` (False keeps its own colours).
    """
    emoji = str(scene.params.get("emoji") or "").strip()
    if not emoji:
        return []
    at = place(scene, [disc_part(118)], most=50, crop="")
    if at is None:
        return []
    tones = tones_of(scene)
    easel = Easel("hero", at)
    easel.shape("Disc", circle(0, 0, 118), tones.halo)
    easel.shape("Inner disc", circle(0, 0, 96), tones.halo2)
    size = 172 * at.scale
    hue = tones.page if scene.palette.mode == "vivid" else scene.palette.primary
    dark, light = with_lightness(hue, 0.26, 0.10), paler(mix(scene.palette.accent, tones.white, 0.35), 0.955)
    style = TextStyle(
        font_family="Noto Color Emoji", font_size=round(min(8192.0, size), 2), line_height=1, text_align="center"
    )
    ink = layout_text(emoji, style).ink
    if ink.width <= 0:
        return easel.elements
    filters = [Filter(type="brightness", value=1.18), Filter(type="duotone", dark=dark, light=light)]
    easel.elements.append(
        ElementSpec(
            type="text",
            transform=Transform(x=round(at.x - ink.x - ink.width / 2, 2), y=round(at.y - ink.y - ink.height / 2, 2),
                                width=round(layout_text(emoji, style).width, 2), height=round(size, 2)),
            style=ElementStyle(text_style=style, filters=filters if scene.params.get("duotone", True) else None),
            content=ElementContent(text=emoji, name="Subject", role="hero"),
        )
    )  # fmt: skip
    return easel.elements
