"""Ids of all heroes and background painters."""

from collections.abc import Callable

from pipelines.models.base import Scene
from pipelines.models.painter.heroes.characters import glyph, subject
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
from pipelines.models.painter.heroes.skies import mesh, plain, sunburst
from pipelines.models.painter.heroes.table_things import book, bowl, gift
from pipelines.models.painter.heroes.tiles import tiles
from pipelines.models.painter.heroes.waves import dotwave, halftone, rings, seigaiha_field
from storage.documents.element import ElementSpec

Painter = Callable[[Scene], list[ElementSpec]]


def _behind(hero: Callable[..., list[ElementSpec]]) -> Painter:
    """A hero that also serves as a background."""
    return lambda scene: hero(scene, role="background")


HEROES: dict[str, Painter] = {
    painter.__name__: painter
    for painter in (arches, ball, bars, bolt, book, bowl, bulb, cup, discs, dotwave, drop, flame, gift, glyph, halftone,
                    lantern, lens, lolly, moon, plane, record, ridges, rings, skyline, sprout, subject, sunburst, tent,
                    tiles, track, wheel)
} | {"seigaiha": seigaiha_field, "mesh": lambda scene: mesh(scene, role="hero")}  # fmt: skip
PAINTERS: dict[str, Painter] = {
    painter.__name__: _behind(painter)
    for painter in (bars, discs, dotwave, halftone, mesh, ridges, rings, sunburst, tiles)
} | {"plain": plain, "seigaiha": _behind(seigaiha_field)}
