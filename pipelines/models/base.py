"""Model ports: what the pipeline asks of a language model, an image model and a text reader.

Engines (plain Python) live beside this file; ``serve_apps.handles`` puts the same ports over Serve deployments.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from pipelines.brief import DesignBrief
from pipelines.geometry import Box
from storage.documents.base import Document
from storage.documents.element import ElementSpec
from storage.documents.task import TaskParams


class Usage(Document):
    """What made a result, and what it took; stored with it, so a poster tells it however often its task resumed.

    ``model``: who really did it. ``fallbacks``: ``"<stage>: <why, one short clause>"`` for each that did not.
    ``seconds``: how long the engine worked, without waiting; ``gpus``: how many it worked with, a part of one included
    where requests share it. ``lossy``: lanes that trade likeness to the exact picture for speed, where one was used.
    """

    model: str
    tokens: int = 0
    steps: int = 0
    seconds: float = 0.0
    gpus: float = 0.0
    fallbacks: list[str] = []
    lossy: list[str] = []


class Understanding(Document):
    """A language model's answer."""

    brief: DesignBrief
    usage: Usage

    @model_validator(mode="before")
    @classmethod
    def _of_older_versions(cls, stored: Any) -> Any:
        """Steps stored before engines told what they took were the brief alone, and all of the rules."""
        if isinstance(stored, dict) and "items" in stored:
            return {"brief": stored, "usage": {"model": "rule-based-designer"}}
        return stored


class Painted(Document):
    """An image model's answer: elements, bottom to top."""

    elements: list[ElementSpec]
    usage: Usage


@dataclass(frozen=True, slots=True)
class Work:
    """The task that a model works for. ``check`` raises once the task is not wanted any more; long work asks it often.

    ``task_id`` places what the work stores, and makes the same work of another attempt known again.
    """

    task_id: str
    check: Callable[[], None]


class LanguageModel(Protocol):
    """Turns a wish into a brief."""

    @property
    def name(self) -> str:
        """The engine, as a poster's metadata names it."""

    def understand(self, params: TaskParams, work: Work, seen: Sequence[str] = ()) -> Understanding:
        """``seen``: lines read from the pictures that came with the task: they inform, nobody ordered to print them.

        Raises DesignError when nothing can be made of the prompt, ModelUnavailable where nothing may take its place.
        """


@dataclass(frozen=True, slots=True)
class Palette:
    """Colour roles, all ``#rrggbb`` (design-book 5). ``art`` is the painters' own ramp of five."""

    mode: str  # vivid | light | dark
    given: tuple[str, ...]
    bg: str  # the page
    bg2: str
    surface: str  # a panel's fill
    ink: str  # text on the page
    ink2: str
    primary: str
    soft: str
    deep: str  # the info strip
    accent: str
    color_text: str  # coloured text on the page
    on_deep: str  # text on deep
    on_deep2: str
    on_surface: str
    on_surface2: str
    on_primary: str
    on_accent: str
    accent_on_deep: str
    art: tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a painter or hero is given. All lengths in pixels; ``u`` is the design unit.

    ``zone``: where the hero may be (it may bleed off the canvas edges the zone touches). ``quiet``: text boxes,
    already outset; nothing with an edge may touch them. ``strip``: the info strip below, in ``strip_color``; a hero
    whose foreground is to merge with it uses the same colour.
    """

    width: int
    height: int
    u: float
    palette: Palette
    zone: Box
    seed: int
    quiet: tuple[Box, ...] = ()
    strip: Box | None = None
    strip_color: str = ""
    page_color: str = ""
    topics: tuple[str, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)


class ImageModel(Protocol):
    """Paints backgrounds and heroes as editable elements."""

    @property
    def name(self) -> str:
        """The engine, as a poster's metadata names it."""

    def background(self, scene: Scene, painter: str | None, work: Work) -> Painted:
        """The page itself. ``painter`` names the layout's choice of a drawn one, None: it wants a plain page."""

    def hero(self, scene: Scene, hero: str, work: Work) -> Painted:
        """The subject."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line read from a picture. ``polygon``: 4 x 2 pixels, clockwise from the text's top left."""

    text: str
    score: float
    polygon: tuple[tuple[float, float], ...]

    @property
    def box(self) -> Box:
        """The polygon's bounding box."""
        xs, ys = [point[0] for point in self.polygon], [point[1] for point in self.polygon]
        return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


class TextReader(Protocol):
    """Reads text off pixels."""

    @property
    def name(self) -> str:
        """The engine, as a poster's metadata names it."""

    def read(self, image: NDArray[np.uint8]) -> list[TextLine]:
        """``image``: height x width x 3, RGB, full size. Lines in no particular order."""

    def read_lines(self, crops: list[NDArray[np.uint8]]) -> list[str]:
        """Recognise single lines already cut out and turned upright (RGB each)."""
