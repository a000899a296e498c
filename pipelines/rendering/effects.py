"""Filters and shadows as skia image filters, with how far they reach."""

import math

import numpy as np
import skia

from pipelines.geometry import Box
from pipelines.rendering.color import argb, rgba
from storage.documents.style import ElementStyle, Filter, Shadow

BLEND_MODES: dict[str, skia.BlendMode] = {
    "normal": skia.BlendMode.kSrcOver, "multiply": skia.BlendMode.kMultiply, "screen": skia.BlendMode.kScreen,
    "overlay": skia.BlendMode.kOverlay, "darken": skia.BlendMode.kDarken, "lighten": skia.BlendMode.kLighten,
    "color_dodge": skia.BlendMode.kColorDodge, "color_burn": skia.BlendMode.kColorBurn,
    "hard_light": skia.BlendMode.kHardLight, "soft_light": skia.BlendMode.kSoftLight,
    "difference": skia.BlendMode.kDifference, "exclusion": skia.BlendMode.kExclusion, "hue": skia.BlendMode.kHue,
    "saturation": skia.BlendMode.kSaturation, "color": skia.BlendMode.kColor,
    "luminosity": skia.BlendMode.kLuminosity,
}  # fmt: skip
_LUMA = np.array([0.2126, 0.7152, 0.0722])
_REACH = 3  # sigmas


def image_filter(style: ElementStyle) -> skia.ImageFilter | None:
    """The element's filters in order, then its shadow under the result; None when it has neither."""
    chain: skia.ImageFilter | None = None
    for item in style.filters or []:
        if item.type == "blur":
            chain = skia.ImageFilters.Blur(item.value, item.value, skia.TileMode.kDecal, chain) if item.value else chain
        else:
            chain = skia.ImageFilters.ColorFilter(skia.ColorFilters.Matrix(_matrix(item)), chain)
    if style.shadow is not None:
        chain = _with_shadow(style.shadow, chain)
    return chain


def effect_bounds(style: ElementStyle, ink: Box) -> Box:
    """The box that filters and shadow of something drawn in ``ink`` may touch."""
    for item in style.filters or []:
        if item.type == "blur":
            ink = ink.outset(math.ceil(_REACH * item.value))
    if style.shadow is None:
        return ink
    shadow = style.shadow
    cast = ink.outset(max(0.0, shadow.spread) + math.ceil(_REACH * shadow.blur / 2))
    return ink.union(Box(cast.x + shadow.offset_x, cast.y + shadow.offset_y, cast.width, cast.height))


def _with_shadow(shadow: Shadow, source: skia.ImageFilter | None) -> skia.ImageFilter:
    shape = source
    if shadow.spread > 0:
        shape = skia.ImageFilters.Dilate(shadow.spread, shadow.spread, source)
    elif shadow.spread < 0:
        shape = skia.ImageFilters.Erode(-shadow.spread, -shadow.spread, source)
    sigma = shadow.blur / 2
    cast = skia.ImageFilters.DropShadowOnly(
        shadow.offset_x, shadow.offset_y, sigma, sigma, argb(shadow.color), shape
    )  # fmt: skip
    return skia.ImageFilters.Merge([cast, source])


def _matrix(item: Filter) -> list[float]:
    """Row-major 4 x 5 colour matrix of a filter on straight RGBA 0-1 (CSS Filter Effects, duotone by luma)."""
    value = item.value
    linear, offset = np.eye(3), np.zeros(3)
    match item.type:
        case "brightness":
            linear = np.eye(3) * value
        case "contrast":
            linear, offset = np.eye(3) * value, np.full(3, 0.5 - 0.5 * value)
        case "saturate" | "grayscale":
            keep = value if item.type == "saturate" else 1 - min(1.0, value)
            linear = np.eye(3) * keep + np.tile(_LUMA, (3, 1)) * (1 - keep)
        case "invert":
            amount = min(1.0, value)
            linear, offset = np.eye(3) * (1 - 2 * amount), np.full(3, amount)
        case "hue_rotate":
            linear = _hue_matrix(math.radians(value))
        case "duotone":
            dark, light = np.array(rgba(item.dark or "black")[:3]), np.array(rgba(item.light or "white")[:3])
            linear, offset = np.outer(light - dark, _LUMA), dark
    rows = np.zeros((4, 5))
    rows[:3, :3], rows[:3, 4], rows[3, 3] = linear, offset, 1
    return [float(number) for number in rows.ravel()]


def _hue_matrix(angle: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    cosine, sine = math.cos(angle), math.sin(angle)
    grey = np.tile([0.213, 0.715, 0.072], (3, 1))
    turned = np.array([[-0.213, -0.715, 0.928], [0.143, 0.140, -0.283], [-0.787, 0.715, 0.072]])
    return np.asarray(grey + cosine * (np.eye(3) - grey) + sine * turned)
