"""How alike a text and its reading are: 1 - edit distance / longer length, on what a reader can tell apart."""

import re
import unicodedata
from collections.abc import Set
from functools import cache, lru_cache

from opencc import OpenCC
from rapidfuzz.distance import Levenshtein

from pipelines.rendering.scripts import split_runs

# Marks that readers give for one another, after NFKC; dots between words often come back as nothing.
_VARIANTS = str.maketrans(
    dict.fromkeys("‐‑‒–—―−─", "-")
    | dict.fromkeys("“”„‟〝〞", '"')
    | dict.fromkeys("‘’‚‛′", "'")
    | dict.fromkeys("〜∼˜", "~")
    | {"″": '"', "∶": ":", "⁄": "/", "∕": "/"}
)
_IGNORED = re.compile("[\\s·●•・∙⋅‧\u200d\ufe0e\ufe0f]")
# Characters that most typefaces draw so alike that only the context tells them apart.
_SAME_SHAPE = tuple(frozenset(group) for group in ("-一", "×xX", "Il1|", "O0"))
_UNKNOWN = "\ufffc"


def normalize(text: str) -> str:
    """The text as it is compared: NFKC, one form for marks that look alike, no spaces, no middle dots; case kept."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).translate(_VARIANTS))


def unreadable_characters(text: str, alphabet: Set[str]) -> list[str]:
    """Characters of the text that no reading can be judged by, each once, in order: those the reader has no class for,
    and emoji, which are pictures to it."""
    known = _normalized(frozenset(alphabet))
    pictures = {char for run in split_runs(text) if run.script == "emoji" for char in normalize(run.text)}
    return [char for char in dict.fromkeys(normalize(text)) if char not in known or char in pictures]


def _one_character(pair: Set[str]) -> bool:
    """Whether both are forms of one Han character: 弹, 彈 and 弾 differ by country, and the reader mixes them up."""
    return len({_simplified(char) for char in pair}) == 1


@lru_cache(maxsize=4096)
def _simplified(char: str) -> str:
    return str(_to_simplified().convert(_to_traditional().convert(char)))


@cache
def _to_traditional() -> OpenCC:
    return OpenCC("jp2t")


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=4)
def _normalized(alphabet: frozenset[str]) -> frozenset[str]:
    return frozenset(char for entry in alphabet for char in normalize(entry))


def similarity(expected: str, read: str, exempt: Set[str] = frozenset()) -> float:
    """NED of the reading: 1.0 for the same text, 0.0 for nothing in common; exempt characters match anything."""
    wanted = "".join(_UNKNOWN if char in exempt else char for char in normalize(expected))
    seen = normalize(read)
    if not wanted and not seen:
        return 1.0
    free = 0
    for op in Levenshtein.editops(wanted, seen):
        if op.tag == "replace":
            pair = {wanted[op.src_pos], seen[op.dest_pos]}
            free += _UNKNOWN in pair or any(pair <= alike for alike in _SAME_SHAPE) or _one_character(pair)
        elif op.tag == "delete":
            free += wanted[op.src_pos] == _UNKNOWN
    return 1.0 - (Levenshtein.distance(wanted, seen) - free) / max(len(wanted), len(seen))
