"""What is known of a picture that came with a task: enough to choose colours and places without its pixels."""

import re
from typing import Annotated

from pydantic import Field

from storage.documents.base import Document, Unit

BINS = 32
_LOGO_WORDS = re.compile(r"logo|标志|商标|徽标|标识|校徽|会徽|店徽|徽章", re.IGNORECASE)
_FLAT, _FLATTISH = 0.85, 0.55  # share of few colours from which a picture is a drawn mark, or may be one
_SMALL = 0.09  # megapixels below which a picture is only fit for a logo


class Swatch(Document):
    """A colour of the picture, and the share of it that is about this colour."""

    color: str
    share: Unit


class Picture(Document):
    """A stored picture. ``key``: its object. ``width``, ``height``: pixels.

    ``swatches``: dominant colours, largest first. ``across``, ``down``: how much there is to see in each of BINS
    columns and rows, summing to 1. ``lightness``: mean OKLab lightness. ``flat``: share of its four most common colours
    beside the ground's. ``ground``: the one colour all around its edges, if there is one.
    """

    key: str
    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]
    swatches: list[Swatch]
    across: list[float]
    down: list[float]
    lightness: Unit
    flat: Unit
    transparent: bool
    ground: str | None = None

    @property
    def ratio(self) -> float:
        """Width by height."""
        return self.width / self.height

    def is_logo(self, asked: bool) -> bool:
        """Whether it is a mark rather than a subject. ``asked``: the user spoke of a logo."""
        small = self.width * self.height < _SMALL * 1e6
        if asked:
            return small or (self.flat >= _FLATTISH and (self.transparent or self.ground is not None))
        return self.flat >= _FLAT and (small or self.transparent)


class Reference(Document):
    """What became of a task's reference: a picture, or the reason why there is none. ``lines``: text read off it."""

    source: str
    picture: Picture | None = None
    problem: str = ""
    lines: list[str] = []


def asks_for_logo(text: str) -> bool:
    """Whether a text speaks of a logo."""
    return _LOGO_WORDS.search(text) is not None
