"""Fields of fine marks: dot-wave terrain, contour rings, halftone disc, seigaiha."""

import math
from itertools import product

import numpy as np
import skia

from pipelines.geometry import Box
from pipelines.models.base import Scene
from pipelines.models.painter.colors import apart, lightness, mix, to_lch, with_lightness
from pipelines.models.painter.easel import Easel
from pipelines.models.painter.festival import clear_box, festival_tones, seigaiha
from pipelines.models.painter.fields import bright_pair, fade, focus, text_distance
from pipelines.models.painter.motifs import glow, wave_scales
from pipelines.models.painter.paths import circle, group, pen, polyline
from pipelines.models.painter.placing import art_floor, clear_of, disc_part, edges_of
from pipelines.models.painter.tones import sun_color
from storage.documents.element import ElementSpec
from storage.documents.ids import part_seed


def dotwave(scene: Scene, role: str = "hero") -> list[ElementSpec]:
    """A terrain of dots in perspective, brighter and larger towards its crests and the viewer."""
    rng = np.random.default_rng(part_seed(scene.seed, "dotwave"))
    zone, u, edges = scene.zone, scene.u, edges_of(scene)
    bottom = scene.strip.y if scene.strip else zone.bottom
    tall = bottom - zone.y
    columns = int(min(104, max(40, zone.width / (0.95 * u))))
    across, depth = (
        grid.ravel() for grid in np.meshgrid(np.linspace(-0.25, 1.25, columns), np.linspace(0, 1, 56) ** 0.85)
    )
    shift, sway = rng.uniform(0, math.tau), rng.uniform(-0.06, 0.06)
    peak = (0.52 if edges.left else 0.64) + sway
    hill = np.exp(-(((across - peak) / 0.30) ** 2) - ((depth - 0.22) / 0.42) ** 2)
    swell = 0.5 + 0.5 * np.sin(across * 5.6 - depth * 3.6 + shift)
    height = 0.62 * hill + 0.38 * swell * (0.30 + 0.70 * depth)
    spread = 0.78 + 0.62 * depth
    x = zone.x + zone.width * (0.5 + (across - 0.5) * spread)
    y = zone.y + tall * (0.42 + 0.68 * depth**1.2 - height * (0.44 - 0.14 * depth))
    points = np.stack([x, y], axis=1)
    strength = fade(text_distance(scene, points), 0.7 * u, 9 * u)
    if not edges.left:
        strength = strength * fade(x - zone.x, -2 * u, 0.45 * zone.width)
    tint = np.clip(0.20 + 0.95 * height - 0.25 * (1 - depth), 0, 1)
    faint = 0.26 if lightness(scene.page_color or scene.palette.bg) < 0.4 else 0.42
    alpha = np.clip(faint + 0.34 * depth + 0.55 * height, 0, 1) * strength
    seen = (alpha > 0.05) & (x > -u) & (x < scene.width + u) & (y > zone.y - u) & (y < bottom - 0.5 * u)
    start, end = bright_pair(scene)
    easel = Easel(role)
    light = mix(start, scene.page_color or scene.palette.bg, 0.25)
    _glow(easel, scene, zone.x + zone.width * peak, zone.y + tall * 0.30, min(0.62 * zone.width, 0.75 * tall), light)
    # Three depths (sizes) by four strengths: few elements, each with one colour to edit.
    rows, levels = np.minimum(2, (depth * 3).astype(int)), np.minimum(3, (alpha * 4).astype(int))
    for near, strong in product(range(3), range(4)):
        chosen = seen & (rows == near) & (levels == strong)
        if chosen.any():
            width = 2 * u * (0.15 + 0.30 * float(depth[chosen].mean()))
            dots = list(zip(x[chosen].tolist(), y[chosen].tolist(), strict=True))
            color = mix(start, end, float(np.clip(tint[chosen].mean() * 1.25 - 0.1, 0, 1)))
            name = f"Dots {('far', 'middle', 'near')[near]} {strong + 1}"
            easel.dots(name, dots, color, width, round(float(alpha[chosen].mean()), 3))
    return easel.elements


def _glow(easel: Easel, scene: Scene, x: float, y: float, r: float, color: str) -> None:
    page = scene.page_color or scene.palette.bg
    strong = 0.42 if lightness(page) < 0.4 else 0.22
    easel.shape("Glow", *glow(x, y, r, color, strong, art_floor(scene)))


_RINGS = 26  # more would come out again beyond the texts, as stray pieces


def rings(scene: Scene, role: str = "hero") -> list[ElementSpec]:
    """Wobbling contour rings round a centre, fading outwards and before text. Params: ``center`` (pixels)."""
    rng = np.random.default_rng(part_seed(scene.seed, "rings"))
    u = scene.u
    cx, cy = focus(scene)
    page = scene.page_color or scene.palette.bg
    angles = np.linspace(0, math.tau, 133)
    a, b = rng.uniform(0, math.tau, 2)
    line = apart(mix(bright_pair(scene)[1], page, 0.05), page, 0.25)
    if lightness(page) < 0.66:
        line = with_lightness(line, 0.90, min(0.08, to_lch(line)[1]))
    buckets: list[list[skia.Path]] = [[] for _ in range(6)]
    bottom = scene.strip.y if scene.strip else scene.height
    for index in range(_RINGS):
        base = u * (4.0 + 1.85 * index)
        turn = 0.018 * index
        wobble = 1 + 0.055 * np.sin(3 * angles + a + turn) + 0.030 * np.sin(7 * angles + b - 2 * turn)
        points = np.stack([cx + np.cos(angles) * base * wobble, cy + np.sin(angles) * base * wobble], axis=1)
        strength = 0.62 * (1 - index / (_RINGS + 2)) ** 0.9 * fade(text_distance(scene, points), 0.4 * u, 10 * u)
        inside = (
            (points[:, 0] > -u) & (points[:, 0] < scene.width + u) & (points[:, 1] > -u) & (points[:, 1] < bottom - u)
        )
        level = np.where(inside, np.floor(strength / 0.62 * 6.2), 0).astype(int)
        segment = np.minimum(level[:-1], level[1:])
        start = 0
        for end in range(1, len(segment) + 1):
            if end == len(segment) or segment[end] != segment[start]:
                if segment[start] > 0:
                    run = [(float(px), float(py)) for px, py in points[start : end + 1]]
                    buckets[min(5, segment[start] - 1)].append(polyline(run))
                start = end
    easel = Easel(role)
    if role == "hero":
        _glow(easel, scene, cx, cy, min(0.5 * scene.zone.width, 46 * u), scene.palette.accent)
    for number, runs in enumerate(buckets):
        easel.shape(
            f"Rings {number + 1}", group(runs), line=line, width=0.30 * u, opacity=round(0.62 * (number + 1) / 6, 3)
        )
    return easel.elements


def halftone(scene: Scene, role: str = "hero") -> list[ElementSpec]:
    """A disc of halftone dots, largest at its heart. Params: ``center``, ``radius`` (pixels)."""
    zone, u, edges = scene.zone, scene.u, edges_of(scene)
    radius = float(scene.params.get("radius") or min(58 * u, 0.62 * max(zone.width, zone.height)))
    if scene.params.get("center"):
        cx, cy = focus(scene)
    else:
        # Its heart towards the free corner: right, and up where the zone reaches the top.
        cx = zone.x + zone.width * (0.72 if edges.right else 0.5)
        cy = zone.y + zone.height * (0.36 if edges.top else 0.5)
    pitch = max(2.9 * u, radius / 32)
    count = int(radius / pitch) + 2
    rows, columns = np.mgrid[-count : count + 1, -count : count + 1]
    x = (cx + (columns + 0.5 * (rows % 2)) * pitch).ravel()
    y = (cy + rows * pitch * 0.87).ravel()
    distance = np.hypot(x - cx, y - cy) / radius
    points = np.stack([x, y], axis=1)
    size = np.where(distance < 1, np.clip(1 - distance, 0, 1) ** 0.55, 0) * pitch * 0.50
    size = size * fade(text_distance(scene, points) - size, 0.5 * u, 7 * u)
    limit = (scene.strip.y if scene.strip else scene.height + 10 * u) - 0.6 * u
    seen = (size > 0.16 * u) & (y + size < limit) & (x > -pitch) & (x < scene.width + pitch) & (y > -pitch)
    page = scene.page_color or scene.palette.bg
    vivid = scene.palette.mode == "vivid"
    tone = apart(scene.palette.art[1] if vivid else scene.palette.primary, page, 0.10)
    heart = apart(scene.palette.accent, page, 0.14)
    easel = Easel(role)
    steps = np.minimum(7, (size / (pitch * 0.50) * 8).astype(int))
    for step in range(8):
        chosen = seen & (steps == step)
        if chosen.any():
            dots = list(zip(x[chosen].tolist(), y[chosen].tolist(), strict=True))
            color = mix(tone, heart, (step / 7) ** 1.4) if role == "hero" else tone
            easel.dots(f"Dots {step + 1}", dots, color, 2 * float(size[chosen].mean()))
    return easel.elements


def seigaiha_field(scene: Scene, role: str = "hero") -> list[ElementSpec]:
    """A sea of wave scales. As a hero: a sinking sun behind it, deeper row by row, lines alone where text takes its
    ground. As a background: lines alone, fading upwards."""
    zone, u = scene.zone, scene.u
    bottom = scene.strip.y if scene.strip else zone.bottom
    tones = festival_tones(scene)
    line = apart(tones.gold, tones.page, 0.10)
    easel = Easel(role)
    left, right = (zone.x if zone.x > 2 else 0.0), (zone.right if zone.right < scene.width - 2 else float(scene.width))
    if role != "hero":
        area = Box(left, zone.y, right - left, bottom - zone.y - 5 * u)
        seigaiha(easel, scene, area, line, rising=True, strong=0.8, r=10)
        return easel.elements
    sea = zone.y + 0.40 * (bottom - zone.y)
    for share, radius in product((0.66, 0.5, 0.36), (21.0, 16.0, 12.0)):
        spot = np.array([(zone.x + zone.width * share, sea + 0.1 * radius * u)])
        if clear_of([disc_part()], radius * u / 100, spot, scene.quiet, 0.6 * u)[0]:
            easel.shape("Sun", circle(float(spot[0, 0]), float(spot[0, 1]), radius * u), sun_color(scene))
            break
    size = max(10 * u, math.sqrt((right - left) * max(1.0, bottom - sea)) / 30)
    whole = [scale for scale in wave_scales(left, sea, right, bottom, size) if scale.y < bottom]
    # A heap of scales stands on the ground: none over text below it.
    scales = [scale for scale in whole if clear_box(scene, scale.x - size, scale.y - size, scale.x + size, bottom)]
    if len(scales) < 0.35 * len(whole):
        # Water of the page's own colour: it hides the sun's foot and leaves the text its ground.
        water = group(_scale_body(scale.x, scale.y, size, bottom - scale.y) for scale in whole if scale.row < 2)
        easel.shape("Water", water, tones.page)
        end = min([bottom, *(box.y for box in scene.quiet if box.y > sea)])
        seigaiha(easel, scene, Box(left, sea, right - left, end - sea - 2 * u), line, r=size / u)
        return easel.elements
    rows = max((scale.row for scale in scales), default=0) + 1
    deep = tones.base if scene.strip else apart(tones.deep, tones.page, 0.14)
    light = apart(mix(tones.page, tones.fill, 0.55), tones.page, 0.04)
    for band in range(4):
        chosen = [scale for scale in scales if scale.row * 4 // rows == band]
        bodies = [_scale_body(scale.x, scale.y, size, min(size, bottom - scale.y)) for scale in chosen]
        easel.shape(f"Sea {band + 1}", group(bodies), mix(light, deep, band / 3 * 0.92))
        rings = group(scale.rings for scale in chosen)
        easel.shape(f"Wave rings {band + 1}", rings, line=line, width=0.22 * u, opacity=round(0.85 - 0.12 * band, 2))
    return easel.elements


def _scale_body(x: float, y: float, r: float, foot: float) -> skia.Path:
    """A half disc on a foot that the scales of the row below cover."""
    k = 0.5523 * r
    return pen(("M", x - r, y + foot), ("L", x - r, y), ("C", x - r, y - k, x - k, y - r, x, y - r),
               ("C", x + k, y - r, x + r, y - k, x + r, y), ("L", x + r, y + foot), ("Z",))  # fmt: skip
