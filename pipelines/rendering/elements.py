"""Drawing one element in its own pixels, and the box it paints."""

import math

import skia

from pipelines.geometry import Box
from pipelines.rendering.effects import effect_bounds
from pipelines.rendering.images import Pictures
from pipelines.rendering.paints import fill_paint, image_shader, stroke_paint
from pipelines.rendering.paths import shape_outline
from pipelines.rendering.text import layout_text
from pipelines.rendering.typeset import TextLayout
from storage.documents.element import ElementSpec
from storage.documents.style import ImageFill, TextStyle, solid

_INK = solid("#000000")  # text without fill and stroke
_EMPTY = Box(0.0, 0.0, 0.0, 0.0)


def text_layout(element: ElementSpec) -> TextLayout:
    """Where a text element's glyphs are, relative to its top-left corner."""
    style = element.style.text_style or TextStyle()
    return layout_text(element.content.text or "", style, element.transform.width or None)


def local_size(element: ElementSpec) -> tuple[float, float]:
    """Width and height of the element's box; a text without them has its layout's."""
    width, height = element.transform.width, element.transform.height
    if element.type == "text" and not (width and height):
        layout = text_layout(element)
        width, height = width or layout.width, height or layout.height
    return width, height


def element_matrix(element: ElementSpec) -> skia.Matrix:
    """From the element's own pixels to the poster's: scaled, skewed, then turned about the centre of its box."""
    place = element.transform
    if (place.rotation, place.scale_x, place.scale_y, place.skew_x, place.skew_y) == (0, 1, 1, 0, 0):
        return skia.Matrix.Translate(place.x, place.y)
    width, height = local_size(element)
    matrix = skia.Matrix.Translate(place.x + width / 2, place.y + height / 2)
    matrix.preRotate(place.rotation)
    matrix.preSkew(math.tan(math.radians(place.skew_x)), math.tan(math.radians(place.skew_y)))
    matrix.preScale(place.scale_x, place.scale_y)
    matrix.preTranslate(-width / 2, -height / 2)
    return matrix


def draw_content(canvas: skia.Canvas, element: ElementSpec, pictures: Pictures) -> None:
    """Fill, stroke, glyphs and picture, without effects. The canvas is in poster pixels."""
    canvas.save()
    canvas.concat(element_matrix(element))
    match element.type:
        case "text":
            _draw_text(canvas, element, pictures)
        case "shape":
            _draw_shape(canvas, element, pictures)
        case "image":
            _draw_image(canvas, element, pictures)
        case "group":
            pass
    canvas.restore()


def content_bounds(element: ElementSpec) -> Box:
    """What ``draw_content`` may touch, poster pixels."""
    path, stroked = skia.Path(), element.style.stroke
    extra: list[skia.Rect] = []
    match element.type:
        case "text":
            layout = text_layout(element)
            path = layout.path()
            if layout.ink.area > 0:
                extra.append(skia.Rect.MakeXYWH(*layout.ink))
        case "shape":
            path = shape_outline(element.content, *local_size(element))
        case "image":
            path = _frame(element)
        case "group":
            return _EMPTY
    rects = [*extra] if path.isEmpty() else [*extra, path.computeTightBounds()]
    if stroked is not None and stroked.width > 0 and not path.isEmpty():
        outline = skia.Path()
        stroke_paint(stroked).getFillPath(path, outline)
        rects.append(outline.getBounds())
    elif _is_bare_line(element):
        rects[-1] = rects[-1].makeOutset(0.5, 0.5)
    if not rects:
        return _EMPTY
    bounds = rects[0]
    for rect in rects[1:]:
        bounds.join(rect)
    mapped = element_matrix(element).mapRect(bounds)
    if not mapped.isFinite() or mapped.width() + mapped.height() == 0:
        return _EMPTY
    return Box(mapped.x(), mapped.y(), mapped.width(), mapped.height()).outset(1)  # antialiased edges


def paint_bounds(element: ElementSpec) -> Box:
    """The box of all pixels the element may change: stroke, rotation, filters and shadow included. A group's own is
    zero-sized: it paints its children only."""
    content = content_bounds(element)
    return effect_bounds(element.style, content) if content.area > 0 else _EMPTY


def _draw_text(canvas: skia.Canvas, element: ElementSpec, pictures: Pictures) -> None:
    layout, style = text_layout(element), element.style
    path = layout.path()
    if style.stroke is not None and style.stroke.width > 0:
        canvas.drawPath(layout.contour(), stroke_paint(style.stroke))
    fill = style.fill or (None if style.stroke else _INK)
    paint = fill_paint(fill, *local_size(element), pictures) if fill else None
    if paint is not None:
        canvas.drawPath(path, paint)
    for glyph in layout.color_glyphs():
        canvas.save()
        canvas.translate(glyph.x, glyph.y)
        canvas.scale(glyph.size / glyph.face.upem, glyph.size / glyph.face.upem)
        blob = skia.TextBlobBuilder()
        blob.allocRunPos(glyph.face.font, [glyph.glyph], [skia.Point(0, 0)])
        canvas.drawTextBlob(blob.make(), 0, 0, skia.Paint(AntiAlias=True))
        canvas.restore()


def _draw_shape(canvas: skia.Canvas, element: ElementSpec, pictures: Pictures) -> None:
    style = element.style
    size = local_size(element)
    path = shape_outline(element.content, *size)
    paint = fill_paint(style.fill, *size, pictures) if style.fill else None
    if paint is not None:
        if _is_bare_line(element):
            paint.setStyle(skia.Paint.kStroke_Style)
            paint.setStrokeWidth(1)
        canvas.drawPath(path, paint)
    if style.stroke is not None and style.stroke.width > 0:
        canvas.drawPath(path, stroke_paint(style.stroke))


def _draw_image(canvas: skia.Canvas, element: ElementSpec, pictures: Pictures) -> None:
    style, size = element.style, local_size(element)
    frame = _frame(element)
    url = element.content.image_url or (style.fill.image.image_url if style.fill and style.fill.image else None)
    if style.fill is not None and style.fill.type != "image":
        under = fill_paint(style.fill, *size, pictures)
        if under is not None:
            canvas.drawPath(frame, under)
    picture = pictures.get(url) if url and size[0] > 0 and size[1] > 0 else None
    if picture is None:
        return
    how = style.fill.image if style.fill and style.fill.image else ImageFill(image_url=url or "", mode="cover")
    canvas.drawPath(frame, skia.Paint(AntiAlias=True, Shader=image_shader(picture, how, *size)))
    if style.stroke is not None and style.stroke.width > 0:
        canvas.drawPath(frame, stroke_paint(style.stroke))


def _frame(element: ElementSpec) -> skia.Path:
    """A picture's outline: its box, with corners, an ellipse or a path when it asks for one."""
    content = element.content
    if content.radius and content.shape_type is None and content.shape_path is None:
        content = content.model_copy(update={"shape_type": "rounded_rect"})
    return shape_outline(content, *local_size(element))


def _is_bare_line(element: ElementSpec) -> bool:
    """A line without stroke: drawn one pixel wide in its fill."""
    content = element.content
    return (
        element.type == "shape" and content.shape_type == "line" and content.shape_path is None
        and element.style.stroke is None
    )  # fmt: skip
