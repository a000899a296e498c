"""All archetypes by id."""

from pipelines.layout.archetypes import (
    band,
    block_notice,
    centre_axis,
    dense,
    fill_top,
    giant_number,
    lineup,
    long_text,
    many_facts,
    picture_band,
    picture_full,
    picture_side,
    picture_top,
    scene,
    seam,
    square,
    tile_field,
    type_only,
    vertical,
    wide_bleed,
)
from pipelines.layout.job import Archetype

_MODULES = (
    band,
    block_notice,
    centre_axis,
    dense,
    fill_top,
    giant_number,
    lineup,
    long_text,
    many_facts,
    scene,
    seam,
    square,
    tile_field,
    type_only,
    vertical,
    wide_bleed,
)
ARCHETYPES: dict[str, Archetype] = {module.ARCHETYPE.id: module.ARCHETYPE for module in _MODULES}
# Those whose hero is a picture that the user gave.
PICTURE_ARCHETYPES: dict[str, Archetype] = {
    module.ARCHETYPE.id: module.ARCHETYPE for module in (picture_band, picture_full, picture_side, picture_top)
}
LAST_RESORT = dense.ARCHETYPE
