"""How different two pictures look: distances in OKLab after a slight blur, as at reading distance."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

# Just noticeable is about 0.02 in OKLab's units.
NOTICEABLE = 0.04

_TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def oklab(picture: Image.Image) -> NDArray[np.float64]:
    """H x W x 3, Björn Ottosson's OKLab."""
    srgb = np.asarray(picture.convert("RGB").filter(ImageFilter.GaussianBlur(1))) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T)


def distances(one: Image.Image, two: Image.Image) -> NDArray[np.float64]:
    """Distance of each pixel pair; pictures of different size differ everywhere."""
    if one.size != two.size:
        return np.ones((one.height, one.width))
    return np.asarray(np.linalg.norm(oklab(one) - oklab(two), axis=2))


def explain(expected: Image.Image, actual: Image.Image) -> Image.Image:
    """Expected, actual and where they differ, side by side."""
    apart = np.clip(distances(expected, actual) / (4 * NOTICEABLE), 0, 1)
    heat = Image.fromarray((255 - apart * 255).astype(np.uint8)).convert("RGB").resize(actual.size)
    sheet = Image.new("RGB", (expected.width + actual.width * 2, max(expected.height, actual.height)), "white")
    for index, picture in enumerate((expected, actual, heat)):
        sheet.paste(picture, (expected.width * min(index, 1) + actual.width * max(index - 1, 0), 0))
    return sheet
