"""The poster's ``background``: a CSS colour or linear gradient kept as text."""

import re
from functools import lru_cache

from coloraide import Color

from storage.documents.style import Fill, linear, solid

_GRADIENT = re.compile(r"linear-gradient\((.*)\)", re.IGNORECASE | re.DOTALL)
_ANGLE = re.compile(r"(-?\d+(?:\.\d+)?)deg", re.IGNORECASE)
_STOP = re.compile(r"(.*?)\s+(\d+(?:\.\d+)?)%", re.DOTALL)
_SIDES = {"top": 0.0, "right": 90.0, "bottom": 180.0, "left": 270.0}
_COMMA = re.compile(r",(?![^(]*\))")
_PAPER = solid("#ffffff")


@lru_cache(maxsize=256)
def background_fill(css: str) -> Fill:
    """The fill of a CSS colour or ``linear-gradient(...)``; white when it is empty or anything else."""
    text = css.strip()
    if _is_color(text):
        return solid(text)
    match = _GRADIENT.fullmatch(text)
    return (_gradient(match[1]) if match else None) or _PAPER


def _is_color(text: str) -> bool:
    return 0 < len(text) <= 64 and Color.match(text, fullmatch=True) is not None


def _gradient(arguments: str) -> Fill | None:
    parts = [part.strip() for part in _COMMA.split(arguments)]
    angle = 180.0
    if turned := _ANGLE.fullmatch(parts[0]):
        angle = float(turned[1])
        parts = parts[1:]
    elif parts[0].startswith("to "):
        angle = _SIDES.get(parts[0][3:].strip(), 180.0)
        parts = parts[1:]
    colors: list[str] = []
    places: list[float | None] = []
    for part in parts:
        placed = _STOP.fullmatch(part)
        color = placed[1] if placed else part
        if not _is_color(color):
            return None
        colors.append(color)
        places.append(min(1.0, float(placed[2]) / 100) if placed else None)
    if not 2 <= len(colors) <= 32 or abs(angle) > 3600:
        return None
    even = [index / (len(colors) - 1) for index in range(len(colors))]
    offsets = [default if place is None else place for place, default in zip(places, even, strict=True)]
    return linear(colors, angle, offsets)
