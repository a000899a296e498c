"""Which characters a text of a client may have.

Refused: what moves a terminal's cursor, cuts a string, or shows a reader other words than a program sees. Everything
else is somebody's language or emoji and is taken; what has no glyph (zero-width characters, marks beyond a few on one
letter) is left out when the text is drawn.
"""

import re
import unicodedata

# Spelt with escapes that JSON Schema's, Python's and Rust's expressions all know; beyond the BMP there are none, so
# those stand for themselves. A lone surrogate has no place in the pattern: no JSON in UTF-8 can hold one.
_LAST_TWO = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
REFUSED = (
    r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"  # control characters but tab and line breaks
    r"\u202a-\u202e\u2066-\u2069"  # overrides, embeddings and isolates of the text's direction
    rf"\ufdd0-\ufdef\ufffe\uffff{_LAST_TWO}"  # noncharacters
)
PLAIN_TEXT = f"^[^{REFUSED}]*$"
_REFUSED = re.compile(f"[{REFUSED}\ud800-\udfff]")


def text_problem(text: str) -> str | None:
    """What is wrong with the text and at which character (from 1); None when nothing is."""
    found = _REFUSED.search(text)
    if found is None:
        return None
    char = found[0]
    return f"has {_kind(char)} (U+{ord(char):04X}) at character {found.start() + 1}; remove it"


def _kind(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cs":
        return "half of a surrogate pair"
    if category == "Cc":
        return "a control character"
    return "a code point that is no character" if category == "Cn" else "a text-direction override"
