"""The image model that needs no weights: heroes and backgrounds drawn by rule as editable vector elements."""

import time

from pipelines.models.base import Painted, Scene, Usage, Work
from pipelines.models.painter.registry import HEROES, PAINTERS
from storage.errors import DesignError

__all__ = ["HEROES", "PAINTERS", "ProceduralPainter"]


class ProceduralPainter:
    """Implements ``pipelines.models.base.ImageModel``. Same scene, same elements."""

    name = "procedural-painter"

    def background(self, scene: Scene, painter: str | None, work: Work) -> Painted:  # noqa: ARG002 - too quick to be stopped
        """Elements over the page; none where no painter is named. Raises DesignError for an unknown id."""
        if painter is not None and painter not in PAINTERS:
            raise DesignError(f"there is no background painter {painter!r}", known=sorted(PAINTERS))
        began = time.thread_time()
        elements = PAINTERS[painter](scene) if painter is not None else []
        return Painted(elements=elements, usage=self._usage(began))

    def hero(self, scene: Scene, hero: str, work: Work) -> Painted:  # noqa: ARG002
        """Elements of the subject; none when the text leaves no place. Raises DesignError for an unknown id."""
        if hero not in HEROES:
            raise DesignError(f"there is no hero {hero!r}", known=sorted(HEROES))
        began = time.thread_time()
        return Painted(elements=HEROES[hero](scene), usage=self._usage(began))

    def _usage(self, began: float) -> Usage:
        # The thread's own seconds: others that share the core are not this poster's work.
        return Usage(model=self.name, seconds=time.thread_time() - began)
