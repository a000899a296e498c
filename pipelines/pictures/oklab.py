"""OKLab of many pixels at once (Björn Ottosson's matrices, as CSS Color 4 gives them)."""

import numpy as np
from coloraide import Color
from numpy.typing import NDArray

_TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                    [0.2119034982, 0.6806995451, 0.1073969566],
                    [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
_TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                    [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip


def oklab(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """``... x 3`` sRGB bytes as L (0-1), a, b."""
    encoded = rgb / 255
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(light @ _TO_LMS.T) @ _TO_LAB.T, np.float64)


def to_hex(lab: NDArray[np.float64]) -> str:
    """``#rrggbb`` of one colour."""
    color = Color("oklab", [float(value) for value in lab]).convert("srgb").fit("srgb")
    return str(color.to_string(hex=True))[:7]
