"""Subjects of nature and leisure: sprout, drop, flame, ice lolly, tent under peaks."""

import skia

from pipelines.models.base import Scene
from pipelines.models.painter.colors import alpha, apart, from_lch, lighter, lightness, mix, to_lch, with_lightness
from pipelines.models.painter.paths import (
    circle,
    clip,
    cut,
    drawn,
    ellipse,
    group,
    moved,
    pen,
    polygon,
    rect,
    smooth,
    union,
)
from pipelines.models.painter.placing import box_part, disc_part, hull_part, seat
from storage.documents.element import ElementSpec


def _leaf(length: float, width: float, *, half: bool = False) -> skia.Path:
    """A leaf growing up from the origin; ``half`` is its right side alone."""
    right = (("C", width * 0.75, -0.22 * length, width * 0.70, -0.75 * length, 0, -length),)
    left = ("L", 0, 0) if half else ("C", -width * 0.70, -0.75 * length, -width * 0.75, -0.22 * length, 0, 0)
    return pen(("M", 0, 0), *right, left, ("Z",))


def sprout(scene: Scene) -> list[ElementSpec]:
    """A seedling on its mound. Params: ``center``, ``radius`` (pixels)."""
    base = 84.0
    spots = ((-38, 118, 92, -2, 6), (37, 92, 74, 2, 14))
    leaves = [moved(_leaf(length, width), x, y, turn=turn) for turn, length, width, x, y in spots]
    halves = [moved(_leaf(length, width, half=True), x, y, turn=turn) for turn, length, width, x, y in spots]
    seated = seat(scene, [*(hull_part(leaf) for leaf in leaves), box_part(-70, 50, 70, base)], base)
    if seated is None:
        return []
    easel, tones = seated
    green = apart(from_lch(0.66, 0.155, 143), tones.halo, 0.13)
    if 100 < to_lch(tones.halo)[2] < 190 and to_lch(tones.halo)[1] > 0.06:
        green = apart(from_lch(0.88, 0.16, 118), tones.halo, 0.2)
    stem = pen(("M", -5, base), ("C", -3, 50, -4, 30, -6, 2), ("L", 5, 4), ("C", 5, 34, 6, 54, 8, base), ("Z",))
    easel.shape("Stem", stem, lighter(green, -0.11))
    easel.shape("Leaves", group(leaves), green)
    easel.shape("Leaf shade", group(halves), lighter(green, -0.09))
    veins = [moved(smooth([(0, -0.10 * length), (0, -0.5 * length), (0, -0.84 * length)]), x, y, turn=turn)
             for turn, length, width, x, y in spots]  # fmt: skip
    easel.shape("Veins", group(veins), line=lighter(green, 0.07), width=2.0)
    ground = scene.strip_color if scene.strip else tones.body
    mound = ellipse(0, base - 2, 72, 16)
    if scene.strip:
        mound = clip(ellipse(0, base + 6, 78, 34), rect(-100, -100, 200, 100 + base + 0.5))
    easel.shape("Mound", mound, ground)
    return easel.elements


def drop(scene: Scene) -> list[ElementSpec]:
    """One solid drop: water, or blood where that is the topic. Params: ``center``, ``radius`` (pixels)."""
    body = drawn("M0 -128 C16 -84 78 -26 78 28 C78 72 43 104 0 104 C-43 104 -78 72 -78 28 C-78 -26 -16 -84 0 -128 Z")
    # On a strip the drop is cut by it, a fifth below.
    cut_at = 62.0 if scene.strip else 200.0
    above = rect(-200, -200, 400, 200 + cut_at)
    whole, body = body, clip(body, above)
    seated = seat(scene, [hull_part(body)], cut_at, most=56)
    if seated is None:
        return []
    easel, tones = seated
    blue = 180 < to_lch(scene.palette.accent)[2] < 290
    liquid = scene.palette.accent if blue else from_lch(0.66, 0.13, 238)
    if "blood" in scene.topics:
        liquid = from_lch(0.52, 0.2, 27)
    water = apart(liquid, tones.halo, 0.14)
    if abs((to_lch(water)[2] - to_lch(tones.halo)[2] + 180) % 360 - 180) < 50 and to_lch(tones.halo)[1] > 0.06:
        # Blue on blue, red on red: the drop turns almost white.
        water = with_lightness(water, 0.90 if lightness(tones.halo) < 0.72 else 0.45)
    easel.shape("Drop", body, water)
    easel.shape("Drop shade", cut(body, moved(whole, -20, -12)), lighter(water, -0.09))
    shine = drawn("M-50 22 C-50 48 -32 70 -8 76 C-24 62 -36 44 -36 20 C-37 8 -50 8 -50 22 Z")
    easel.shape("Shine", clip(shine, above), lighter(water, 0.17))
    return easel.elements


def flame(scene: Scene) -> list[ElementSpec]:
    """One fire. Params: ``center``, ``radius`` (pixels)."""
    base = 104.0
    outer = drawn(
        "M10 -128 C18 -84 74 -50 76 20 C77 70 44 104 0 104 C-46 104 -78 70 -76 22 "
        "C-75 -10 -56 -34 -46 -62 C-36 -40 -30 -28 -20 -20 C-26 -62 -14 -100 10 -128 Z"
    )
    middle = drawn(
        "M6 -58 C12 -28 48 -8 47 40 C46 80 26 104 0 104 C-28 104 -48 80 -47 42 C-46 22 -34 8 -28 -10 "
        "C-20 4 -14 10 -8 14 C-12 -12 -8 -38 6 -58 Z"
    )
    core = drawn("M2 14 C8 32 25 44 24 70 C23 92 12 104 0 104 C-14 104 -24 92 -24 72 C-23 48 -6 34 2 14 Z")
    if scene.strip:
        base = 84.0
        above = rect(-200, -200, 400, 200 + base)
        outer, middle, core = (clip(part, above) for part in (outer, middle, core))
    seated = seat(scene, [hull_part(outer)], base, most=56)
    if seated is None:
        return []
    easel, tones = seated
    _, strength, hue = to_lch(tones.halo)
    hot = strength > 0.10 and (hue < 75 or hue > 340)
    fire = apart(from_lch(0.74, 0.17, 58), tones.halo, 0.14) if hot else from_lch(0.64, 0.21, 36)
    # On a ground of another hue the hue tells them apart; on a grey one lightness must.
    fire = fire if strength > 0.10 else apart(fire, tones.halo, 0.12)
    level = lightness(fire)
    easel.shape("Flame", outer, fire)
    easel.shape("Flame shade", cut(outer, moved(outer, -15, 4)), lighter(fire, -0.07))
    easel.shape("Inner flame", middle, from_lch(min(0.86, level + 0.12), 0.165, 72))
    easel.shape("Flame core", core, from_lch(0.95, 0.07, 95))
    return easel.elements


def lolly(scene: Scene) -> list[ElementSpec]:
    """An ice lolly, tilted. Params: ``center``, ``radius`` (pixels)."""
    ice = rect(-46, -112, 92, 146, 46)
    ice = union([ice, rect(-46, -40, 92, 78, 12)])
    stick = rect(-11, 20, 22, 92, 11)
    tilt = 14.0
    # On a strip the stick is cut by it.
    base = 62.0 if scene.strip else 200.0
    above = moved(rect(-300, -300, 600, 300 + base), turn=-tilt)
    stick = clip(stick, above)
    seated = seat(scene, [hull_part(moved(union([ice, stick]), turn=tilt))], base, most=58, crop="b")
    if seated is None:
        return []
    easel, tones = seated
    body = apart(scene.palette.accent, tones.halo, 0.12)
    # Cream over a strong ice, chocolate over a pale one.
    top = mix(body, tones.white, 0.72) if lightness(body) < 0.76 else from_lch(0.40, 0.07, 48)
    top = apart(top, body, 0.14)
    drips = drawn(
        "M-60 -130 L60 -130 L60 -34 C52 -10 36 -14 33 -34 C31 -50 18 -48 16 -32 C15 -2 -10 2 -12 -26 "
        "C-13 -42 -27 -44 -29 -28 C-31 -14 -46 -14 -60 -34 Z"
    )
    wood = from_lch(0.80, 0.07, 75)

    def turned(path: skia.Path) -> skia.Path:
        return moved(path, turn=tilt)

    easel.shape("Stick", turned(stick), apart(wood, tones.halo, 0.08))
    easel.shape("Stick shade", turned(rect(-11, 36, 22, 12)), alpha(tones.shadow, 0.22))
    easel.shape("Ice", turned(ice), body)
    easel.shape("Glaze", turned(clip(ice, drips)), top)
    easel.shape("Ice shade", turned(cut(ice, moved(ice, -13, 0))), alpha(tones.shadow, 0.13))
    easel.shape(
        "Grooves", turned(group([rect(-24, -74, 8, 84, 4), rect(14, -74, 8, 84, 4)])), alpha(tones.shadow, 0.13)
    )
    easel.shape("Shine", turned(rect(-36, -86, 6, 46, 3)), alpha("#ffffff", 0.75))
    return easel.elements


def tent(scene: Scene) -> list[ElementSpec]:
    """A tent before snowy peaks and a sun. On a strip the ground is the strip; without one all stands in a disc."""
    base = 70.0
    peaks = [polygon([(-150, base), (-62, -58), (26, base)]), polygon([(-30, base), (58, -88), (150, base)])]
    snow = [polygon([(-62, -58), (-86, -23), (-72, -30), (-62, -18), (-52, -30), (-38, -23)]),
            polygon([(58, -88), (24, -41), (42, -50), (56, -34), (70, -50), (91, -41)])]  # fmt: skip
    shades = [
        polygon([(-62, -58), (26, base), (-40, base), (-52, -10)]),
        polygon([(58, -88), (150, base), (76, base), (70, -20)]),
    ]
    standing = scene.strip is not None
    frame = hull_part(*peaks) if standing else disc_part(118)
    seated = seat(scene, [frame], base, most=46, halo=0 if standing else 118, crop="rb")
    if seated is None:
        return []
    easel, tones = seated
    sky = circle(0, 0, 118)

    def seen(path: skia.Path) -> skia.Path:
        return path if standing else clip(path, sky)

    rock = mix(tones.halo, scene.palette.primary if scene.palette.mode == "dark" else tones.dark, 0.42)
    rock = apart(rock, tones.halo, 0.12)
    easel.shape("Sun", seen(circle(-4, -62, 24)), apart(scene.palette.accent, tones.halo, 0.12))
    easel.shape("Peaks", seen(union(peaks)), rock)
    easel.shape("Peak shade", seen(clip(group(shades), union(peaks))), lighter(rock, -0.06))
    easel.shape("Snow", seen(union(snow)), apart(tones.white, rock, 0.2))
    ground = scene.strip_color if standing else apart(tones.dark, rock, 0.10)
    pines = [_pine(x, base + 3, size) for x, size in ((-112, 46), (-88, 34), (112, 52), (92, 36), (134, 40))]
    easel.shape("Pines", seen(union(pines)), ground if standing else lighter(ground, 0.03))
    cloth = apart(scene.palette.accent, rock, 0.14)
    easel.shape("Tent", polygon([(-52, base), (-6, -8), (40, base)]), cloth)
    easel.shape("Tent side", polygon([(-6, -8), (40, base), (68, base), (12, -4)]), lighter(cloth, -0.12))
    easel.shape(
        "Tent door",
        polygon([(-24, base), (-6, 16), (13, base)]),
        with_lightness(ground, max(0.14, lightness(ground) - 0.04)),
    )
    flap = polygon([(-6, 16), (-24, base), (-33, base), (-9, 12)])
    easel.shape("Tent flap", flap, lighter(cloth, 0.09))
    if not standing:
        land = clip(union([ellipse(0, base + 62, 190, 66)]), sky)
        easel.shape("Ground", union([clip(rect(-130, base - 1, 260, 80), sky), land]), ground)
    return easel.elements


def _pine(x: float, base: float, h: float) -> skia.Path:
    tiers = [polygon([(x - h * w, base - h * low), (x, base - h * high), (x + h * w, base - h * low)])
             for w, low, high in ((0.30, 0.12, 0.58), (0.24, 0.36, 0.80), (0.17, 0.60, 1.0))]  # fmt: skip
    return union([*tiers, rect(x - h * 0.04, base - h * 0.14, h * 0.08, h * 0.14)])
