"""Colours as lightness, chroma and hue (OKLCH), and the contrast between two of them (WCAG 2)."""

from functools import lru_cache
from typing import NamedTuple

from coloraide import Color

SAME = 0.012  # OKLab distance that no eye sees, side by side


class Lch(NamedTuple):
    """OKLCH: lightness 0-1, chroma 0-0.37, hue in degrees."""

    l: float  # noqa: E741 - the field's own name
    c: float
    h: float

    def to_hex(self) -> str:
        """``#rrggbb``, chroma reduced until the colour exists in sRGB."""
        return _to_hex(round(min(max(self.l, 0.0), 1.0), 4), round(max(self.c, 0.0), 4), round(self.h % 360, 2))

    def at(self, lightness: float | None = None, chroma: float | None = None, hue: float | None = None) -> "Lch":
        """This colour with some of its numbers replaced."""
        return Lch(
            self.l if lightness is None else lightness, self.c if chroma is None else chroma,
            self.h if hue is None else hue % 360,
        )  # fmt: skip


@lru_cache(maxsize=8192)
def _to_hex(lightness: float, chroma: float, hue: float) -> str:
    fitted = Color("oklch", [lightness, chroma, hue]).convert("srgb").fit("srgb", method="oklch-chroma")
    return str(fitted.to_string(hex=True))[:7]


@lru_cache(maxsize=8192)
def lch(color: str) -> Lch:
    """OKLCH of any CSS colour; alpha is ignored, a grey's hue is 0."""
    lightness, chroma, hue = Color(color).convert("oklch").coords(nans=False)
    return Lch(lightness, chroma, hue % 360)


@lru_cache(maxsize=8192)
def luminance(color: str) -> float:
    """Relative luminance, 0-1."""
    return float(Color(color).luminance())


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1-21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def hue_distance(one: float, other: float) -> float:
    """Degrees between two hues, 0-180."""
    distance = abs(one - other) % 360
    return min(distance, 360 - distance)


def distance(one: str, other: str) -> float:
    """OKLab distance of two colours."""
    return float(Color(one).distance(Color(other), space="oklab"))


def is_hue(hue: float, low: float, high: float) -> bool:
    """Whether the hue lies between the two, going up from ``low`` (may pass 360)."""
    return (hue - low) % 360 < (high - low) % 360


def blend(base: str, over: str, share: float) -> str:
    """``over`` on ``base`` with this opacity, mixed in OKLab."""
    mixed = Color(base).mix(Color(over), share, space="oklab")
    return str(mixed.convert("srgb").fit("srgb").to_string(hex=True))[:7]


def best_ink(ground: str, *inks: str) -> str:
    """The ink with most contrast on the ground."""
    return max(inks, key=lambda ink: contrast(ink, ground))


def push_to_contrast(color: Lch, ground: str, ratio: float) -> str:
    """Move the lightness away from the ground, keeping hue, until the ratio holds; black or white at the end."""
    step = 0.01 if luminance(ground) < 0.18 else -0.01
    moved = color
    while 0.0 <= moved.l <= 1.0:
        if contrast(moved.to_hex(), ground) >= ratio:
            return moved.to_hex()
        fade = max(0.0, 1 - abs(moved.l - color.l) * 0.8)
        moved = Lch(moved.l + step, color.c * fade, moved.h)
    return best_ink(ground, "#ffffff", "#000000")
