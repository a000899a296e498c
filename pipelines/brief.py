"""What the poster must say and how it should feel: the language model's answer to a prompt."""

from typing import Annotated, Literal

from pydantic import Field

from storage.documents.base import Document

Purpose = Literal[
    "hiring", "sale", "event", "festival", "product", "notice", "course", "opening", "sport", "concert",
    "exhibition", "food", "travel", "charity", "other",
]  # fmt: skip
CopyRole = Literal[
    "title", "subtitle", "key_fact", "fact", "body", "brand", "label", "cta", "legal", "name",
]  # fmt: skip
FactKind = Literal["date", "time", "place", "price", "discount", "phone", "email", "url", "person", "quantity", "other"]


class CopyItem(Document):
    """One text of the poster. ``text`` is printed verbatim; ``label`` ("地点") only if the user wrote one.

    ``importance`` 5 = must dominate, 1 = small print. ``required``: asked for by element, or a title or fact.
    ``source``: the prompt's words, an element requirement, or the table of purpose words (titles only).
    ``size`` and ``weight``: pixel size and CSS weight a client asked for, a wish that layout scales.
    """

    role: CopyRole
    text: Annotated[str, Field(min_length=1, max_length=4000)]
    kind: FactKind | None = None
    label: str | None = None
    importance: Annotated[int, Field(ge=1, le=5)] = 3
    required: bool = True
    source: Literal["prompt", "element", "purpose"] = "prompt"
    position: str = ""
    size: float | None = None
    weight: str | None = None
    color: str | None = None


class DesignBrief(Document):
    """Everything layout needs to know about the wish.

    ``topics`` are subject words for the hero, most specific first, from one vocabulary ("coffee", "running", "moon",
    "power", "tea", "music" ...). ``colors`` are hex, in the user's order: given, or named in the prompt.
    ``style`` is a style pack's id. ``missing`` lists what was asked for but not given ("公司logo"). ``image_prompt``
    says in English what a picture of it would show; empty: the topics say it.
    """

    language: Literal["zh", "en"]
    purpose: Purpose
    style: str
    mood: str = ""
    topics: list[str] = []
    colors: list[str] = []
    items: list[CopyItem]
    missing: list[str] = []
    tags: list[str] = []
    description: str = ""
    image_prompt: str = ""

    @property
    def title(self) -> str:
        """The title's text."""
        return next(item.text for item in self.items if item.role == "title")

    def texts(self) -> list[str]:
        """All required texts, in order."""
        return [item.text for item in self.items if item.required]
