"""Where the ink of a text element will be on the page."""

import math

from pipelines.geometry import Box
from pipelines.rendering.text import layout_text
from storage.documents.element import ElementSpec


def ink_box(element: ElementSpec) -> Box:
    """Bounds of a text element's ink, page pixels, its rotation about its centre included."""
    place, style = element.transform, element.style.text_style
    if style is None or not element.content.text:
        return Box(place.x, place.y, 0, 0)
    ink = layout_text(element.content.text, style, place.width or None).ink
    box = Box(place.x + ink.x, place.y + ink.y, ink.width, ink.height)
    return (
        _rotated(box, place.x + place.width / 2, place.y + place.height / 2, place.rotation) if place.rotation else box
    )


def _rotated(box: Box, cx: float, cy: float, degrees: float) -> Box:
    sin, cos = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    corners = [(x - cx, y - cy) for x in (box.x, box.right) for y in (box.y, box.bottom)]
    xs = [cx + x * cos - y * sin for x, y in corners]
    ys = [cy + x * sin + y * cos for x, y in corners]
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
