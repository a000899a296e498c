"""Gradient shaders. Skia mixes in sRGB, so the stops between are computed here, in OKLab."""

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np
import skia

from pipelines.rendering.color import Floats, mix, packed, rgba
from storage.documents.style import Gradient

_SUBSTOPS = 8  # a stop interval
_MESH_SIDE = 320  # cells along the longer side: a mesh has no detail finer than that
_PREMULTIPLIED = 1


def gradient_shader(gradient: Gradient, width: float, height: float) -> skia.Shader:
    """The shader of a gradient over a box of this size at (0, 0)."""
    width, height = max(width, 1e-3), max(height, 1e-3)
    if gradient.type == "mesh":
        return _mesh_shader(gradient.model_dump_json(), width, height)
    colors, places = _dense_stops(tuple((stop.offset, stop.color) for stop in gradient.stops))
    cx, cy = gradient.cx * width, gradient.cy * height
    clamp = skia.TileMode.kClamp
    if gradient.type == "radial":
        radius = gradient.radius * max(width, height)
        return skia.GradientShader.MakeRadial(skia.Point(cx, cy), radius, colors, places, clamp, _PREMULTIPLIED)
    if gradient.type == "conic":
        # CSS starts at the top, skia at the right.
        turn = skia.Matrix.RotateDeg(gradient.angle - 90, skia.Point(cx, cy))
        return skia.GradientShader.MakeSweep(cx, cy, colors, places, clamp, 0, 360, _PREMULTIPLIED, turn)
    turn_x, turn_y = math.sin(math.radians(gradient.angle)), -math.cos(math.radians(gradient.angle))
    half = (abs(width * turn_x) + abs(height * turn_y)) / 2
    middle_x, middle_y = width / 2, height / 2
    ends = [skia.Point(middle_x - turn_x * half, middle_y - turn_y * half),
            skia.Point(middle_x + turn_x * half, middle_y + turn_y * half)]  # fmt: skip
    return skia.GradientShader.MakeLinear(ends, colors, places, clamp, _PREMULTIPLIED)


@lru_cache(maxsize=512)
def _dense_stops(stops: tuple[tuple[float, str], ...]) -> tuple[list[int], list[float]]:
    ordered = sorted(stops, key=lambda stop: stop[0])
    if ordered[0][0] > 0:
        ordered.insert(0, (0.0, ordered[0][1]))
    if ordered[-1][0] < 1:
        ordered.append((1.0, ordered[-1][1]))
    colors: list[int] = []
    places: list[float] = []
    for (start, first), (end, second) in pairwise(ordered):
        steps = _SUBSTOPS if first != second and end > start else 1
        share = np.arange(steps + 1) / steps
        mixed = mix(np.array([rgba(first), rgba(second)]), np.stack([1 - share, share], axis=-1))
        colors += [packed(row) for row in mixed]
        places += [float(start + (end - start) * value) for value in share]
    return colors, places


@lru_cache(maxsize=8)
def _mesh_shader(gradient_json: str, width: float, height: float) -> skia.Shader:
    gradient = Gradient.model_validate_json(gradient_json)
    longer = max(width, height)
    columns = max(2, round(_MESH_SIDE * width / longer))
    rows = max(2, round(_MESH_SIDE * height / longer))
    pixels = mesh_pixels(gradient, columns, rows, width / longer, height / longer).astype(np.float32)
    pixels[..., :3] *= pixels[..., 3:]
    image = skia.Image.fromarray(pixels, skia.ColorType.kRGBA_F32_ColorType, skia.AlphaType.kPremul_AlphaType)
    smooth = skia.SamplingOptions(skia.FilterMode.kLinear)
    fit = skia.Matrix.Scale(width / columns, height / rows)
    return image.makeShader(skia.TileMode.kClamp, skia.TileMode.kClamp, smooth, fit)


def mesh_pixels(gradient: Gradient, columns: int, rows: int, across: float, down: float) -> Floats:
    """Straight RGBA 0-1, (rows, columns, 4), of a mesh gradient on a box of ``across`` x ``down``.

    Each point weighs by inverse distance to the power ``power``; before that the plane is bent by two sine waves of
    amplitude ``warp`` whose phases come from the seed.
    """
    phase_x, phase_y = np.random.default_rng(gradient.seed).uniform(0, math.tau, 2)
    y, x = np.meshgrid((np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns, indexing="ij")
    bent_x = x + gradient.warp * np.sin(math.tau * y * 0.9 + phase_x)
    bent_y = y + gradient.warp * np.sin(math.tau * x * 0.8 + phase_y)
    points = np.array([(point.x, point.y) for point in gradient.points])
    squared = ((bent_x[..., None] - points[:, 0]) * across) ** 2 + ((bent_y[..., None] - points[:, 1]) * down) ** 2
    weights = (squared + 1e-4) ** (-gradient.power / 2)
    weights /= weights.sum(axis=-1, keepdims=True)
    return mix(np.array([rgba(point.color) for point in gradient.points]), weights)
