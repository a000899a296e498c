"""Colour arithmetic in OKLab, on ``#rrggbb`` strings."""

import math
from functools import lru_cache

Lch = tuple[float, float, float]


def _to_linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _to_srgb(value: float) -> float:
    return value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


@lru_cache(maxsize=4096)
def to_lab(color: str) -> tuple[float, float, float]:
    """OKLab of ``#rrggbb``."""
    r, g, b = (_to_linear(int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    mid = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (0.2104542553 * long + 0.7936177850 * mid - 0.0040720468 * short,
            1.9779984951 * long - 2.4285922050 * mid + 0.4505937099 * short,
            0.0259040371 * long + 0.7827717662 * mid - 0.8086757660 * short)  # fmt: skip


def _channels(lab: tuple[float, float, float]) -> tuple[float, float, float]:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    mid = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (4.0767416621 * long - 3.3077115913 * mid + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * mid - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * mid + 1.7076147010 * short)  # fmt: skip


def from_lab(lab: tuple[float, float, float]) -> str:
    """The nearest ``#rrggbb`` of the same lightness and hue: chroma shrinks until it fits sRGB."""
    lightness, a, b = min(1.0, max(0.0, lab[0])), lab[1], lab[2]
    for _ in range(24):
        channels = _channels((lightness, a, b))
        if all(-0.0005 <= value <= 1.0005 for value in channels):
            break
        a, b = a * 0.92, b * 0.92
    levels = (round(255 * _to_srgb(min(1.0, max(0.0, value)))) for value in channels)
    return "#" + "".join(f"{level:02x}" for level in levels)


def to_lch(color: str) -> Lch:
    """Lightness 0-1, chroma, hue in degrees."""
    lightness, a, b = to_lab(color)
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def from_lch(lightness: float, chroma: float, hue: float) -> str:
    """``#rrggbb`` of an OKLCH colour, fitted into sRGB."""
    angle = math.radians(hue)
    return from_lab((lightness, chroma * math.cos(angle), chroma * math.sin(angle)))


def lightness(color: str) -> float:
    """OKLab lightness, 0-1."""
    return to_lab(color)[0]


def mix(first: str, second: str, share: float) -> str:
    """``share`` of the way from the first to the second."""
    one, two = to_lab(first), to_lab(second)
    a, b, c = (x + (y - x) * share for x, y in zip(one, two, strict=True))
    return from_lab((a, b, c))


def lighter(color: str, by: float) -> str:
    """Lightness moved by ``by`` (negative: darker), hue kept."""
    level, chroma, hue = to_lch(color)
    return from_lch(min(0.99, max(0.06, level + by)), chroma, hue)


def with_lightness(color: str, level: float, chroma: float | None = None) -> str:
    """The colour's hue at this lightness, and chroma if given."""
    _, own, hue = to_lch(color)
    return from_lch(level, own if chroma is None else chroma, hue)


def apart(color: str, other: str, by: float) -> str:
    """``color``, moved in lightness until it differs from ``other`` by at least ``by``."""
    level, base = lightness(color), lightness(other)
    if abs(level - base) >= by:
        return color
    up = level >= base
    if base + by > 0.985:
        up = False
    elif base - by < 0.10:
        up = True
    return with_lightness(color, base + by if up else base - by)


def told_apart(color: str, other: str, by: float) -> str:
    """As ``apart``, but a clearly different hue counts for most of the distance."""
    one, two = to_lch(color), to_lch(other)
    turn = abs(one[2] - two[2]) % 360
    hues_differ = min(turn, 360 - turn) > 60 and one[1] > 0.08 and two[1] > 0.08
    return apart(color, other, 0.03 if hues_differ else by)


def alpha(color: str, opacity: float) -> str:
    """``#rrggbbaa``."""
    return f"{color[:7]}{round(255 * min(1.0, max(0.0, opacity))):02x}"


def deeper(color: str, level: float) -> str:
    """The colour darkened as paint darkens: yellows turn to brown, not to olive."""
    _, chroma, hue = to_lch(color)
    if 75 < hue < 120:
        hue, chroma = hue - 26, min(chroma, 0.09)
    return from_lch(level, min(chroma, 0.16), hue)


def paler(color: str, level: float) -> str:
    """The colour lightened as paint lightens: reds turn to warm sand, not to pink."""
    _, chroma, hue = to_lch(color)
    if hue < 55 or hue > 340:
        hue, chroma = 58.0, chroma * 0.55
    return from_lch(level, min(chroma, 0.14), hue)
