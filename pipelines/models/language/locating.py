"""Where in the prompt a text stands that somebody says is copied from it."""

import re
from dataclasses import dataclass
from functools import cached_property

from pipelines.models.designer.source import Range, Source, is_cjk

_DENIED = re.compile(
    r"(?:[不非无未没勿]|(?<![特分级个区类])别|(?<![a-z])(?:not|no|non|never|without|isn't|aren't|don't)[\s-]?)$"
)

_EDGES = re.compile(r"([^\w]*).*?([^\w]*)", re.S)  # marks before and after the words


@dataclass(frozen=True)
class Locator:
    """Finds texts by their letters and digits alone: copies differ in spaces, punctuation, width and capitals."""

    source: Source

    @cached_property
    def _letters(self) -> tuple[str, list[int]]:
        """The prompt's letters and digits, folded, and where each stands."""
        places = [place for place, char in enumerate(self.source.shadow) if char.isalnum()]
        return "".join(self.source.shadow[place] for place in places), places

    def find(self, text: str, taken: bytearray) -> Range | None:
        """The first place of ``text`` that overlaps nothing ``taken``; None when it is not in the prompt.

        A place never parts a word or a number from its rest, a fact from its other half ("28" of "28元"), nor a word
        from the "not" before it: it grows to a whole fact, and is none otherwise.
        """
        letters, places = self._letters
        wanted = "".join(char for char in Source(text).shadow if char.isalnum())
        at = letters.find(wanted) if wanted else -1
        while at >= 0:
            start, end = self._grown(places[at], places[at + len(wanted) - 1] + 1)
            if not any(taken[start:end]) and self._is_whole(start, end):
                return self._marked(start, end, text, taken)
            at = letters.find(wanted, at + 1)
        return None

    def _grown(self, start: int, end: int) -> Range:
        for fact in self.source.facts:
            if fact.start < end and start < fact.end:
                start, end = min(start, fact.start), max(end, fact.end)
        return start, end

    def _marked(self, start: int, end: int, text: str, taken: bytearray) -> Range:
        """The place with the marks around it that the copy has, too: its quotes, brackets, exclamation marks."""
        copy, shadow = Source(text).shadow, self.source.shadow
        first, last = _EDGES.fullmatch(copy).groups()  # type: ignore[union-attr]
        while start > 0 and shadow[start - 1] in first and not taken[start - 1]:
            start -= 1
        while end < len(shadow) and shadow[end] in last and not taken[end]:
            end += 1
        return start, end

    def _is_whole(self, start: int, end: int) -> bool:
        shadow = self.source.shadow
        return not (_joined(shadow, start) or _joined(shadow, end) or _DENIED.search(shadow, max(0, start - 9), start))


def _joined(text: str, at: int) -> bool:
    """Whether the characters before and after this place are of one word or number."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if before.isdigit() or after.isdigit():
        return before.isdigit() and after.isdigit()
    return before.isalnum() and after.isalnum() and not is_cjk(before) and not is_cjk(after)
