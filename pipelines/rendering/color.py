"""CSS colours, and mixing them in OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020)."""

from functools import lru_cache

import numpy as np
import skia
from coloraide import Color
from numpy.typing import NDArray

_TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                    [0.2119034982, 0.6806995451, 0.1073969566],
                    [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
_TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                    [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
_FROM_LAB = np.linalg.inv(_TO_LAB)
_FROM_LMS = np.linalg.inv(_TO_LMS)
Floats = NDArray[np.float64]


@lru_cache(maxsize=4096)
def rgba(color: str) -> tuple[float, float, float, float]:
    """Red, green, blue, alpha of a CSS colour, 0-1, in sRGB (colours outside it are fitted)."""
    parsed = Color(color.strip()).convert("srgb").fit()
    red, green, blue = (float(np.clip(np.nan_to_num(value), 0, 1)) for value in parsed.coords())
    return red, green, blue, float(np.clip(np.nan_to_num(parsed.alpha()), 0, 1))


def argb(color: str) -> int:
    """The colour as skia's 32-bit number."""
    return packed(np.array(rgba(color)))


def packed(values: Floats) -> int:
    """RGBA 0-1 as skia's 32-bit number."""
    red, green, blue, alpha = (round(float(value) * 255) for value in values)
    return int(skia.ColorSetARGB(alpha, red, green, blue))


def to_oklab(rgb: Floats) -> Floats:
    """sRGB 0-1, shape (..., 3), to OKLab."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T)


def from_oklab(lab: Floats) -> Floats:
    """OKLab, shape (..., 3), to sRGB, cut to 0-1."""
    linear = np.clip((lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def to_hex(lab: Floats) -> str:
    """``#rrggbb`` of one OKLab colour, fitted into sRGB."""
    color = Color("oklab", [float(value) for value in lab]).convert("srgb").fit("srgb")
    return str(color.to_string(hex=True))[:7]


def mix(colors: Floats, weights: Floats) -> Floats:
    """RGBA rows mixed in OKLab, premultiplied. ``colors``: (n, 4); ``weights``: (..., n), each row sums to 1."""
    alpha = weights @ colors[:, 3]
    lab = weights @ (to_oklab(colors[:, :3]) * colors[:, 3:])
    rgb = from_oklab(lab / np.maximum(alpha, 1e-9)[..., None])
    return np.concatenate([rgb, alpha[..., None]], axis=-1)
