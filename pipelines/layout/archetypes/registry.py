"""All archetypes by id."""

from pipelines.layout.archetypes import (
    dense,
    fill_top,
    long_text,
    many_facts,
    seam,
    square,
    tile_field,
    type_only,
    wide_bleed,
)
from pipelines.layout.job import Archetype

_MODULES = (fill_top, seam, wide_bleed, square, many_facts, long_text, type_only, tile_field, dense)
ARCHETYPES: dict[str, Archetype] = {module.ARCHETYPE.id: module.ARCHETYPE for module in _MODULES}
LAST_RESORT = dense.ARCHETYPE
