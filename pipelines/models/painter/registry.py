"""Ids of all heroes and background painters."""

from collections.abc import Callable

from pipelines.models.base import Scene
from pipelines.models.painter.heroes.city import skyline
from pipelines.models.painter.heroes.cup import cup
from pipelines.models.painter.heroes.discs import arches, discs
from pipelines.models.painter.heroes.idea_things import bolt, bulb, plane
from pipelines.models.painter.heroes.lanes import bars, track
from pipelines.models.painter.heroes.lantern import lantern
from pipelines.models.painter.heroes.moon import moon
from pipelines.models.painter.heroes.nature_things import drop, flame, lolly, sprout, tent
from pipelines.models.painter.heroes.ridges import ridges
from pipelines.models.painter.heroes.round_things import ball, lens, record, wheel
from pipelines.models.painter.heroes.table_things import book, bowl, gift
from pipelines.models.painter.heroes.tiles import tiles
from storage.documents.element import ElementSpec

Painter = Callable[[Scene], list[ElementSpec]]


def _behind(hero: Callable[..., list[ElementSpec]]) -> Painter:
    """A hero that also serves as a background."""
    return lambda scene: hero(scene, role="background")


HEROES: dict[str, Painter] = {
    painter.__name__: painter
    for painter in (arches, ball, bars, bolt, book, bowl, bulb, cup, discs, drop, flame, gift, lantern, lens, lolly, moon,
                    plane, record, ridges, skyline, sprout, tent, tiles, track, wheel)
}  # fmt: skip
PAINTERS: dict[str, Painter] = {
    **{painter.__name__: _behind(painter) for painter in (bars, discs, ridges, tiles)},
}
