"""Grammars of the small languages in a document, as JSON Schema patterns.

A validator may read more than its pattern says (names in capitals, exponents); what the pattern says is always read.
"""

import re

from coloraide.css.color_names import name2val_map

# Space of any kind, and what has no width: a text of these alone says nothing.
BLANK = r"\t\n\r \u00a0\u00ad\u1680\u2000-\u200f\u2028\u2029\u202f\u205f-\u2064\u3000\ufeff"
SAYS_SOMETHING = f"[^{BLANK}]"
_SAYS_SOMETHING = re.compile(SAYS_SOMETHING)

_N = r"[+-]?([0-9]{1,6}(\.[0-9]{1,6})?|\.[0-9]{1,6})"
_P = f"{_N}%"
_V = f"({_N}%?|none)"
_HUE = f"{_N}(deg|grad|rad|turn)?"
_COMMA, _ALPHA, _OLD_ALPHA = " ?, ?", f"( ?/ ?{_V})?", f"( ?, ?{_N}%?)?"
_SPACES = "srgb|srgb-linear|display-p3|a98-rgb|prophoto-rgb|rec2020|xyz|xyz-d50|xyz-d65"


def _three(part: str, between: str) -> str:
    return f"{part}{between}{part}{between}{part}"


_FORMS = (
    "#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})",
    rf"rgba?\({_three(_N, _COMMA)}{_OLD_ALPHA}\)",
    rf"rgba?\({_three(_P, _COMMA)}{_OLD_ALPHA}\)",
    rf"rgba?\({_three(_V, ' ')}{_ALPHA}\)",
    rf"hsla?\({_HUE}{_COMMA}{_P}{_COMMA}{_P}{_OLD_ALPHA}\)",
    rf"(hsla?|hwb)\(({_HUE}|none) {_V} {_V}{_ALPHA}\)",
    rf"(ok)?lab\({_three(_V, ' ')}{_ALPHA}\)",
    rf"(ok)?lch\({_V} {_V} ({_HUE}|none){_ALPHA}\)",
    rf"color\(({_SPACES}) {_three(_V, ' ')}{_ALPHA}\)",
    *sorted({*name2val_map, "transparent"}),
)
COLOR = f"^({'|'.join(_FORMS)})$"

_GAP = "[ ,\t\n\r]"
_UNSIGNED = r"([0-9]{1,6}(\.[0-9]{0,6})?|\.[0-9]{1,6})"
_FIRST, _NEXT = f"{_GAP}*[+-]?{_UNSIGNED}", f"({_GAP}+[+-]?|[+-]){_UNSIGNED}"
_ARC = _NEXT * 2 + f"({_GAP}+[01]){{2}}" + _NEXT * 2


def _segments(letters: str, count: int) -> str:
    """A command with the numbers of one segment or more."""
    return f"[{letters}]{_FIRST}{_NEXT * (count - 1)}({_NEXT * count})*"


_MOVE = _segments("Mm", 2)
_COMMANDS = "|".join([
    _MOVE, _segments("LlTt", 2), _segments("HhVv", 1), _segments("SsQq", 4), _segments("Cc", 6),
    f"[Aa]{_FIRST}{_ARC}({_NEXT}{_ARC})*", "[Zz]",
])  # fmt: skip
PATH_DATA = f"^{_GAP}*({_MOVE}({_GAP}*({_COMMANDS}))*{_GAP}*)?$"


def says_something(text: str) -> bool:
    """Whether there is anything but blank."""
    return _SAYS_SOMETHING.search(text) is not None
