"""Contrast of a text against what is around and under its glyphs, measured on pixels (WCAG 2.2 relative luminance)."""

import math
from dataclasses import dataclass

import numpy as np
import skia
from numpy.typing import NDArray

from pipelines.geometry import Box
from pipelines.quality.regions import TextRegion
from pipelines.rendering.paints import stroke_paint
from pipelines.rendering.typeset import TextLayout
from storage.documents.style import ElementStyle

_PERCENTILE = 5
_BAND = 0.12  # em around the outlines that counts as their surroundings
_MOST_PIXELS = 300_000  # larger areas are averaged down; letters there are far larger than the averaging
_UNCHANGED = 4  # of 255: with and without the text the pixel is the same
# sRGB byte -> linear light.
_ENCODED = np.arange(256) / 255
_LINEAR = np.where(_ENCODED <= 0.04045, _ENCODED / 12.92, ((_ENCODED + 0.055) / 1.055) ** 2.4).astype(np.float32)
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Contrast:
    """``ratio``: 5th percentile, 1-21. ``covered``: share of the glyphs' area (0-1) where the text does not show."""

    ratio: float
    covered: float


def luminance(rgb: NDArray[np.uint8]) -> Floats:
    """Relative luminance 0-1 of sRGB bytes (... x 3)."""
    return np.asarray(_LINEAR[rgb] @ _WEIGHTS)


def contrast_ratio(first: Floats, second: Floats) -> Floats:
    """WCAG contrast 1-21 of two luminances."""
    brighter, darker = np.maximum(first, second), np.minimum(first, second)
    return np.asarray((brighter + 0.05) / (darker + 0.05), np.float32)


def measure(
    region: TextRegion, finished: NDArray[np.uint8], without: NDArray[np.uint8], *, forgive_covered: float = 0.0
) -> Contrast | None:
    """Contrast of one text, or None when it has no outlines inside the picture (colour glyphs).

    ``finished`` and ``without``: the poster with and without its texts, H x W x 3 or 4. The text's colour is what it
    adds to the finished picture, so opacity, effects and covers count. Where at most ``forgive_covered`` of the glyphs
    is unchanged, those pixels are left out: something lies over them.
    """
    band = max(1.5, _BAND * region.font_size)
    area = _clip(region.ink.outset(2 * band), finished.shape[1], finished.shape[0])
    if area is None or region.layout.path().isEmpty():
        return None
    left, top, right, bottom = area
    step = max(1, math.ceil(math.sqrt((right - left) * (bottom - top) / _MOST_PIXELS)))
    radius = max(1, round(band / step))
    mask = _averaged(_coverage(region, area), step)
    shown = _averaged(finished[top:bottom, left:right, :3].astype(np.float32), step)
    ground = _averaged(without[top:bottom, left:right, :3].astype(np.float32), step)

    core = mask >= min(0.5, float(mask.max()) * 0.8)
    if not core.any() or mask.max() < 0.05:
        return None
    unchanged = core & (np.abs(shown - ground).max(axis=2) <= _UNCHANGED)
    covered = float(unchanged.sum() / core.sum())

    weight = core.astype(np.float32)
    if 0 < covered <= forgive_covered:
        weight[unchanged] = 0
    # Unmixes antialiasing: shown = mask * text + (1 - mask) * ground.
    text = (shown - (1 - mask[..., None]) * ground) / np.maximum(mask[..., None], 0.05)
    light = luminance(np.clip(np.rint(text), 0, 255).astype(np.uint8))
    ground_light = _box_mean(luminance(np.rint(ground).astype(np.uint8)), max(1, radius // 2))  # grain averages out
    inner = weight > 0
    beside = (mask < 0.05) & (_box_mean(weight, radius) > 0)
    if 0 < covered <= forgive_covered:
        beside &= _box_mean(unchanged.astype(np.float32), radius) <= 0
    text_light = _spread(light, weight, radius)
    under = contrast_ratio(_spread(light, weight, radius // 4), ground_light)[inner]
    ratio = _percentile(np.concatenate([under, contrast_ratio(text_light, ground_light)[beside]]))
    outline = _outline_width(region.element.style) / 2 / step
    if outline >= 1:
        # An outline in another colour is what the glyphs stand on.
        rim = (mask < 0.05) & (_box_mean(weight, max(1, min(radius, int(outline * 0.6)))) > 0)
        if rim.any():
            shown_light = luminance(np.rint(shown).astype(np.uint8))
            ratio = max(ratio, _percentile(contrast_ratio(text_light, shown_light)[rim]))
    return Contrast(ratio, covered)


def _outline_width(style: ElementStyle) -> float:
    return style.stroke.width if style.fill is not None and style.stroke is not None else 0.0


def _spread(values: Floats, weight: Floats, radius: int) -> Floats:
    """Weighted mean of the values around each pixel."""
    total = _box_mean(weight, radius)
    return np.asarray(_box_mean(values * weight, radius) / np.maximum(total, 1e-6), np.float32)


def _percentile(values: Floats) -> float:
    return float(np.percentile(values, _PERCENTILE))


def _clip(box: Box, width: int, height: int) -> tuple[int, int, int, int] | None:
    left, top = max(0, math.floor(box.x)), max(0, math.floor(box.y))
    right, bottom = min(width, math.ceil(box.right)), min(height, math.ceil(box.bottom))
    return (left, top, right, bottom) if right > left and bottom > top else None


def _coverage(region: TextRegion, area: tuple[int, int, int, int]) -> Floats:
    """Share of each pixel inside the glyphs' outlines, 0-1."""
    left, top, right, bottom = area
    info = skia.ImageInfo.MakeA8(right - left, bottom - top)
    surface = skia.Surface.MakeRaster(info)
    canvas = surface.getCanvas()
    canvas.clear(0)
    canvas.translate(-left, -top)
    canvas.concat(region.matrix)
    canvas.drawPath(_outline(region.layout, region.element.style), skia.Paint(AntiAlias=True))
    pixels = np.zeros((bottom - top, right - left), np.uint8)
    surface.readPixels(info, pixels, pixels.strides[0], 0, 0)
    return np.asarray(pixels / 255, np.float32)


def _outline(layout: TextLayout, style: ElementStyle) -> skia.Path:
    """What the text fills: its glyphs, or their stroke when that is all there is."""
    if style.fill is not None or style.stroke is None or style.stroke.width <= 0:
        return layout.path()
    stroked = skia.Path()
    stroke_paint(style.stroke).getFillPath(layout.path(), stroked)
    return stroked


def _averaged(values: Floats, step: int) -> Floats:
    """Means of step x step blocks; a remainder at the right and bottom is dropped."""
    if step == 1:
        return values
    height, width = values.shape[0] // step * step, values.shape[1] // step * step
    blocks = values[:height, :width].reshape(height // step, step, width // step, step, *values.shape[2:])
    return np.asarray(blocks.mean(axis=(1, 3)))


def _box_mean(values: Floats, radius: int) -> Floats:
    """Mean over the square of 2 radius + 1 pixels around each pixel, edges repeated; exactly 0 where all are 0."""
    if radius == 0:
        return values
    side = 2 * radius + 1
    for axis in (0, 1):
        pad = [(radius + 1, radius) if index == axis else (0, 0) for index in (0, 1)]
        sums = np.cumsum(np.pad(values, pad, mode="edge"), axis=axis, dtype=np.float64)
        length = values.shape[axis]
        upper, lower = np.take(sums, range(side, side + length), axis), np.take(sums, range(length), axis)
        values = ((upper - lower) / side).astype(np.float32)
    return values
