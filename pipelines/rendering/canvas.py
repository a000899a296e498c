"""Rendering a poster, or one of its elements, from the stored document alone."""

import math
from dataclasses import dataclass

import numpy as np
import skia
from numpy.typing import NDArray

from pipelines.geometry import Box
from pipelines.rendering.background import background_fill
from pipelines.rendering.draw_order import Node, ordered_elements
from pipelines.rendering.effects import BLEND_MODES, image_filter
from pipelines.rendering.elements import content_bounds, draw_content, paint_bounds
from pipelines.rendering.images import ImageSource, Pictures
from pipelines.rendering.paints import fill_paint
from storage.documents.element import ElementSpec
from storage.documents.poster import PosterDocument

Pixels = NDArray[np.uint8]
_EMPTY = Box(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Raster:
    """Straight RGBA pixels, height x width x 4, whose top-left pixel is at (``left``, ``top``) of the poster."""

    pixels: Pixels
    left: int
    top: int


def render(document: PosterDocument, images: ImageSource, *, hidden: frozenset[str] = frozenset()) -> Pixels:
    """The poster as height x width x 4 straight RGBA.

    ``images`` gives the bytes behind an address; a picture that cannot be loaded is left out. ``hidden``: ids of
    elements or layers not to draw. Raises ValidationError for broken path data.
    """
    poster = document.poster
    page = Box(0, 0, poster.width, poster.height)
    surface, canvas = _surface(page)
    pictures = Pictures(images)
    _draw_background(canvas, document, pictures)
    for layer, nodes in ordered_elements(document):
        if not layer.visible or layer.id in hidden:
            continue
        isolated = layer.opacity < 1 or layer.blend_mode != "normal"
        if isolated:
            _begin(canvas, page, layer.opacity, layer.blend_mode)
        for node in nodes:
            _draw_node(canvas, node, pictures, page, hidden)
        if isolated:
            canvas.restore()
    return _pixels(surface, page)


def render_element(document: PosterDocument, element_id: str, images: ImageSource) -> Raster:
    """One element alone with its effects, cut to the page and to its paint bounds.

    Its opacity and blend mode, and those of its layer and groups, are left out: exactly the pixels that ``render``
    composites with them. A group's raster is its children composited. An element that paints nothing inside the
    page has a raster of 0 x 0 pixels. Visibility is ignored for the element itself. Raises KeyError for an unknown id.
    """
    document.element(element_id)
    node = next(
        found for _, nodes in ordered_elements(document) for root in nodes for found in _all(root)
        if found.element.id == element_id
    )  # fmt: skip
    page = Box(0, 0, document.poster.width, document.poster.height)
    area = _whole(_node_bounds(node, frozenset()), page)
    if area.area <= 0:
        return Raster(np.zeros((0, 0, 4), np.uint8), int(area.x), int(area.y))
    surface, canvas = _surface(area)
    pictures = Pictures(images)
    if node.element.type == "group":
        for child in node.children:
            _draw_node(canvas, child, pictures, page, frozenset())
    else:
        _draw_with_effects(canvas, node.element, pictures)
    return Raster(_pixels(surface, area), int(area.x), int(area.y))


def render_background(document: PosterDocument) -> Pixels:
    """What lies under all elements: the poster's own background, height x width x 4."""
    page = Box(0, 0, document.poster.width, document.poster.height)
    surface, canvas = _surface(page)
    _draw_background(canvas, document, Pictures(_no_pictures))
    return _pixels(surface, page)


def _no_pictures(url: str) -> bytes:
    raise LookupError(url)


def _draw_background(canvas: skia.Canvas, document: PosterDocument, pictures: Pictures) -> None:
    poster = document.poster
    paint = fill_paint(background_fill(poster.background), poster.width, poster.height, pictures)
    if paint is not None:
        canvas.drawRect(skia.Rect.MakeWH(poster.width, poster.height), paint)


def _all(node: Node) -> list[Node]:
    return [node, *(found for child in node.children for found in _all(child))]


def _draw_node(canvas: skia.Canvas, node: Node, pictures: Pictures, page: Box, hidden: frozenset[str]) -> None:
    element, style = node.element, node.element.style
    if not element.visible or element.id in hidden:
        return
    area = _whole(_node_bounds(node, hidden), page)
    if area.area <= 0:
        return
    isolated = style.opacity < 1 or style.blend_mode != "normal"
    if isolated:
        _begin(canvas, area, style.opacity, style.blend_mode)
    if element.type == "group":
        for child in node.children:
            _draw_node(canvas, child, pictures, page, hidden)
    else:
        _draw_with_effects(canvas, element, pictures)
    if isolated:
        canvas.restore()


def _draw_with_effects(canvas: skia.Canvas, element: ElementSpec, pictures: Pictures) -> None:
    effects = image_filter(element.style)
    if effects is None:
        draw_content(canvas, element, pictures)
        return
    # The layer is in poster pixels, so a shadow falls the same way whatever the element's rotation.
    canvas.saveLayer(_rect(content_bounds(element)), skia.Paint(ImageFilter=effects))
    draw_content(canvas, element, pictures)
    canvas.restore()


def _begin(canvas: skia.Canvas, area: Box, opacity: float, blend_mode: str) -> None:
    """A layer whose pixels are blended as one; the clip keeps its memory small."""
    paint = skia.Paint(BlendMode=BLEND_MODES[blend_mode])
    paint.setAlphaf(opacity)
    canvas.saveLayer(_rect(area), paint)
    canvas.clipRect(_rect(area))


def _node_bounds(node: Node, hidden: frozenset[str]) -> Box:
    if node.element.type != "group":
        return paint_bounds(node.element)
    bounds = _EMPTY
    for child in node.children:
        if child.element.visible and child.element.id not in hidden:
            inner = _node_bounds(child, hidden)
            bounds = inner if bounds.area <= 0 else bounds.union(inner) if inner.area > 0 else bounds
    return bounds


def _whole(box: Box, page: Box) -> Box:
    """The part inside the page, out to whole pixels."""
    if box.area <= 0:
        return _EMPTY
    cut = box.intersection(page)
    left, top = math.floor(cut.x), math.floor(cut.y)
    return Box(left, top, math.ceil(cut.right) - left, math.ceil(cut.bottom) - top)


def _rect(box: Box) -> skia.Rect:
    return skia.Rect.MakeXYWH(*box)


def _surface(area: Box) -> tuple[skia.Surface, skia.Canvas]:
    info = skia.ImageInfo.Make(
        int(area.width), int(area.height), skia.ColorType.kRGBA_8888_ColorType, skia.AlphaType.kPremul_AlphaType
    )
    surface = skia.Surface.MakeRaster(info)
    canvas = surface.getCanvas()
    canvas.clear(0)
    canvas.translate(-area.x, -area.y)
    return surface, canvas


def _pixels(surface: skia.Surface, area: Box) -> Pixels:
    pixels = np.zeros((int(area.height), int(area.width), 4), np.uint8)
    info = skia.ImageInfo.Make(
        int(area.width), int(area.height), skia.ColorType.kRGBA_8888_ColorType, skia.AlphaType.kUnpremul_AlphaType
    )
    surface.readPixels(info, pixels, pixels.strides[0], 0, 0)
    return pixels


__all__ = ["Raster", "paint_bounds", "render", "render_background", "render_element"]
