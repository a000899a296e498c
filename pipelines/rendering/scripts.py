"""Cutting a line into runs of one script each: Chinese (with kana and hangul), Latin (all other alphabets), emoji."""

import re
import unicodedata
from typing import Literal, NamedTuple

Script = Literal["cjk", "latin", "emoji"]

_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u2ff0-\u303f\u3040-\u31ff\u3200-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef\U00016fe0-\U00018dff\U0001b000-\U0001b2ff"
    "\U0001f200-\U0001f2ff\U00020000-\U0003ffff]"
)
_CJK_LETTER = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u3096\u30a1-\u30fa\u30fc\u3105-\u312f\u3131-\u318e"
    "\u31a0-\u31ff\u3220-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
# Punctuation that both writing systems use: it follows its neighbours.
_SHARED = frozenset("“”‘’—…·‧•※℃°×÷±→←↑↓■□▲△◆◇○●★☆♥♪√①②③④⑤⑥⑦⑧⑨⑩№※‖")
# Code points below U+1F000 that are pictures without a variation selector (Unicode's Emoji_Presentation).
_EMOJI_BMP = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd"
    "\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755"
    "\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
)
_EMOJI_UNIT = (
    f"(?:[{_EMOJI_BMP}\U0001f000-\U0001f1ff\U0001f300-\U0001faff]\ufe0f?|[\u00a9\u00ae\u203c-\u3299]\ufe0f)"
    "[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
)
_EMOJI = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f\u20e3|{_EMOJI_UNIT}(?:\u200d(?:{_EMOJI_UNIT}|[\u2640\u2642]))*"
)
_MOST_MARKS = 8  # combining marks kept on one base: beyond it nothing is legible, and a flood must not cost time


class Run(NamedTuple):
    """Consecutive characters of one script."""

    text: str
    script: Script


def is_cjk_letter(char: str) -> bool:
    """Whether the character is a Chinese character, kana or hangul (not punctuation)."""
    return _CJK_LETTER.match(char) is not None


def has_cjk(text: str) -> bool:
    """Whether the text contains a Chinese character, kana or hangul."""
    return _CJK_LETTER.search(text) is not None


def drawable(line: str) -> str:
    """The line without control characters and without floods of combining marks; a tab becomes a space."""
    if line.isascii() and line.isprintable():
        return line
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", line):
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") and char != "\ufe0f" else 0
        if char == "\t":
            kept.append(" ")
        elif marks <= _MOST_MARKS and (
            category not in ("Cc", "Cs", "Cf") or char in "\u200d\ufe0f" or char >= "\U000e0020"
        ):
            kept.append(char)
    return "".join(kept)


def split_runs(line: str) -> list[Run]:
    """Runs in order; together they are the line."""
    scripts: list[Script | None] = [None] * len(line)
    for match in _EMOJI.finditer(line) if not line.isascii() else ():
        scripts[match.start() : match.end()] = ["emoji"] * (match.end() - match.start())
    previous: Script | None = None
    for index, char in enumerate(line):
        if scripts[index] is None:
            if unicodedata.combining(char) and previous is not None:
                scripts[index] = previous
            elif _CJK.match(char):
                scripts[index] = "cjk"
            elif char not in _SHARED and not char.isspace():
                scripts[index] = "latin"
        previous = scripts[index] or previous
    _settle_shared(line, scripts)
    runs: list[Run] = []
    start = 0
    for index in range(1, len(line) + 1):
        if index == len(line) or scripts[index] != scripts[start]:
            runs.append(Run(line[start:index], scripts[start] or "latin"))
            start = index
    return runs


def _settle_shared(line: str, scripts: list[Script | None]) -> None:
    """Spaces take the script before them; shared punctuation is Latin only between Latin neighbours.

    Quotation marks come in pairs, so all of a line's are of one script; an apostrophe is Latin.
    """
    chinese = "cjk" in scripts
    after: list[Script | None] = [None] * (len(line) + 1)
    for index in range(len(line) - 1, -1, -1):
        after[index] = scripts[index] or after[index + 1]
    before: Script | None = None
    for index, char in enumerate(line):
        if scripts[index] is None:
            neighbours = {before, after[index]} - {None, "emoji"}
            if char.isspace():
                scripts[index] = before if before in ("cjk", "latin") else "latin"
            elif char in "“”‘’":
                apostrophe = char == "’" and line[index - 1 : index].isalpha() and line[index + 1 : index + 2].isalpha()
                latin = not chinese or (apostrophe and neighbours == {"latin"})
                scripts[index] = "latin" if latin else "cjk"
            else:
                scripts[index] = "latin" if neighbours == {"latin"} else "cjk"
        else:
            before = scripts[index]
