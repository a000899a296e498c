"""What each given picture is on the poster: its subject, one beside it, or the logo."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.pictures.picture import Picture, Reference, asks_for_logo
from pipelines.pictures.steering import DARK, melting_ground, steering_colors

MOST_SHOWN = 4


@dataclass(frozen=True)
class GivenPictures:
    """``shown``: the subject first. ``logo``: a mark that stands by itself. ``colors``: what all of them suggest."""

    shown: tuple[Picture, ...] = ()
    logo: Picture | None = None
    colors: tuple[str, ...] = ()

    @property
    def dark(self) -> bool:
        """Whether the subject is a dark picture."""
        return bool(self.shown) and self.shown[0].lightness < DARK

    @property
    def cutout(self) -> bool:
        """Whether the subject stands free, without a background."""
        return bool(self.shown) and self.shown[0].transparent


NO_PICTURES = GivenPictures()


def given_pictures(references: Sequence[Reference], text: str) -> GivenPictures:
    """The pictures by what they are. ``text``: the user's words, which may speak of a logo."""
    pictures = [reference.picture for reference in references if reference.picture is not None]
    if not pictures:
        return NO_PICTURES
    asked = asks_for_logo(text)
    # A transparent one is more of a mark than one with a ground, a plain one more than a shaded one.
    marks = sorted(
        (picture for picture in pictures if picture.is_logo(asked)), key=lambda mark: (not mark.transparent, -mark.flat)
    )
    logo = marks[0] if marks else None
    shown = [picture for picture in pictures if picture is not logo]
    # A mark's colours are the brand's; they lead when there is nothing else.
    colors = steering_colors(shown or pictures)
    ground = melting_ground(shown[0]) if len(shown) == 1 else None
    if ground is not None:
        colors.insert(0, ground)
    return GivenPictures(tuple(shown[:MOST_SHOWN]), logo, tuple(colors))
