"""Style packs and moods: the words that ask for them, and what suits a purpose when none was asked for."""

import re

from pipelines.models.designer.words import any_of, table

_PURPOSE_PACKS: dict[str, list[str]] = table("suits")
_TOPIC_PACKS = {
    "tech": ("ai", "tech", "computer", "robot", "network", "esports", "electric_car", "security"),
    "cartoon": ("children", "halloween", "zoo", "panda", "birthday", "cat", "dog", "robot", "ice"),
    "festival": ("lantern", "dragon_boat", "moon", "mooncake", "zongzi", "christmas"),
    "minimalist": ("tea", "coffee", "yoga", "plant", "book"),
    "editorial": ("mother", "father", "qixi", "teacher", "wedding"),
    "business": ("finance", "business", "property"),
}
# What a topic may override: a purpose whose own pack says little about the look.
_OPEN_PURPOSES = ("event", "festival", "course", "other", "product", "exhibition", "charity", "food", "travel")
# Words that say how good it should look rather than in which style: any other style word goes first.
_VAGUE = frozenset(table("vague")["words"])
STYLE_NAMES: dict[str, str] = table("style_names")
"""A pack's name in Chinese."""


_PACKS: dict[str, list[str]] = table("styles")
_MOODS: dict[str, list[str]] = table("moods")
_STYLE_WORDS = {word: pack for pack, words in reversed(_PACKS.items()) for word in words}
_MOOD_WORDS = {word: mood for mood, words in reversed(_MOODS.items()) for word in words}
_STYLE, _MOOD = re.compile(any_of(_STYLE_WORDS)), re.compile(any_of(_MOOD_WORDS))
STYLE_WORD, MOOD_WORD = _STYLE.pattern, _MOOD.pattern
"""Any word that asks for a style or a mood, for folded text."""


def pack_named(name: str) -> str | None:
    """The pack a client's style name means: its id, or a synonym within the name. None if it means none."""
    folded = name.strip().lower()
    if folded in _PACKS:
        return folded
    found = _STYLE.search(folded)
    return _STYLE_WORDS[found.group()] if found else None


def style_words(folded: str) -> list[str]:
    """Style words of folded text, in order."""
    return [match.group() for match in _STYLE.finditer(folded)]


def pack_for(words: list[str], purpose: str, topics: list[str]) -> str:
    """The pack asked for in words (the first that names one), else the one for the topic or the purpose."""
    if words:
        return _STYLE_WORDS[next((word for word in words if word not in _VAGUE), words[0])]
    if purpose in _OPEN_PURPOSES:
        for topic in topics:
            for pack, named in _TOPIC_PACKS.items():
                if topic in named:
                    return pack
    return _PURPOSE_PACKS[purpose][0]


def mood_for(wishes: str, purpose: str, believed: str = "") -> str:
    """The mood asked for in folded text, else the one ``believed``, else the purpose's own."""
    found = _MOOD.search(wishes)
    return _MOOD_WORDS[found.group()] if found else believed or _PURPOSE_PACKS[purpose][1]
