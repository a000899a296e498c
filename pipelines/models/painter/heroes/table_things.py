"""Subjects that stand on the info strip: ramen bowl, gift box, open book."""

import numpy as np
import skia

from pipelines.models.base import Scene
from pipelines.models.painter.colors import alpha, apart, from_lch, lighter, lightness, mix, with_lightness
from pipelines.models.painter.paths import (
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
    stretched,
    union,
)
from pipelines.models.painter.placing import box_part, clear_of, hull_part, seat
from storage.documents.element import ElementSpec


def bowl(scene: Scene) -> list[ElementSpec]:
    """Ramen with chopsticks and steam. Params: ``center``, ``radius`` (pixels), ``steam`` (False leaves it out)."""
    body = drawn("M-100 -8 C-98 58 -58 90 -38 92 L38 92 C58 90 98 58 100 -8 Z")
    base = 104.0
    seated = seat(scene, [hull_part(body), box_part(-52, -98, 52, base)], base, crop="r")
    if seated is None:
        return []
    easel, tones = seated
    white = tones.white
    line = apart(scene.palette.accent, white, 0.15)
    if scene.params.get("steam", True):
        steam = group([_steam(-38, -36, 58), _steam(-2, -40, 66), _steam(34, -36, 54)])
        easel.shape("Steam", steam, line=apart(mix(white, tones.halo, 0.25), tones.halo, 0.10), width=4.6)
    rim = ellipse(0, -8, 100, 22)
    easel.shape("Bowl inside", rim, tones.shade2)
    broth = from_lch(0.72, 0.135, 66)
    soup = ellipse(0, -5, 91, 17.5)
    easel.shape("Broth", soup, broth)
    noodles = [
        smooth([(-70, -6 + k), (-48, -13 + k), (-22, -3 + k), (4, -12 + k), (30, -4 + k), (58, -10 + k)])
        for k in (0, 4.5, 9)
    ]
    easel.shape("Noodles", group(noodles), line=from_lch(0.90, 0.085, 92), width=3.0)
    # The chopsticks point to where there is canvas, the seaweed stands opposite.
    at = easel.place
    side = 1 if at.x + 146 * at.scale > scene.width + 2 and at.x - 146 * at.scale > 0 else -1
    leaf = polygon([(-80, -14), (-72, -44), (-38, -50), (-44, -8)])
    easel.shape("Seaweed", stretched(leaf, -side, 1), from_lch(0.30, 0.045, 160))
    easel.shape("Eggs", group([ellipse(-24, -9, 19, 9.5), ellipse(62, -8, 17, 8)]), from_lch(0.965, 0.015, 90))
    easel.shape("Yolks", group([ellipse(-22, -8.6, 9.5, 4.8), ellipse(63, -7.6, 8.5, 4.2)]), from_lch(0.76, 0.16, 64))
    greens = [
        moved(ellipse(0, 0, 7.5, 3.4), x, y, turn=turn)
        for x, y, turn in ((14, -7, 12), (27, -11, -18), (6, -13, -8), (24, -3, 4))
    ]
    easel.shape("Scallions", union(greens), from_lch(0.66, 0.15, 142))
    wood = from_lch(0.70, 0.09, 62) if lightness(tones.page) < 0.35 else with_lightness(scene.palette.deep, 0.30, 0.05)
    stick = apart(wood, tones.halo, 0.16)
    pair = [
        polygon([(18, -14), (24, -12), (140, -96), (136, -101)]),
        polygon([(36, -8), (42, -6), (146, -78), (142, -83)]),
    ]
    for way in (-side, side):
        sticks = stretched(group(pair), way, 1)
        if clear_of([hull_part(sticks)], at.scale, np.array([(at.x, at.y)]), scene.quiet, 0.6 * scene.u)[0]:
            easel.shape("Chopsticks", sticks, stick)
            break
    foot = rect(-38, 90, 76, 14)
    front = cut(union([body, foot]), ellipse(0, -8, 100, 22))
    lip = cut(ellipse(0, -8, 100, 22), ellipse(0, -10, 97, 19.4))
    easel.shape("Bowl", union([front, lip]), white)
    band = drawn("M-120 22 Q0 62 120 22 L120 31 Q0 71 -120 31 Z")
    thin = drawn("M-120 36 Q0 76 120 36 L120 39 Q0 79 -120 39 Z")
    easel.shape("Bowl bands", clip(group([band, thin]), front), line)
    shade = cut(front, moved(union([body, rect(-40, -60, 80, 170)]), -17, -3))
    easel.shape("Bowl shade", union([shade, clip(foot, rect(-60, 92, 120, 4))]), alpha(tones.shadow, 0.15))
    return easel.elements


def _steam(x: float, y: float, height: float) -> skia.Path:
    step = height / 4
    return smooth([(x, y), (x + 7, y - step), (x - 6, y - 2 * step), (x + 7, y - 3 * step), (x - 1, y - height)])


def gift(scene: Scene) -> list[ElementSpec]:
    """A gift box with a bow. Params: ``center``, ``radius`` (pixels)."""
    base = 92.0
    box, lid = rect(-74, -22, 148, base + 22), rect(-84, -46, 168, 34)
    loop = drawn("M0 -50 C-14 -92 -70 -118 -84 -88 C-94 -62 -42 -44 0 -50 Z")
    eye = drawn("M-14 -58 C-26 -82 -58 -97 -66 -83 C-71 -70 -40 -58 -14 -58 Z")
    loop2, eye2 = stretched(loop, -1, 1), stretched(eye, -1, 1)
    seated = seat(scene, [hull_part(box, lid), hull_part(loop, loop2)], base, crop="r")
    if seated is None:
        return []
    easel, tones = seated
    warm = tones.white
    ribbon = apart(apart(scene.palette.accent, tones.halo, 0.10), warm, 0.10)
    cover = apart(mix(warm, tones.halo if lightness(tones.halo) < 0.7 else tones.body, 0.38), warm, 0.08)
    easel.shape("Box", box, warm)
    easel.shape("Box side", rect(14, -22, 60, base + 22), alpha(tones.shadow, 0.07))
    easel.shape("Ribbon", rect(-16, -22, 32, base + 22), ribbon)
    easel.shape("Under the lid", rect(-74, -12, 148, 9), alpha(tones.shadow, 0.18))
    easel.shape("Lid", lid, cover)
    easel.shape("Lid side", rect(14, -46, 70, 34), alpha(tones.shadow, 0.07))
    easel.shape("Lid ribbon", rect(-16, -46, 32, 34), lighter(ribbon, 0.03))
    easel.shape("Bow inside", union([eye, eye2]), lighter(ribbon, -0.17))
    easel.shape("Bow", cut(union([loop, loop2]), eye, eye2), ribbon)
    folds = group(
        [
            pen(("M", s * 10, -53), ("Q", s * 26, -62, s * 40, -62), ("Q", s * 26, -57, s * 10, -51), ("Z",))
            for s in (-1, 1)
        ]
    )
    easel.shape("Bow folds", folds, lighter(ribbon, -0.10))
    easel.shape("Knot", rect(-15, -64, 30, 24, 10), lighter(ribbon, -0.06))
    return easel.elements


def _page(lift: float, low: float, wide: float) -> skia.Path:
    """The right page, its spine at x = 0: ``lift`` raises it, ``low`` moves it down, ``wide`` is the outer edge."""
    up = low - lift
    top = (("M", 0, -26 + low), ("C", 18, -52 + up, 62, -60 + up, wide, -40 + low))
    return pen(*top, ("L", wide, 52 + low), ("C", 62, 34 + up, 18, 42 + up, 0, 66 + low), ("Z",))


def book(scene: Scene) -> list[ElementSpec]:
    """An open book. Params: ``center``, ``radius`` (pixels)."""
    base = 82.0

    def both(path: skia.Path) -> skia.Path:
        return union([path, stretched(path, -1, 1)])

    cover = both(drawn("M0 -14 L108 -26 L108 72 L8 82 L0 82 Z"))
    seated = seat(scene, [hull_part(cover, both(_page(0, 0, 100)))], base, most=46, crop="r")
    if seated is None:
        return []
    easel, tones = seated
    white = tones.white
    hard = apart(scene.palette.accent, tones.halo, 0.12)
    easel.shape("Cover", cover, hard)
    easel.shape("Under pages", both(_page(0, 11, 102)), tones.shade2)
    easel.shape("Inner pages", both(_page(0, 5.5, 101)), tones.shade)
    right = _page(0, 0, 100)
    easel.shape("Pages", both(right), white)
    easel.shape("Right page shade", right, alpha(tones.shadow, 0.07))
    gutter = both(drawn("M0 -26 C6 -38 14 -44 22 -48 L22 45 C12 50 5 57 0 66 Z"))
    easel.shape("Gutter", gutter, alpha(tones.shadow, 0.08))
    ink = mix(white, tones.dark if lightness(tones.dark) < 0.6 else tones.body, 0.42)
    lines = []
    for index in range(5):
        y = -26 + index * 14.5
        width = 84 if index < 4 else 60
        for side in (-1, 1):
            lines.append(
                pen(
                    ("M", side * 22, y - 4),
                    ("C", side * 36, y - 15, side * 62, y - 17, side * width, y - 9 + (84 - width) * -0.09),
                )
            )
    easel.shape("Lines", group(lines), line=ink, width=3.3)
    mark = drawn("M60 -49 C66 -49.5 70 -49.3 76 -48 L76 -8 L68 -15 L60 -10 Z")
    easel.shape("Bookmark", mark, apart(hard, white, 0.2))
    return easel.elements
