"""The prompt as the rules see it: the user's words, and copies of equal length to match patterns against.

Every piece of a poster's text is a range of the prompt, so that what is printed is what the user wrote.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pipelines.models.designer.facts import Span, find_facts
from pipelines.models.designer.lineup import Lineup, find_lineups
from pipelines.models.designer.quotes import Quote, find_quotes

FACT, QUOTE = "\x00", "\x01"
Range = tuple[int, int]
_TRADITIONAL = dict(zip(
    "創設計製風報畫藝術職務極簡國潮復復標題動會場節費價優惠電話時間點樓號郵箱網館書區臺灣顏綠藍紅黃銀紫橘淺導師傳單張個幫請謝開業學課講產發賣買門園廣車週註",
    "创设计制风报画艺术职务极简国潮复复标题动会场节费价优惠电话时间点楼号邮箱网馆书区台湾颜绿蓝红黄银紫橘浅导师传单张个帮请谢开业学课讲产发卖买门园广车周注",
    strict=True,
))  # fmt: skip
_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF10, 0xFF5B) if chr(code - 0xFEE0).isalnum()}
_PUNCTUATION = {
    "：": ":",
    "％": "%",
    "＠": "@",
    "～": "~",
    "－": "-",
    "．": ".",
    "／": "/",
    "＋": "+",
    "＄": "$",
    "￥": "¥",
    "　": " ",
}
_FOLD = str.maketrans(_TRADITIONAL | _FULL_WIDTH | _PUNCTUATION | {"\u2019": "'"})
_EDGE = " \t\r\n,.;:，。；：、|｜·•…—–~～-!！?？/\\　"
_CLOSING = "!！?？…"


def overlap(one: Range, other: Range) -> bool:
    """Whether they share a character."""
    return one[0] < other[1] and other[0] < one[1]


def fold(text: str) -> str:
    """Lower case, simplified, half width; exactly as long as ``text``."""
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text.translate(_FOLD))


def is_cjk(char: str) -> bool:
    """Whether the character is Chinese, or Japanese kana."""
    return "\u3040" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff" or "\U00020000" <= char <= "\U0003ffff"


def width(text: str) -> float:
    """Visual length in Chinese characters: a Latin letter counts 0.55."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.55 for char in text)


def language_of(text: str) -> Literal["zh", "en"]:
    """``zh`` when Chinese characters are at least as many as words of letters."""
    chinese = sum(map(is_cjk, text))
    words = len(re.findall(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]+", text))
    return "zh" if chinese and chinese >= words else "en"


@dataclass(frozen=True)
class Source:
    """A prompt with its facts and quotes found; the cached copies are as long as ``raw``."""

    raw: str

    @cached_property
    def shadow(self) -> str:
        """Folded copy."""
        return fold(self.raw)

    @cached_property
    def language(self) -> Literal["zh", "en"]:
        """The prompt's language."""
        return language_of(self.raw)

    @cached_property
    def quotes(self) -> list[Quote]:
        """Quoted texts."""
        return find_quotes(self.raw)

    @cached_property
    def facts(self) -> list[Span]:
        """Dates, prices, phone numbers ... outside quotes."""
        taken = bytearray(len(self.raw))
        for quote in self.quotes:
            taken[quote.start : quote.end] = b"\1" * (quote.end - quote.start)
        return find_facts(self.raw, self.shadow, taken)

    @cached_property
    def lineups(self) -> list[Lineup]:
        """Lists of acts in English."""
        if self.language == "zh":
            return []
        taken = bytearray(len(self.raw))
        for start, end in [
            *((span.start, span.end) for span in self.facts),
            *((quote.start, quote.end) for quote in self.quotes),
        ]:
            taken[start:end] = b"\1" * (end - start)
        return find_lineups(self.raw, taken)

    @cached_property
    def masked(self) -> str:
        """Folded copy in which facts and quotes are runs of FACT and QUOTE."""
        return self._mask(self.shadow)

    @cached_property
    def raw_masked(self) -> str:
        """The same with the prompt's own capitals."""
        return self._mask(self.raw)

    def _mask(self, text: str) -> str:
        chars = list(text)
        for start, end, mark in [
            *((span.start, span.end, FACT) for span in self.facts),
            *((quote.start, quote.end, QUOTE) for quote in self.quotes),
        ]:
            chars[start:end] = mark * (end - start)
        return "".join(chars)

    def facts_in(self, start: int, end: int) -> list[Span]:
        """Facts that lie within the range."""
        return [span for span in self.facts if start <= span.start and span.end <= end]

    def quotes_in(self, start: int, end: int) -> list[Quote]:
        """Quotes that lie within the range."""
        return [quote for quote in self.quotes if start <= quote.start and quote.end <= end]

    def fact_text(self, span: Span) -> str:
        """The fact's words; a date and a time parted by a comma in Chinese are joined by a space."""
        if self.language == "en" or len(span.parts) < 2:
            return self.raw[span.start : span.end]
        text = self.raw[span.parts[0][0] : span.parts[0][1]]
        for before, after in zip(span.parts, span.parts[1:], strict=False):
            gap = self.raw[before[1] : after[0]]
            text += (" " if re.search(r"[,，、|]", gap) else gap) + self.raw[after[0] : after[1]]
        return text

    def trim(self, start: int, end: int) -> Range:
        """The range without punctuation, spaces and pictographs at its edges; a closing ! or ? stays."""
        decorated = end - start < len(self.raw.strip()) and any(char.isalnum() for char in self.raw[start:end])
        edge = _is_edge if decorated else _EDGE.__contains__
        while start < end and edge(self.raw[start]):
            start += 1
        while start < end and edge(self.raw[end - 1]) and self.raw[end - 1] not in _CLOSING:
            end -= 1
        return start, end


def _is_edge(char: str) -> bool:
    return (
        char in _EDGE or char in "\u200d\ufe0f" or "\u2600" <= char <= "\u27bf" or "\U0001f300" <= char <= "\U0001faff"
    )


def says_something(text: str) -> bool:
    """Whether there is a letter, digit or symbol worth printing."""
    return any(unicodedata.category(char)[0] in "LNS" for char in text)


def is_printable(text: str) -> bool:
    """Whether there is anything with a glyph."""
    return any(unicodedata.category(char)[0] in "LNSP" for char in text)
