"""Lists of acts in running English: "with Luna Park, Kite & Co, Pale Blue and Otter Club"."""

import re
from dataclasses import dataclass

_CUE = re.compile(
    r"(?:,\s*)?(?<!\w)(?P<cue>(?i:with(?: special guests?)?|w/|featuring|feat\.?|ft\.?|starring|performances by"
    r"|(?:live )?(?:dj |acoustic )?(?:sets?|music|performances) (?:from|by)|talks (?:from|by)"
    r"|speakers))\s+(?=[A-Z0-9\"'])"
)
_SAYS_MORE = re.compile(r" (?:from|by)$|guests?$|speakers$", re.I)
_CAPITAL = r"(?:(?:Dr|St|Mr|Mrs|Ms|Prof|[A-Z])\.(?= )|[A-Z\d](?:[\w'’-]|\.(?=\w))*)"
_NAME = re.compile(rf"{_CAPITAL}(?: (?:{_CAPITAL}|&|of|the|de|la|von|van|vs))*")
_AND = re.compile(r",?\s+(?:and|plus|\+)\s+(?=[A-Z\d])")
_NOT_A_NAME = re.compile(
    r"\d+ [a-z]|(?i:posters?|flyers?|banners?|please|create|make|design|an?"
    r"|rsvp|call|book|visit|tickets?|register|doors)\b"
)
_GOES_ON = re.compile(r" (?!(?:and|plus|on|at|in|from|for|to|with|this|every|live|who|will|play|join|are|is)\b)[a-z]")
_ONE = re.compile(r"\s+(?:and|&)\s+(?:Co\b|Sons\b|Friends\b|Family\b|Daughters\b|[Tt]he\s)")
_COMMA = re.compile(r"\s*,\s*(?!and\b|plus\b)")
_PLACE = re.compile(
    r"\b(?:Hall|Park|Cent(?:er|re)|Library|Theat(?:er|re)|Stadium|Arena|Museum|Gallery|Street|Avenue|Road|Square|Plaza"
    r"|Hotel|University|College|Church|Field|Fields|Room|Gardens?|Beach|Pier|House|Club|Bar|Lane|Bay|Barn)$"
)


@dataclass(frozen=True, slots=True)
class Lineup:
    """``start`` is where the words before the list begin, ``names`` the range of each act.

    ``label``: the range of those words where they say more than "with" ("live music by").
    """

    start: int
    end: int
    names: tuple[tuple[int, int], ...]
    label: tuple[int, int] | None = None


def find_lineups(raw: str, taken: bytearray) -> list[Lineup]:
    """Lists of two or more names in capitals after a word like "with"; none over a range already ``taken``."""
    found = []
    for match in _CUE.finditer(raw):
        names = _names(raw, match.end(), taken)
        if len(names) > 1 and not any(taken[match.start() : match.end()]):
            label = match.span("cue") if _SAYS_MORE.search(match["cue"]) else None
            found.append(Lineup(match.start(), names[-1][1], tuple(names), label))
    return found


def _names(raw: str, at: int, taken: bytearray) -> list[tuple[int, int]]:
    """Names up to the one after "and", or to the first clause that is a place, a date or not a name."""
    names: list[tuple[int, int]] = []
    last = False
    while name := _NAME.match(raw, at):
        start, end = name.span()
        if (
            any(taken[start:end])
            or _NOT_A_NAME.match(raw, start)
            or (names and _GOES_ON.match(raw, end))
            or (names and not last and _PLACE.search(raw[start:end]))
        ):
            break
        if one := _ONE.match(raw, end):
            tail = _NAME.match(raw, one.end())
            end = tail.end() if tail else one.end()
        names.append((start, end))
        if last:
            break
        if joined := _AND.match(raw, end):
            at, last = joined.end(), True
        elif comma := _COMMA.match(raw, end):
            at = comma.end()
        else:
            break
    if len(names) == 1 and " & " in raw[slice(*names[0])] and not _ONE.search(raw, *names[0]):
        start, end = names[0]
        middle = raw.index(" & ", start)
        return [(start, middle), (middle + 3, end)]
    return names
