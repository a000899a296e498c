"""From a wanted size to the size SDXL was trained on, and from its pixels to exactly the wanted ones."""

from math import log

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Heights and widths of the multi-aspect training (SDXL paper, appendix I), portrait half; each is also used turned.
TRAINED = (
    (512, 2048), (512, 1984), (512, 1920), (512, 1856), (576, 1792), (576, 1728), (576, 1664), (640, 1600),
    (640, 1536), (704, 1472), (704, 1408), (704, 1344), (768, 1344), (768, 1280), (832, 1216), (832, 1152),
    (896, 1152), (896, 1088), (960, 1088), (960, 1024), (1024, 1024),
)  # fmt: skip
TRAINED_SIDE = 1024


def bucket(width: int, height: int, side: int = TRAINED_SIDE, unit: int = 64) -> tuple[int, int]:
    """The trained (width, height) of nearest aspect, scaled to a model whose square is ``side`` x ``side`` pixels.

    ``unit``: both sides are multiples of it. Ties go to the larger area.
    """
    wanted = log(width / height)
    short, long = min(TRAINED, key=lambda pair: (abs(log(pair[1] / pair[0]) - abs(wanted)), -pair[0] * pair[1]))
    scale = side / TRAINED_SIDE
    small, large = (max(unit, round(length * scale / unit) * unit) for length in (short, long))
    return (large, small) if wanted > 0 else (small, large)


def fit(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Resizes to cover ``width`` x ``height`` and crops the middle; height x width x 3 uint8 in and out."""
    have_height, have_width = pixels.shape[:2]
    if (have_width, have_height) == (width, height):
        return pixels
    scale = min(have_width / width, have_height / height)
    # rounding must not leave the picture
    left, top = max(0.0, (have_width - width * scale) / 2), max(0.0, (have_height - height * scale) / 2)
    image = Image.fromarray(pixels).resize(
        (width, height), Image.Resampling.LANCZOS, box=(left, top, have_width - left, have_height - top)
    )
    return np.asarray(image)
