"""Fills and strokes as skia paints."""

import skia

from pipelines.rendering.color import argb
from pipelines.rendering.gradients import gradient_shader
from pipelines.rendering.images import Pictures
from pipelines.rendering.patterns import pattern_shader
from storage.documents.style import Fill, ImageFill, Stroke

_CAPS = {"butt": skia.Paint.kButt_Cap, "round": skia.Paint.kRound_Cap, "square": skia.Paint.kSquare_Cap}
_JOINS = {"miter": skia.Paint.kMiter_Join, "round": skia.Paint.kRound_Join, "bevel": skia.Paint.kBevel_Join}
_FINEST_DASH = 0.5  # pixels of a whole period: a finer one looks solid and would take for ever
_FINE = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
_ENLARGE = skia.SamplingOptions(skia.CubicResampler.Mitchell())


def fill_paint(fill: Fill, width: float, height: float, pictures: Pictures) -> skia.Paint | None:
    """The paint of a fill over a box of this size; None when its picture cannot be loaded."""
    paint = skia.Paint(AntiAlias=True)
    match fill.type:
        case "gradient" if fill.gradient is not None:
            paint.setShader(gradient_shader(fill.gradient, width, height))
            paint.setDither(True)
        case "pattern" if fill.pattern is not None:
            paint.setShader(pattern_shader(fill.pattern))
        case "image" if fill.image is not None:
            image = pictures.get(fill.image.image_url)
            if image is None:
                return None
            paint.setShader(image_shader(image, fill.image, width, height))
        case _:
            paint.setColor(argb(fill.color or "black"))
    return paint


def image_shader(image: skia.Image, fill: ImageFill, width: float, height: float) -> skia.Shader:
    """A picture fitted to a box: covering it, contained in it, stretched to it, or tiled from its corner."""
    across, down = width / image.width(), height / image.height()
    if fill.mode == "stretch":
        scale_x, scale_y = across * fill.scale, down * fill.scale
    else:
        one = {"cover": max(across, down), "contain": min(across, down)}.get(fill.mode, 1.0) * fill.scale
        scale_x = scale_y = one
    matrix = skia.Matrix.Scale(scale_x, scale_y)
    if fill.mode != "tile":
        spare_x, spare_y = width - image.width() * scale_x, height - image.height() * scale_y
        matrix.postTranslate(spare_x * fill.position_x, spare_y * fill.position_y)
    mode = skia.TileMode.kRepeat if fill.mode == "tile" else skia.TileMode.kDecal
    if fill.mode == "cover" and fill.scale >= 1:
        mode = skia.TileMode.kClamp  # so that the box's own edge stays sharp
    sampling = _ENLARGE if max(scale_x, scale_y) > 1 else _FINE
    return image.makeShader(mode, mode, sampling, matrix)


def stroke_paint(stroke: Stroke) -> skia.Paint:
    """The paint of a stroke; an odd dash array is repeated once, as in SVG."""
    paint = skia.Paint(
        AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=stroke.width, Color=argb(stroke.color),
        StrokeCap=_CAPS[stroke.line_cap], StrokeJoin=_JOINS[stroke.line_join],
    )  # fmt: skip
    dashes = stroke.dash_array or []
    if sum(dashes) >= _FINEST_DASH:
        dashes = dashes if len(dashes) % 2 == 0 else dashes * 2
        paint.setPathEffect(skia.DashPathEffect.Make(dashes, 0))
    return paint
