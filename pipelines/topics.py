"""Subjects a poster may be about: the words that name them, the hero that draws them, an emoji as fallback.

One vocabulary (``topics.toml``) for the designer, which finds topics in words, the layout, which picks heroes, and the
painter. Its groups: ``concrete`` things; ``setting``, when and where (autumn, city); ``general``, what a poster is for
rather than what it shows (hiring, finance).
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Literal

Group = Literal["concrete", "setting", "general"]
GROUPS: tuple[Group, ...] = ("concrete", "setting", "general")
_DISHES = frozenset([
    "coffee", "tea", "milk_tea", "beer", "wine", "cocktail", "juice", "noodles", "hotpot", "rice", "dumpling", "sushi",
    "pizza", "burger", "bread", "cake", "ice",
])  # fmt: skip
_AUDIENCES = ("children", "school", "teacher")  # for whom rather than what: "儿童画展" shows painting
_TABLE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class Topic:
    """``hero``: id of the drawing. ``emoji``: one character of Noto Color Emoji, for the hero ``subject``."""

    id: str
    hero: str
    emoji: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    group: Group

    @property
    def general(self) -> bool:
        """Whether it says what a poster is for rather than what it shows."""
        return self.group == "general"


@cache
def vocabulary() -> dict[str, Topic]:
    """All topics by id, the more concrete ones first."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return {
        name: Topic(
            id=name, hero=row["hero"], emoji=row["emoji"], zh=tuple(row["zh"].split()),
            en=tuple(word.strip() for word in row["en"].split(",")), group=group,
        )
        for group in GROUPS
        for name, row in table[group].items()
    }  # fmt: skip


@cache
def _matcher() -> tuple[re.Pattern[str], dict[str, Topic]]:
    """One pattern with every word, longest first, and the topic each word stands for."""
    owner: dict[str, Topic] = {}
    for topic in vocabulary().values():
        for word in (*topic.zh, *topic.en):
            owner.setdefault(word, topic)
    words = sorted(owner, key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in words if word[0] < "\u2e80")
    chinese = "|".join(re.escape(word) for word in words if word[0] >= "\u2e80")
    return re.compile(f"{chinese}|(?<![a-z0-9])(?:{latin})(?![a-z0-9])"), owner


def find_topics(text: str, limit: int = 6) -> list[str]:
    """Topic ids named in ``text``, most specific first: by group, then (things) longer words, then earlier ones."""
    pattern, owner = _matcher()
    order = list(vocabulary())
    best: dict[str, tuple[int, int, int, int]] = {}
    found_words = list(pattern.finditer(text.lower()))
    for found, after in zip_longest(found_words, found_words[1:]):
        word, topic = found.group(), owner[found.group()]
        place = order.index(topic.id)
        weight = min(len(word) if word.isascii() else 2 * len(word), 8)
        if after and owner[after.group()].id in _DISHES and text[found.end() : after.start()] in ("", " "):
            weight = 0  # "玫瑰花茶", "strawberry cake": the last word says what it is
        if topic.id in _AUDIENCES:
            weight = 1
        first = -weight if topic.group == "concrete" else place
        rank = (GROUPS.index(topic.group), first, found.start(), place)
        best[topic.id] = min(rank, best.get(topic.id, rank))
    return sorted(best, key=lambda topic: best[topic])[:limit]


def hero_of(topic: str) -> str | None:
    """The hero id of a topic, None for an unknown one."""
    found = vocabulary().get(topic)
    return found.hero if found else None
