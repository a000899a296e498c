"""What is pictured: the topic's subject, or an abstract form that suits style and purpose."""

from dataclasses import dataclass, field

from pipelines.brief import DesignBrief
from pipelines.layout.type import has_cjk
from pipelines.styles.packs import StylePack
from pipelines.topics import vocabulary
from storage.documents.ids import part_seed

# Stand on the ground line; the round ones may be cropped anywhere.
GROUNDED = frozenset({"bowl", "gift", "tent", "book", "sprout", "skyline", "lolly", "bulb"})
# Fill their whole zone instead of standing in it.
FIELDS = frozenset(
    {"tiles", "skyline", "dotwave", "ridges", "seigaiha", "mesh", "bars", "halftone", "sunburst", "track"}
)
# Purposes for which an abstract form says more than a thing.
_ABSTRACT: dict[str, tuple[str, ...]] = {
    "hiring": ("tiles", "skyline", "bars"), "sport": ("bars", "track"), "concert": ("rings", "discs"),
    "sale": ("gift", "halftone"), "notice": ("glyph",), "travel": ("ridges", "plane"), "opening": ("lantern",),
    "exhibition": ("arches", "discs", "halftone"), "course": ("book", "bulb"), "charity": ("sprout", "discs"),
}  # fmt: skip


@dataclass(frozen=True)
class HeroChoice:
    """A hero id with its params; ``known``: it pictures the topic itself."""

    hero: str
    params: dict[str, object] = field(default_factory=dict)
    known: bool = False

    @property
    def field(self) -> bool:
        """Whether it fills its zone."""
        return self.hero in FIELDS


def choose_hero(brief: DesignBrief, pack: StylePack, seed: int) -> HeroChoice:
    """The first topic with a picture wins; without one, a form of the purpose or the pack, by seed."""
    known = [vocabulary()[word] for word in brief.topics if word in vocabulary()]
    for topic in sorted(known, key=lambda topic: topic.general):
        params: dict[str, object] = {"emoji": topic.emoji, "duotone": False}
        if topic.id == "tea":
            params["drink"] = "tea"
        return HeroChoice(topic.hero, params, known=not topic.general)
    own = _ABSTRACT.get(brief.purpose, ())
    pool = tuple(dict.fromkeys((*own, *pack.heroes))) if brief.style not in {"minimalist", "tech"} else pack.heroes
    hero = pool[part_seed(seed, "layout/hero") % min(len(pool), 3)]
    if hero == "glyph":
        return HeroChoice(hero, {"glyph": ghost_character(brief.title)})
    return HeroChoice(hero)


def ghost_character(title: str) -> str:
    """The character of a title that stands for it: the first Chinese one, or the first letter."""
    return next((char for char in title if has_cjk(char)), title.strip()[:1].upper())
