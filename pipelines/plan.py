"""A layout's answer: where everything goes, and what the painters are asked for."""

from typing import Any

from pydantic import Field

from pipelines.geometry import Box
from pipelines.models.base import Palette, Scene
from storage.documents.base import Document
from storage.documents.element import ElementSpec


class TextPlacement(Document):
    """One required text and the text elements (indexes into ``DesignPlan.texts``) that print it, in reading order."""

    text: str
    elements: list[int]


class DesignPlan(Document):
    """Everything decided before pixels: JSON, so that it can be checkpointed.

    Draw order: page and ``panels`` with the ``background`` painter's elements between them, hero, ``pictures``,
    ``decorations``, ``grain``, ``texts``; ``foreground`` (a near hero, a badge) last.
    """

    archetype: str
    width: int
    height: int
    u: float
    margin: float
    palette: Palette
    page: ElementSpec
    background: str | None = None
    panels: list[ElementSpec] = []
    hero: str | None = None
    hero_zone: Box
    scene_params: dict[str, Any] = Field(default_factory=dict)
    quiet: list[Box] = []
    strip: Box | None = None
    strip_color: str = ""
    topics: list[str] = []
    seed: int
    pictures: list[ElementSpec] = []
    decorations: list[ElementSpec] = []
    texts: list[ElementSpec]
    foreground: list[ElementSpec] = []
    grain: ElementSpec | None = None
    placements: list[TextPlacement] = []
    fonts: list[str] = []
    css_background: str = ""
    score: dict[str, float] = Field(default_factory=dict)

    def scene(self, seed: int, **more: Any) -> Scene:
        """What the painters get; ``more`` params are none of the layout's."""
        return Scene(
            width=self.width, height=self.height, u=self.u, palette=self.palette, zone=self.hero_zone, seed=seed,
            quiet=tuple(self.quiet), strip=self.strip, strip_color=self.strip_color,
            page_color=self.palette.bg, topics=tuple(self.topics), params=self.scene_params | more,
        )  # fmt: skip


class Repair(Document):
    """What the quality check found wrong: which round this is, and which texts failed why.

    ``problems``: text -> "unreadable" | "contrast" | "size".
    """

    round: int
    problems: dict[str, str] = Field(default_factory=dict)
