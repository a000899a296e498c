"""Repeated and random textures as shaders."""

import math
from functools import lru_cache

import numpy as np
import skia

from pipelines.rendering.color import argb
from storage.documents.style import Pattern

_NOISE_SIDE = 512
_REPEAT = skia.TileMode.kRepeat


def pattern_shader(pattern: Pattern) -> skia.Shader:
    """The shader of a pattern; its origin is the element's top-left corner."""
    if pattern.type == "noise":
        return _noise_shader(pattern.seed, pattern.amount, pattern.size)
    tile = _tile_side(pattern)
    recorder = skia.PictureRecorder()
    canvas = recorder.beginRecording(skia.Rect.MakeWH(tile, tile))
    canvas.clear(argb(pattern.background))
    paint = skia.Paint(Color=argb(pattern.color), AntiAlias=True)
    size = pattern.size
    match pattern.type:
        case "dots":
            canvas.drawCircle(tile / 2, tile / 2, size / 2, paint)
        case "stripes":
            canvas.drawRect(skia.Rect.MakeWH(size, tile), paint)
        case "grid":
            canvas.drawRect(skia.Rect.MakeWH(size, tile), paint)
            canvas.drawRect(skia.Rect.MakeLTRB(size, 0, tile, size), paint)
        case _:
            canvas.drawRect(skia.Rect.MakeWH(size, size), paint)
            canvas.drawRect(skia.Rect.MakeXYWH(tile / 2, tile / 2, size, size), paint)
    turn = skia.Matrix.RotateDeg(math.fmod(pattern.angle, 360))
    bounds = skia.Rect.MakeWH(tile, tile)
    return recorder.finishRecordingAsPicture().makeShader(_REPEAT, _REPEAT, skia.FilterMode.kLinear, turn, bounds)


def _tile_side(pattern: Pattern) -> float:
    return 2 * (pattern.size + pattern.gap) if pattern.type == "checker" else pattern.size + pattern.gap


def _noise_shader(seed: int, amount: float, size: float) -> skia.Shader:
    filtering = skia.FilterMode.kNearest if size == int(size) else skia.FilterMode.kLinear
    scale = skia.Matrix.Scale(size, size)
    return _noise_image(seed, amount).makeShader(_REPEAT, _REPEAT, skia.SamplingOptions(filtering), scale)


@lru_cache(maxsize=8)
def _noise_image(seed: int, amount: float) -> skia.Image:
    grain = np.random.default_rng(seed).normal(0.5, amount, (_NOISE_SIDE, _NOISE_SIDE))
    grey = np.round(np.clip(grain, 0, 1) * 255).astype(np.uint8)
    pixels = np.dstack([grey, grey, grey, np.full_like(grey, 255)])
    return skia.Image.fromarray(np.ascontiguousarray(pixels), skia.ColorType.kRGBA_8888_ColorType)
