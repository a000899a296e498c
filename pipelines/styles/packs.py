"""Style packs: the taste of a poster as data. One TOML file beside this module each."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

_FOLDER = Path(__file__).parent
DEFAULT = "editorial"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Voice(_Part):
    """A typeface in use. ``family``: a CSS list, Latin first. ``tracking``: em. ``gap``: ink gap of lines, em."""

    family: str
    weight: int
    tracking: float = 0.0
    latin_scale: float = 1.0
    oblique: bool = False
    gap: float = 0.18


class TypeSet(_Part):
    """A pack's voices. ``title_latin``: titles without Chinese; ``strong``: key facts; ``numeral``: giant digits."""

    title: Voice
    title_latin: Voice
    strong: Voice
    body: Voice
    numeral: Voice


class Grain(_Part):
    """Film grain. ``amount``: opacity of the soft-light noise; ``scale``: size of a grain against a fine one."""

    amount: float = 0.0
    scale: float = 1.0


class StylePack(_Part):
    """One style. ``margin`` in u is added to the format's own; ``heroes`` are the painters used when no
    subject is known; ``palettes`` are colour sets used when no colour is given, ``muted`` the most chroma these
    may have."""

    id: str
    modes: tuple[Literal["vivid", "light", "dark"], ...]
    type: TypeSet
    archetypes: dict[str, float]
    heroes: tuple[str, ...]
    margin: float = 0.0
    radius: float = 0.0
    grain: Grain = Grain()
    decorations: tuple[str, ...] = ()
    empty: float = 0.28
    title: Literal["plain", "sticker", "gold"] = "plain"
    paper: tuple[float, float, float] | None = None
    strip: bool = True
    muted: float = 0.4
    palettes: tuple[tuple[str, ...], ...] = ()


@cache
def load_packs() -> dict[str, StylePack]:
    """All packs by id."""
    packs = [StylePack.model_validate(tomllib.loads(path.read_text("utf-8"))) for path in sorted(_FOLDER.glob("*.toml"))
             if path.stem != "palettes"]  # fmt: skip
    return {pack.id: pack for pack in packs}


def style_pack(style: str) -> StylePack:
    """The pack with this id; the default one for an unknown id."""
    packs = load_packs()
    return packs.get(style, packs[DEFAULT])


@cache
def topic_palettes() -> dict[str, list[list[str]]]:
    """Colour sets by purpose and topic word, ``[primary, accent]`` each."""
    table = tomllib.loads((_FOLDER / "palettes.toml").read_text("utf-8"))
    alias: dict[str, str] = table.pop("alias")
    return table | {topic: table[name] for topic, name in alias.items()}
