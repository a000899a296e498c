"""What an image model is told beyond the drawing scene: what the poster is about, and the texts over the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.brief import DesignBrief
from pipelines.geometry import Box
from pipelines.layout.ink import ink_box
from pipelines.layout.sheet import LARGE
from pipelines.plan import DesignPlan
from storage.documents.element import ElementSpec
from storage.documents.style import Fill

PARAM = "wish"
"""Where ``Scene.params`` holds it."""
PICTURED = "pictured"
"""In ``Scene.params``: whether the background is a picture, which then shows the subject as well."""
_BOLD = 600
_UNDER = 0.9  # share of a text's box that must lie on a panel for the panel to be its ground


@dataclass(frozen=True, slots=True)
class PageText:
    """A text that stands on the page itself, so that a picture there would be its ground.

    ``box``: its ink, pixels. ``size``: of its type. ``colors``: of its letters. ``needed``: contrast they must keep.
    ``outlined``: it brings an edge of its own.
    """

    box: Box
    size: float
    colors: tuple[str, ...]
    needed: float
    outlined: bool


@dataclass(frozen=True, slots=True)
class PictureWish:
    """``says``: an English description of the picture, if the language model gave one."""

    says: str
    purpose: str
    mood: str
    style: str
    texts: tuple[PageText, ...]


def picture_wish(brief: DesignBrief, plan: DesignPlan) -> PictureWish:
    """The wish of a laid-out poster."""
    return PictureWish(brief.image_prompt, brief.purpose, brief.mood, brief.style, _page_texts(plan))


def _page_texts(plan: DesignPlan) -> tuple[PageText, ...]:
    grounds = [element for element in (*plan.panels, *plan.pictures, *plan.decorations) if _is_ground(element)]
    return tuple(
        _page_text(element, plan.u)
        for element in plan.texts
        if element.visible and element.content.text and not _stands_on(ink_box(element), grounds)
    )


def _is_ground(element: ElementSpec) -> bool:
    style = element.style
    if not element.visible or style.opacity < 1 or style.blend_mode != "normal" or style.fill is None:
        return False
    return style.fill.type == "image" or all(len(color) == 7 for color in _colors(style.fill))


def _stands_on(ink: Box, grounds: Sequence[ElementSpec]) -> bool:
    boxes = (Box(place.x, place.y, place.width, place.height) for place in (ground.transform for ground in grounds))
    return any(box.intersection(ink).area >= _UNDER * ink.area for box in boxes)


def _page_text(element: ElementSpec, u: float) -> PageText:
    style = element.style
    assert style.text_style is not None
    size, weight = style.text_style.font_size, style.text_style.font_weight
    bold = weight == "bold" or (weight.isdigit() and int(weight) >= _BOLD)
    return PageText(
        box=ink_box(element), size=size, colors=_colors(style.fill) if style.fill else (),
        needed=3.0 if bold and size >= LARGE * u else 4.5, outlined=style.stroke is not None,
    )  # fmt: skip


def _colors(fill: Fill) -> tuple[str, ...]:
    if fill.type == "gradient" and fill.gradient is not None:
        return tuple(stop.color for stop in fill.gradient.stops)
    return (fill.color,) if fill.color else ()
