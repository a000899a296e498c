"""Ornaments of lines and shapes: the notched frame, the seal, ribbons, hazard stripes, coupons."""

import math

import skia

from pipelines.geometry import Box
from pipelines.layout.color import lch
from pipelines.layout.grid import Frame
from pipelines.layout.sheet import path_shape, shape
from pipelines.layout.type import text_style
from pipelines.rendering.paths import to_svg
from pipelines.rendering.text import layout_text, text_path
from pipelines.styles.packs import Voice
from storage.documents.element import ElementContent, ElementSpec, Transform
from storage.documents.style import ElementStyle, Stroke, linear, solid


def notched_frame(frame: Frame, color: str) -> list[ElementSpec]:
    """A hairline 3.4 u inside the page, its corners stepped in."""
    u = frame.u
    inset, notch = 3.4 * u, 4.2 * u
    w, h = frame.width - 2 * inset, frame.height - 2 * inset
    path = (f"M{notch:.1f} 0H{w - notch:.1f}V{notch:.1f}H{w:.1f}V{h - notch:.1f}H{w - notch:.1f}V{h:.1f}H{notch:.1f}"
            f"V{h - notch:.1f}H0V{notch:.1f}H{notch:.1f}Z")  # fmt: skip
    return [ElementSpec(
        type="shape", transform=Transform(x=inset, y=inset, width=w, height=h),
        style=ElementStyle(stroke=Stroke(color=color, width=max(1.0, 0.24 * u)), opacity=0.85),
        content=ElementContent(shape_type="path", shape_path=path, name="Frame", role="frame"),
    )]  # fmt: skip


def seal(character: str, voice: Voice, x: float, y: float, side: float) -> list[ElementSpec]:
    """A red seal with one character in it, as outlines: ornament, not text."""
    fill = "#c8402c"
    style = text_style(voice, side * 0.64, 1.0)
    ink = layout_text(character, style).ink
    box = Box(x + (side - ink.width) / 2 - ink.x, y + (side - ink.height) / 2 - ink.y, side, side)
    return [
        shape(Box(x, y, side, side), fill, "Seal", "seal", radius=0.1 * side),
        path_shape(text_path(character, style), box, solid("#fdf6ea"), "Seal mark", "seal"),
    ]


def hazard_stripes(box: Box, dark: str, pitch: float) -> list[ElementSpec]:
    """Slanted warning stripes along a band; the band's own colour shows between them."""
    lean = box.height
    parts = []
    x = -lean
    while x < box.width:
        parts.append(
            f"M{x:.1f} {box.height:.1f}L{x + lean:.1f} 0h{pitch / 2:.1f}L{x + pitch / 2:.1f} {box.height:.1f}Z"
        )
        x += pitch
    return [path_shape("".join(parts), box, solid(dark), "Hazard stripes", "hazard")]


def ribbon(box: Box, color: str, rotation: float) -> ElementSpec:
    """A band with swallow-tail ends."""
    w, h = box.width, box.height
    tail = 0.42 * h
    path = f"M0 0H{w:.1f}L{w - tail:.1f} {h / 2:.1f}L{w:.1f} {h:.1f}H0L{tail:.1f} {h / 2:.1f}Z"
    element = path_shape(path, box, solid(color), "Ribbon", "ribbon")
    return element.model_copy(update={"transform": element.transform.model_copy(update={"rotation": rotation})})


def coupon(box: Box, radius: float) -> str:
    """Path of a ticket: rounded corners, a notch in the middle of either side."""
    w, h, r = box.width, box.height, radius
    n = 0.13 * h
    low, high = h / 2 - n, h / 2 + n
    return (
        f"M{r:.1f} 0H{w - r:.1f}A{r:.1f} {r:.1f} 0 0 1 {w:.1f} {r:.1f}V{low:.1f}"
        f"A{n:.1f} {n:.1f} 0 0 0 {w:.1f} {high:.1f}"
        f"V{h - r:.1f}A{r:.1f} {r:.1f} 0 0 1 {w - r:.1f} {h:.1f}H{r:.1f}A{r:.1f} {r:.1f} 0 0 1 0 {h - r:.1f}"
        f"V{high:.1f}A{n:.1f} {n:.1f} 0 0 0 0 {low:.1f}V{r:.1f}A{r:.1f} {r:.1f} 0 0 1 {r:.1f} 0Z"
    )


def extrusion(text: str, voice: Voice, size: float, box: Box, color: str, depth: float) -> ElementSpec:
    """The side of thick letters: their outlines repeated along the depth, in one shape."""
    style = text_style(voice, size, 1.0)
    outline = layout_text(text, style).path()
    steps = 14
    dx, dy = depth * math.cos(math.radians(58)), depth * math.sin(math.radians(58))
    solid_side = skia.Path()
    for step in range(steps, 0, -1):
        solid_side.addPath(outline, dx * step / steps, dy * step / steps)
    return path_shape(to_svg(solid_side), box, solid(color), "Number side", "extrusion")


def scrim(frame: Frame, color: str, top: float, strength: float = 0.72) -> ElementSpec:
    """A veil that grows from nothing at ``top`` towards the foot, for text over a lively ground."""
    dark = lch(color).to_hex()
    stops = [f"{dark}{round(255 * strength * share):02x}" for share in (0.0, 0.35, 0.85, 1.0)]
    element = shape(Box(0, top, frame.width, frame.height - top), dark, "Veil", "scrim")
    return element.model_copy(update={"style": ElementStyle(fill=linear(stops, 180, [0, 0.3, 0.65, 1]))})
