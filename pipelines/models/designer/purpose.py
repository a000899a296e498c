"""What a poster is for, and the one table of titles for prompts that give none."""

import re

from pipelines.brief import Purpose
from pipelines.models.designer.words import any_of, table

TITLES: dict[Purpose, tuple[str, str]] = {
    "hiring": ("诚聘英才", "We're Hiring"), "sale": ("特惠", "Sale"), "event": ("活动", "Event"), "festival": ("节日快乐", "Happy Holidays"),
    "product": ("新品上市", "New Arrival"), "notice": ("通知", "Notice"), "course": ("课程", "Course"), "opening": ("盛大开业", "Grand Opening"),
    "sport": ("运动", "Sports"), "concert": ("音乐会", "Concert"), "exhibition": ("展览", "Exhibition"), "food": ("美食", "Food"),
    "travel": ("旅行", "Travel"), "charity": ("公益", "Charity"),
}  # fmt: skip
"""The only words a title may have that are not the user's."""
NAMES: dict[str, tuple[str, str]] = {
    "hiring": ("招聘", "hiring"), "sale": ("促销", "sale"), "event": ("活动", "event"), "festival": ("节日", "festival"), "product": ("新品", "product"),
    "notice": ("通知", "notice"), "course": ("课程", "course"), "opening": ("开业", "opening"), "sport": ("运动", "sport"), "concert": ("音乐", "concert"),
    "exhibition": ("展览", "exhibition"), "food": ("美食", "food"), "travel": ("旅行", "travel"), "charity": ("公益", "charity"), "other": ("", ""),
}  # fmt: skip
"""Purposes in words, for tags and descriptions."""


# "Christmas Party", "Jazz Night": an event that is more than that.
_SUBJECT = re.compile(r" (?:of|for|at|with|by|from|in) ")  # "Grand Opening of Sakura Ramen" is an opening
_OCCASIONS = ("concert", "sport", "charity", "exhibition", "festival", "course")
_PATTERNS: dict[Purpose, re.Pattern[str]] = {
    purpose: re.compile(any_of(words)) for purpose, words in table("purposes").items()
}


def purpose_of(headlines: list[str], prompt: str) -> Purpose:
    """The purpose that the first telling headline names, else the whole prompt; all texts folded.

    The last word of a headline says what it is ("咖啡市集" is an event, "健身房促销" a sale). Elsewhere, and between
    words that end together, the more particular purpose wins: the order of the table.
    """
    rank = list(_PATTERNS)
    for text in headlines:
        text = _SUBJECT.split(text, maxsplit=1)[0] or text
        ends = [
            (-match.end(), rank.index(purpose))
            for purpose, pattern in _PATTERNS.items()
            for match in pattern.finditer(text)
        ]
        if ends:
            winner = rank[min(ends)[1]]
            others = [rank[number] for _, number in ends if rank[number] in _OCCASIONS]
            return others[0] if winner == "event" and others else winner
    return next((purpose for purpose, pattern in _PATTERNS.items() if pattern.search(prompt)), "other")
