"""A logo that the user gave, above the first line of the poster."""

from pipelines.geometry import Box
from pipelines.layout.color import SAME, contrast, distance
from pipelines.layout.grid import Frame
from pipelines.layout.pictures import contain
from pipelines.layout.sheet import Sheet, shape
from pipelines.models.base import Palette
from pipelines.pictures.picture import Picture
from pipelines.pictures.roles import GivenPictures

_HEIGHT, _WIDTH = 7.0, 26.0  # u, at most
_AREA = 70.0  # square u: wide marks are lower than tall ones
_AIR = 4.6  # u between logo and text
_STANDS_OUT = 1.9  # contrast from which a mark can be made out
_PAD = 1.1  # u of plate around it


def logo_size(frame: Frame, logo: Picture) -> tuple[float, float]:
    """Width and height in pixels: marks of any shape have about the same weight."""
    height = min(_HEIGHT, (_AREA / logo.ratio) ** 0.5, _WIDTH / logo.ratio) * frame.u
    return height * logo.ratio, height


def logo_lead(frame: Frame, pictures: GivenPictures) -> float:
    """Room to keep above the text, pixels."""
    if pictures.logo is None:
        return 0.0
    air = _AIR if frame.shape != "banner" else 2.0
    return logo_size(frame, pictures.logo)[1] + (air + _PAD) * frame.u


def put_logo(sheet: Sheet, logo: Picture) -> None:
    """At the left or, on centred posters, in the middle; on a plate where the page would swallow it."""
    frame = sheet.frame
    width, height = logo_size(frame, logo)
    centred = any(
        text.content.role == "title" and text.style.text_style and text.style.text_style.text_align == "center"
        for text in sheet.texts
    )
    box = Box((frame.width - width) / 2 if centred else frame.left, frame.margin, width, height)
    plate = _plate(logo, sheet.palette)
    if plate is not None:
        pad = _PAD * frame.u
        box = box._replace(x=box.x if centred else box.x + pad, y=box.y + pad / 2)
        sheet.decorations.append(shape(box.outset(pad), plate, "Logo plate", "plate", radius=1.2 * frame.u))
    sheet.decorations.append(contain(logo, box, "Logo", "logo"))


def _plate(logo: Picture, palette: Palette) -> str | None:
    """Colour of the plate that the logo needs on this page, None when it stands out by itself."""
    if logo.ground is not None:
        return logo.ground if distance(logo.ground, palette.bg) > SAME else None
    if all(contrast(swatch.color, palette.bg) >= _STANDS_OUT for swatch in logo.swatches if swatch.share > 0.12):
        return None
    return max(("#ffffff", palette.deep), key=lambda color: _legibility(logo, color))


def _legibility(logo: Picture, ground: str) -> float:
    return sum(swatch.share * min(contrast(swatch.color, ground), 6.0) for swatch in logo.swatches)
