"""Ids of all heroes and background painters."""

from collections.abc import Callable

from pipelines.models.base import Scene
from pipelines.models.painter.heroes.cup import cup
from pipelines.models.painter.heroes.lantern import lantern
from pipelines.models.painter.heroes.moon import moon
from pipelines.models.painter.heroes.ridges import ridges
from pipelines.models.painter.heroes.tiles import tiles
from storage.documents.element import ElementSpec

Painter = Callable[[Scene], list[ElementSpec]]


HEROES: dict[str, Painter] = {
    "cup": cup,
    "lantern": lantern,
    "moon": moon,
    "ridges": ridges,
    "tiles": tiles,
}
PAINTERS: dict[str, Painter] = {"plain": lambda scene: []}
