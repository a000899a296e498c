"""Which of a picture's colours lead a poster's palette."""

from collections.abc import Sequence

from pipelines.layout.color import hue_distance, lch
from pipelines.pictures.picture import Picture

_COLORFUL = 0.035
_ACCENT = 0.07  # chroma that an accent needs
_SEEN = 0.012  # share below which a colour is not remembered
_NEUTRAL = 0.02
# Pictures without hue: their own black or white, and one hot accent.
_GREY_DARK = ("#1b1b1c", "#e4572e")
_GREY_LIGHT = ("#f6f5f2", "#dd4a22", "#1d1d1f")
DARK = 0.36  # mean lightness below which a poster around the picture is dark


def steering_colors(pictures: Sequence[Picture]) -> list[str]:
    """A primary and perhaps an accent, as a user would name them; one neutral when the pictures have no hue.

    Earlier pictures count more. The primary is what is both large and colourful, not the average.
    """
    votes: dict[str, float] = {}
    for place, picture in enumerate(pictures):
        for swatch in picture.swatches:
            if swatch.share >= _SEEN:
                votes[swatch.color] = votes.get(swatch.color, 0.0) + swatch.share * 0.6**place
    if not votes:
        return []
    colorful = {color: _pull(color, share) for color, share in votes.items() if lch(color).c >= _COLORFUL}
    if not colorful:
        light = sum(lch(color).l * share for color, share in votes.items()) / sum(votes.values())
        return list(_GREY_DARK if light < DARK else _GREY_LIGHT)
    primary = max(colorful, key=lambda color: (colorful[color], color))
    others = {
        color: pull for color, pull in colorful.items()
        if lch(color).c >= _ACCENT and hue_distance(lch(color).h, lch(primary).h) >= 40
    }  # fmt: skip
    accent = max(others, key=lambda color: (others[color], color), default=None)
    return [primary] if accent is None else [primary, accent]


def melting_ground(picture: Picture) -> str | None:
    """The plain white or black that a picture stands on: a page of the same colour takes its edges away."""
    if picture.ground is None:
        return None
    value = lch(picture.ground)
    return picture.ground if value.c < _NEUTRAL and (value.l >= 0.92 or 0.145 <= value.l <= 0.30) else None


def _pull(color: str, share: float) -> float:
    """How much a colour speaks for the picture: area by its root, chroma, and no extremes of lightness."""
    value = lch(color)
    extreme = 0.45 if not 0.22 <= value.l <= 0.90 else 1.0
    return float(share**0.4 * min(value.c, 0.18) ** 1.2 * extreme)
