"""What every archetype is given, and what an archetype is."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from pipelines.brief import DesignBrief
from pipelines.layout.content import Content
from pipelines.layout.grid import Frame
from pipelines.layout.hero_choice import HeroChoice
from pipelines.layout.palette import Mode
from pipelines.layout.sheet import Ground, Sheet
from pipelines.models.base import Palette
from pipelines.pictures.roles import NO_PICTURES, GivenPictures
from pipelines.styles.packs import StylePack
from storage.documents.ids import part_seed


@dataclass(frozen=True)
class Job:
    """One attempt at a layout. ``title_scale``, ``hero_scale`` < 1: a repair asked for less."""

    brief: DesignBrief
    content: Content
    frame: Frame
    pack: StylePack
    palette: Palette
    hero: HeroChoice
    seed: int
    wishes: dict[int, str]
    title_scale: float = 1.0
    hero_scale: float = 1.0
    plain: bool = False  # a repair dropped optional ornament
    pictures: GivenPictures = NO_PICTURES

    def sheet(self, archetype: str) -> Sheet:
        """An empty page."""
        return Sheet(self.frame, self.palette, archetype, hero=self.hero.hero, params=dict(self.hero.params),
                     wishes=self.wishes)  # fmt: skip

    def pick(self, role: str, count: int) -> int:
        """A number below ``count`` from the seed and the role: the choice among equals."""
        return part_seed(self.seed, f"layout/{role}") % max(count, 1)

    def allows(self, ornament: str) -> bool:
        """Whether the pack has this ornament and no repair forbids it."""
        return ornament in self.pack.decorations and not self.plain

    @property
    def page(self) -> Ground:
        """The page as a ground."""
        return Ground.page(self.palette)

    @property
    def strip(self) -> Ground:
        """The deep strip as a ground."""
        return Ground.strip(self.palette)

    @property
    def surface(self) -> Ground:
        """The light panel as a ground."""
        return Ground.surface(self.palette)

    def scaled(self, scale: float) -> "Job":
        """The same job with smaller small print."""
        return replace(self, frame=replace(self.frame, scale=scale))


@dataclass(frozen=True)
class Archetype:
    """A way to arrange a poster. ``suits``: 0 = never, else how well; ``layout`` raises DoesNotFit."""

    id: str
    suits: Callable[[Job], float]
    layout: Callable[[Job], Sheet]
    modes: tuple[Mode, ...] = ("vivid", "light", "dark")
