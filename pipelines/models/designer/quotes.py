"""Texts in quotation marks."""

import re
from dataclasses import dataclass

_PAIRS = re.compile(
    r"“(?P<a>[^“”]{1,300})”|‘(?P<b>[^‘’\n]{1,300})’(?![A-Za-z])|「(?P<c>[^「」]{1,300})」|『(?P<d>[^『』]{1,300})』"
    r"|《(?P<e>[^《》]{1,300})》|\"(?P<f>[^\"\n]{1,300})\""
    r"|(?<![A-Za-z0-9])'(?P<g>[^'\n]{1,300}(?:'[a-z][^'\n]{1,200})?)'(?![A-Za-z])"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted text: ``start`` to ``end`` with its marks, ``inner`` without."""

    start: int
    end: int
    inner: tuple[int, int]


def find_quotes(text: str) -> list[Quote]:
    """All quoted texts that hold a letter or digit, in order."""
    found = []
    for match in _PAIRS.finditer(text):
        start, end = match.span(match.lastgroup or 0)
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if any(char.isalnum() for char in text[start:end]):
            found.append(Quote(match.start(), match.end(), (start, end)))
    return found
