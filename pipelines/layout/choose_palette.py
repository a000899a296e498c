"""Which colours and which mode a poster gets: the user's, or a set that suits topic, purpose and style."""

from pipelines.brief import DesignBrief
from pipelines.layout.color import Lch, lch
from pipelines.layout.palette import NEUTRAL, Mode, derive
from pipelines.models.base import Palette
from pipelines.styles.packs import StylePack, topic_palettes
from storage.documents.ids import part_seed

_LIVELY = {
    "hiring",
    "sale",
    "sport",
    "concert",
    "festival",
    "food",
    "exhibition",
    "opening",
    "travel",
    "event",
    "course",
    "charity",
}
_CALM = {"notice"}
_NIGHT = ("night", "dark", "premium", "neon", "jazz", "夜", "暗", "黑", "霓虹", "高级", "科技")
# Packs whose look is their own colours, whatever the topic.
_OWN_COLORS = {"cartoon", "retro", "tech", "sale"}


def choose_mode(brief: DesignBrief, pack: StylePack, seed: int) -> Mode:
    """The mode that suits purpose and mood; where two do, every third seed takes the second."""
    if brief.colors and lch(brief.colors[0]).l >= 0.70 and lch(brief.colors[0]).c >= NEUTRAL:
        # A light colour that was asked for is the page, also where the pack would be dark.
        return "vivid"
    mood = f"{brief.mood} {' '.join(brief.topics)}".lower()
    if any(word in mood for word in _NIGHT) and ("dark" in pack.modes or pack.id in {"editorial", "business"}):
        return "dark"
    other: tuple[Mode, ...] = tuple(mode for mode in pack.modes if mode != "dark")
    if len(other) < 2:
        return pack.modes[0]
    lively = brief.purpose in _LIVELY or brief.purpose == "product"
    first: Mode = "vivid" if lively else ("light" if brief.purpose in _CALM else pack.modes[0])
    second: Mode = "light" if first == "vivid" else "vivid"
    turn = (seed + part_seed(0, f"layout/mode/{brief.title}")) % 3
    return second if turn == 2 and brief.purpose not in {"notice", "sale"} else first


def choose_colors(brief: DesignBrief, pack: StylePack, seed: int) -> list[str]:
    """The user's colours, else a set of the topic, the pack or the purpose, by seed."""
    if brief.colors:
        return list(brief.colors[:3])
    table = topic_palettes()
    pools: list[list[list[str]]] = [table[word] for word in brief.topics if word in table]
    own = [list(colors) for colors in pack.palettes]
    if own and (pack.id in _OWN_COLORS or not pools):
        pools.insert(0, own)
    pools.append(table[brief.purpose])
    pool = pools[0]
    colors = pool[(seed + part_seed(0, f"layout/palette/{brief.purpose}/{brief.title}")) % len(pool)]
    return [_muted(colors[0], pack.muted), *colors[1:]]


def _muted(color: str, most: float) -> str:
    value = lch(color)
    return color if value.c <= most else value.at(chroma=most).to_hex()


def choose_palette(brief: DesignBrief, pack: StylePack, seed: int, mode: Mode | None = None) -> Palette:
    """All colour roles for a poster, in the mode that suits it unless one is named."""
    colors = choose_colors(brief, pack, seed)
    paper = Lch(*pack.paper) if pack.paper else None
    return derive(colors, mode or choose_mode(brief, pack, seed), paper)
