"""A blurred sketch of the layout, which the picture starts from: light and dark where the layout wants them."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from pipelines.geometry import Box
from pipelines.models.base import Scene

_SIDE = 512  # pixels of the longer side: it is blurred anyway
_BLUR = 0.02  # of the shorter side
_GRAIN = 3.0  # levels of 255: the encoder takes a perfectly flat area for a drawn one


def draw_sketch(scene: Scene) -> bytes:
    """PNG in the page's proportions. Same scene, same bytes."""
    scale = _SIDE / max(scene.width, scene.height)
    size = (max(8, round(scene.width * scale)), max(8, round(scene.height * scale)))
    page = scene.page_color or scene.palette.bg
    image = Image.new("RGB", size, page)
    draw = ImageDraw.Draw(image)
    for share, color in ((1.0, scene.palette.art[1]), (0.72, scene.palette.art[2]), (0.45, scene.palette.art[3])):
        draw.ellipse(_within(scene.zone, share * scale, scale), fill=color)
    for box in scene.quiet:
        draw.rectangle(_corners(box, scale), fill=page)
    if scene.strip is not None:
        draw.rectangle(_corners(scene.strip, scale), fill=scene.strip_color or scene.palette.deep)
    image = image.filter(ImageFilter.GaussianBlur(_BLUR * min(size)))
    grain = np.random.default_rng(scene.seed).normal(0, _GRAIN, (size[1], size[0], 1))
    pixels = np.clip(np.asarray(image, np.float32) + grain, 0, 255).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _corners(box: Box, scale: float) -> tuple[float, float, float, float]:
    return box.x * scale, box.y * scale, box.right * scale, box.bottom * scale


def _within(zone: Box, share: float, scale: float) -> tuple[float, float, float, float]:
    """An ellipse about the zone's middle; ``share``: of the zone, in the sketch's pixels."""
    x, y = zone.center
    half_width, half_height = zone.width * share / 2, zone.height * share / 2
    return x * scale - half_width, y * scale - half_height, x * scale + half_width, y * scale + half_height
