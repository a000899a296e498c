"""What a poster is for, and the one table of titles for prompts that give none."""

import re

from pipelines.brief import Purpose
from pipelines.models.designer.words import any_of, table

TITLES: dict[str, list[str]] = table("titles")
"""Chinese and English; the only words a title may have that are not the user's."""
NAMES: dict[str, list[str]] = table("names")
"""Purposes in words, Chinese and English, for tags and descriptions."""
_SUBJECT = re.compile(r" (?:of|for|at|with|by|from|in) ")  # "Grand Opening of Sakura Ramen" is an opening
# "Christmas Party", "Jazz Night": an event that is more than that.
# Where several purposes fit, the earlier one here.
_RANK: tuple[Purpose, ...] = (
    "hiring", "notice", "opening", "concert", "exhibition", "sport", "course", "charity", "sale", "festival", "travel",
    "product", "food", "event",
)  # fmt: skip
_OCCASIONS = ("concert", "sport", "charity", "exhibition", "festival", "course")
_PATTERNS: dict[Purpose, re.Pattern[str]] = {
    purpose: re.compile(any_of(table("purposes")[purpose])) for purpose in _RANK
}


def purpose_of(headlines: list[str], prompt: str) -> Purpose:
    """The purpose that the first telling headline names, else the whole prompt; all texts folded.

    The last word of a headline says what it is ("咖啡市集" is an event, "健身房促销" a sale). Elsewhere, and between
    words that end together, the more particular purpose wins: the order of the table.
    """
    for text in headlines:
        text = _SUBJECT.split(text, maxsplit=1)[0] or text
        ends = [
            (-match.end(), match.start(), _RANK.index(purpose))
            for purpose, pattern in _PATTERNS.items()
            for match in pattern.finditer(text)
        ]
        if ends:
            winner = _RANK[min(ends)[2]]
            others = [_RANK[number] for *_, number in ends if _RANK[number] in _OCCASIONS]
            return others[0] if winner in ("event", "food") and others else winner
    return next((purpose for purpose, pattern in _PATTERNS.items() if pattern.search(prompt)), "other")


def names(purpose: Purpose, folded: str) -> bool:
    """Whether folded text has a word of the purpose."""
    return purpose in _PATTERNS and _PATTERNS[purpose].search(folded) is not None
