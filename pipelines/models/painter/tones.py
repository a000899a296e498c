"""The few flat colours an object is drawn with, from the palette's art ramp (never its text roles)."""

from dataclasses import dataclass

from pipelines.models.base import Scene
from pipelines.models.painter.colors import apart, from_lch, lightness, mix, to_lch, with_lightness

# Hue of white things: a warm white belongs to every palette; one tinted by the page looks dirty.
PORCELAIN = 85.0


@dataclass(frozen=True, slots=True)
class Tones:
    """``halo``: the tone-on-tone disc behind an object. ``white``/``shade``/``shade2``: porcelain and its two darker
    sides. ``body``: the object's own colour on the halo. ``dark``: the darkest."""

    page: str
    halo: str
    halo2: str
    white: str
    shade: str
    shade2: str
    body: str
    dark: str
    accent: str
    shadow: str


def tones_of(scene: Scene, *, bare: bool = False) -> Tones:
    """Tones that keep the design book's distances; ``bare``: from the page itself, no disc behind the object."""
    palette = scene.palette
    page = scene.page_color or palette.bg
    mode = palette.mode
    level = lightness(page)
    if mode == "vivid":
        halo = apart(palette.art[0], page, 0.05)
        halo2 = apart(palette.art[1], halo, 0.05)
        body = apart(palette.art[3], halo, 0.14)
    else:
        halo = apart(palette.art[1], page, 0.08)
        halo2 = apart(mix(halo, palette.primary, 0.22), halo, 0.05)
        body = apart(palette.primary, halo, 0.16)
    if bare:
        halo, halo2 = page, halo
        body = apart(body, page, 0.16)
    white = apart(from_lch(0.978, 0.009, PORCELAIN), halo, 0.10)
    accent = apart(palette.accent, halo, 0.14)
    dark = apart(with_lightness(palette.deep, min(lightness(palette.deep), 0.28)), halo, 0.14)
    shadow = with_lightness(palette.deep, 0.18 if level > 0.4 else 0.08, 0.04)
    return Tones(page=page, halo=halo, halo2=halo2, white=white, shade=_shaded(white, 0.085),
                 shade2=_shaded(white, 0.17), body=body, dark=dark, accent=accent, shadow=shadow)  # fmt: skip


def _shaded(white: str, by: float) -> str:
    level, chroma, _ = to_lch(white)
    return with_lightness(white, level - by, min(0.014, chroma + by * 0.03))


def steps(first: str, last: str, count: int) -> list[str]:
    """``count`` colours from the first to the last, evenly in OKLab."""
    return [mix(first, last, index / max(1, count - 1)) for index in range(count)]


def sun_color(scene: Scene) -> str:
    """The accent, unless it is darker than a dark or saturated sky."""
    page, accent = scene.page_color or scene.palette.bg, scene.palette.accent
    if scene.palette.mode != "light" and lightness(accent) < lightness(page):
        accent = mix(page, "#fffaf0", 0.8)
    return apart(accent, page, 0.12)
