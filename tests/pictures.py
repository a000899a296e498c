"""Files for tests."""

import io

from PIL import Image
from psd_tools import PSDImage


def encoded(width: int, height: int, format: str = "JPEG", color: str = "#1890ff") -> bytes:
    """A picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), color).save(buffer, format)
    return buffer.getvalue()


def psd(width: int, height: int) -> bytes:
    """A PSD with two layers."""
    image = PSDImage.new("RGB", (width, height))
    image.create_pixel_layer(Image.new("RGB", (width, height), "#1890ff"), name="background")
    image.create_pixel_layer(Image.new("RGBA", (width // 2, 8), "#ffffff"), name="stripe", left=3, top=3)
    buffer = io.BytesIO()
    image.save(buffer)
    return buffer.getvalue()
