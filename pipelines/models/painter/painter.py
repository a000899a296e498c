"""The image model that needs no weights: heroes and backgrounds drawn by rule as editable vector elements."""

from pipelines.models.base import Scene
from pipelines.models.painter.registry import HEROES, PAINTERS
from storage.documents.element import ElementSpec
from storage.errors import DesignError

__all__ = ["HEROES", "PAINTERS", "ProceduralPainter"]


class ProceduralPainter:
    """Implements ``pipelines.models.base.ImageModel``. Same scene, same elements."""

    name = "procedural-painter"

    def background(self, scene: Scene, painter: str) -> list[ElementSpec]:
        """Elements over the page, bottom to top. Raises DesignError for an unknown id."""
        if painter not in PAINTERS:
            raise DesignError(f"there is no background painter {painter!r}", known=sorted(PAINTERS))
        return PAINTERS[painter](scene)

    def hero(self, scene: Scene, hero: str) -> list[ElementSpec]:
        """Elements of the subject, bottom to top; none when the text leaves no place. DesignError for an unknown id."""
        if hero not in HEROES:
            raise DesignError(f"there is no hero {hero!r}", known=sorted(HEROES))
        return HEROES[hero](scene)
