"""Element requirements: texts that must appear verbatim, and pictures that were not given."""

import math
import re
from dataclasses import dataclass

from coloraide import Color

from pipelines.brief import CopyItem, FactKind
from pipelines.models.designer.source import Source, width
from storage.documents.base import JsonObject
from storage.documents.style import TextStyle
from storage.documents.task import ElementRequirement

_TOP = re.compile(r"top|upper|header|title|上|顶|头|标题", re.I)
_LINK = re.compile(r"^(?:https?://|/|data:|poster|pl_|obj)|\.(?:png|jpe?g|webp|svg|gif)$", re.I)


@dataclass(frozen=True, slots=True)
class Required:
    """A text requirement and what kind of fact it is, if it is nothing else."""

    text: str
    kind: FactKind | None
    bare: bool  # nothing but that fact
    position: str
    size: float | None
    weight: str | None
    color: str | None

    @property
    def on_top(self) -> bool:
        """Whether the client puts it at the top."""
        return _TOP.search(self.position) is not None

    def item(self, role: str, importance: int) -> CopyItem:
        """The text as an item of the brief."""
        return CopyItem.model_validate(
            {
                "role": role, "text": self.text, "kind": self.kind, "importance": importance, "required": True,
                "source": "element", "position": self.position, "size": self.size, "weight": self.weight,
                "color": self.color,
            }
        )  # fmt: skip


def texts(elements: list[ElementRequirement]) -> list[Required]:
    """All text requirements, in order, one of each content."""
    found: dict[str, Required] = {}
    for element in elements:
        if element.type == "text":
            found.setdefault(element.content.strip(), _required(element))
    return list(found.values())


def not_given(elements: list[ElementRequirement]) -> list[str]:
    """Pictures and shapes asked for by a name rather than an address."""
    return [
        element.content.strip()
        for element in elements
        if element.type != "text" and not _LINK.search(element.content.strip())
    ]


def title_of(required: list[Required], *, titled: bool) -> Required | None:
    """Which requirement is the headline: the largest at the top; else the largest, if the prompt has no title.

    Never a bare fact.
    """
    wordy = [text for text in required if (not text.bare or text.kind == "discount") and width(text.text) <= 40]
    if not wordy:
        return None
    top = [text for text in wordy if text.on_top]
    if top:
        return max(top, key=lambda text: text.size or 0)
    return None if titled else max(wordy, key=lambda text: text.size or 0)


def _required(element: ElementRequirement) -> Required:
    style = element.style
    source = Source(element.content.strip())
    facts = source.facts
    bare = len(facts) > 0 and sum(span.end - span.start for span in facts) >= 0.6 * len(source.raw)
    return Required(
        text=source.raw, kind=facts[0].kind if facts else None, bare=bare, position=element.position,
        size=_pixels(_value(style, "fontSize", "font_size")),
        weight=_weight(_value(style, "fontWeight", "font_weight")),
        color=_color(_value(style, "color", "fontColor", "font_color")),
    )  # fmt: skip


def _value(style: JsonObject, *names: str) -> object:
    nested = style.get("textStyle") or style.get("text_style")
    for place in (style, nested if isinstance(nested, dict) else {}):
        for name in names:
            if place.get(name) is not None:
                return place[name]
    return None


def _pixels(value: object) -> float | None:
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d{1,4}(?:\.\d+)?)\s*(?:px|pt)?\s*", value)):
        value = float(match.group(1))
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if 1 <= value <= 8192 else None


def _weight(value: object) -> str | None:
    text = str(value).strip().lower() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    try:
        return TextStyle(font_weight=text).font_weight
    except ValueError:
        return None


def _color(value: object) -> str | None:
    if isinstance(value, str) and len(value) <= 64 and Color.match(value.strip(), fullmatch=True) is not None:
        return value.strip()
    return None
