"""The designer's vocabulary, ``words.toml``."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """One table of the vocabulary, in the order written."""
    found: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))[name]
    return found


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of these words, the longest first; English ones only as whole words."""
    longest = sorted(set(words), key=lambda word: (-len(word), word))
    chinese = [re.escape(word) for word in longest if not word.isascii()]
    english = "|".join(re.escape(word) for word in longest if word.isascii())
    return "|".join([*chinese, *([f"(?<![a-z])(?:{english})s?(?![a-z])"] if english else [])])
