"""Pictures as users send them, made of numbers: a photo of a colour, a product on white, a logo, a face."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def photo(color: tuple[int, int, int] = (30, 90, 200), width: int = 600, height: int = 400) -> bytes:
    """Sky and hills in tones of one colour, with a bright spot right of the middle, and noise."""
    y, x = np.mgrid[0:height, 0:width]
    tone = np.array(color, float)
    shade = (1.25 - 0.6 * y / height)[..., None]
    picture = tone * shade
    for row, dark in ((0.55, 0.7), (0.7, 0.5), (0.85, 0.3)):
        ridge = height * (row + 0.05 * np.sin(x / width * 9 + row * 20))
        picture = np.where((y > ridge)[..., None], tone * dark, picture)
    spot = np.exp(-(((x - 0.68 * width) / 30) ** 2) - ((y - 0.35 * height) / 30) ** 2)[..., None]
    picture = picture + (np.array([255, 240, 210]) - picture) * spot
    picture += np.random.default_rng(1).normal(0, 5, picture.shape)
    return _file(Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)), "JPEG")


def product() -> bytes:
    """A bottle with a soft shadow on plain white, with wide margins."""
    picture = Image.new("RGB", (800, 800), "#f6f5f3")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((290, 590, 530, 640), fill="#cfcac4")
    picture = picture.filter(ImageFilter.GaussianBlur(14))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((320, 280, 480, 620), 30, fill="#c9683f")
    draw.rectangle((375, 200, 425, 290), fill="#2b2b2e")
    draw.rectangle((320, 400, 480, 520), fill="#f3e6d2")
    return _file(picture, "JPEG")


def logo(color: str = "#0e5c46") -> bytes:
    """A mark and four letters' worth of blocks, transparent around them."""
    picture = Image.new("RGBA", (900, 280), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((0, 0, 280, 280), fill=color)
    for index in range(4):
        draw.rectangle((330 + index * 145, 60, 440 + index * 145, 220), fill=color)
    draw.rectangle((890, 0, 899, 279), fill=color)
    return _file(picture, "PNG")


def bottle_cutout() -> bytes:
    """The product without its ground: many tones, transparent around it."""
    y, x = np.mgrid[0:700, 0:300]
    shade = 0.5 + 0.5 * np.sin(x / 300 * np.pi)
    rgb = np.stack([shade * tone * (1 - 0.3 * y / 700) for tone in (230, 140, 80)], axis=2)
    alpha = np.where((np.abs(x - 150) < 110) & (y > 120) | (np.abs(x - 150) < 40), 255, 0)
    return _file(Image.fromarray(np.dstack([rgb, alpha]).astype(np.uint8)), "PNG")


def _file(picture: Image.Image, format: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **({"quality": 92} if format == "JPEG" else {}))
    return buffer.getvalue()
