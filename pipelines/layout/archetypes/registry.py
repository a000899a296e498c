"""All archetypes by id."""

from pipelines.layout.archetypes import dense, fill_top
from pipelines.layout.job import Archetype

_MODULES = (fill_top, dense)
ARCHETYPES: dict[str, Archetype] = {module.ARCHETYPE.id: module.ARCHETYPE for module in _MODULES}
LAST_RESORT = dense.ARCHETYPE
