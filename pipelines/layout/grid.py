"""The page's measures: unit, margins, text floor and the few sizes of type (design book 3, 4.2)."""

from dataclasses import dataclass
from typing import Literal

from pipelines.geometry import Box

Shape = Literal["tall", "portrait", "square", "wide", "banner"]


def design_unit(width: int, height: int) -> float:
    """``u`` in pixels: a hundredth of the short side; on banners and very tall strips a little more."""
    short, long = min(width, height), max(width, height)
    return short / 100 if long / short <= 2.2 else short / 100 * 1.45


def page_shape(width: int, height: int) -> Shape:
    """Which family of formats a size belongs to."""
    ratio = width / height
    if ratio > 2.2:
        return "banner"
    if ratio > 1.12:
        return "wide"
    if ratio > 0.89:
        return "square"
    return "portrait" if ratio > 0.60 else "tall"


_MARGINS: dict[Shape, float] = {"tall": 7.2, "portrait": 7.5, "square": 7.0, "wide": 8.0, "banner": 7.5}


@dataclass(frozen=True)
class Frame:
    """A canvas and its grid, pixels. ``scale`` < 1: everything but the title is set smaller so that more fits.

    ``lead``: room kept free above the first ink, for a logo.
    """

    width: int
    height: int
    extra: float = 0.0
    scale: float = 1.0
    lead: float = 0.0

    @property
    def u(self) -> float:
        """The design unit."""
        return design_unit(self.width, self.height)

    @property
    def shape(self) -> Shape:
        """The format family."""
        return page_shape(self.width, self.height)

    @property
    def margin(self) -> float:
        """Distance of text from every edge."""
        base = _MARGINS[self.shape] + self.extra
        return min(base, base * max(self.scale, 0.6)) * self.u

    @property
    def left(self) -> float:
        """x of the left text edge."""
        return self.margin

    @property
    def right(self) -> float:
        """x of the right text edge."""
        return self.width - self.margin

    @property
    def top(self) -> float:
        """y of the first ink."""
        return self.margin + self.lead

    @property
    def bottom(self) -> float:
        """y of the last ink."""
        return self.height - self.margin

    @property
    def measure(self) -> float:
        """Full text width."""
        return self.width - 2 * self.margin

    @property
    def page(self) -> Box:
        """The canvas."""
        return Box(0, 0, self.width, self.height)

    @property
    def floor(self) -> float:
        """No text is smaller: 2.2 u, 12 px; when crowded 1.6 % of the short side."""
        if self.scale <= 0.25:
            return max(2.0, 0.01 * self.scale * min(self.width, self.height))
        tight = 0.016 * min(self.width, self.height)
        return max(12.0, tight if self.scale < 0.7 else 2.2 * min(self.width, self.height) / 100)

    def _size(self, wished: float, steps: int) -> float:
        return max(wished * self.u * self.scale, self.floor * 1.25**steps if self.scale >= 0.7 else self.floor)

    @property
    def caption(self) -> float:
        """Labels and small print."""
        return self._size(2.7 if self.shape != "wide" else 3.0, 0)

    @property
    def body(self) -> float:
        """Facts and running text."""
        return self._size(3.4 if self.shape != "wide" else 4.1, 1 if self.scale >= 0.85 else 0)

    @property
    def sub(self) -> float:
        """Subtitles."""
        return max(self._size(4.6 if self.shape != "wide" else 5.4, 1), self.body * 1.25)

    @property
    def key(self) -> float:
        """The one key fact."""
        return max(self._size(6.4, 2), self.sub * 1.25)
