"""Colours named in words or as hex codes."""

import colorsys
import re

from coloraide import Color

from pipelines.models.designer.words import table

_ZH: dict[str, str] = table("colours")["zh"]
_EN: dict[str, str] = table("colours")["en"]
_MODIFIERS: dict[str, list[float]] = table("colours")["modifiers"]


def _either(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_ZH_MODIFIER = "深|暗|浅|淡|亮|嫩|暖|冷|鲜|柔"
_OBJECTS = ["咖啡", "珊瑚", "薄荷", "薰衣草", "紫罗兰", "香槟", "奶油"]  # colours only when 色 follows
_LONG = _either([word for word in _ZH if len(word) > 1 and word not in _OBJECTS])
_SINGLE = "".join(word for word in _ZH if len(word) == 1 and word not in "咖米杏驼褐")
ZH_COLOUR = (
    rf"(?:(?:{_ZH_MODIFIER})?(?:(?:{_LONG})色?|(?:{_either(_OBJECTS)})色|[{_SINGLE}咖米杏驼褐]色"
    rf"|(?<=[{_SINGLE}])[{_SINGLE}]|[{_SINGLE}](?=[{_SINGLE}])|(?<=[深暗浅淡亮嫩暖])[{_SINGLE}]))"
)
"""A colour in Chinese: 蓝色, 墨绿, 深蓝, and each of 红金, 蓝白."""
_EN_MODIFIER = _either([word for word in _MODIFIERS if word.isascii()])
_THINGS = table("colours")["things"]
_PLAIN = _either([word for word in _EN if word not in _THINGS])
_AFTER_THING = (  # what may follow a word that is a thing first and a colour second
    rf"(?=\W*(?:$|[^a-z &/+-]|(?:{_either(table('colours')['beside'])}|{_either(list(_EN))}|{_EN_MODIFIER})(?![a-z])))"
)
EN_COLOUR = (
    rf"(?<![a-z])(?:(?:{_EN_MODIFIER})[ -])?(?:(?:{_PLAIN})(?:ish)?(?![a-z])"
    rf"(?! (?:{_either(table('colours')['names'])})(?![a-z]))"
    rf"|(?<!ice )(?<!whipped )(?<!sour )(?<!clotted )(?:{_either(_THINGS)})(?![a-z]){_AFTER_THING})"
)
"""A colour in English: navy, warm orange, pastel pink; not the cream of ice cream, nor the green of green tea."""
HEX = r"#(?:[0-9a-f]{6}|[0-9a-f]{3})(?![0-9a-z_])"
_ON = rf"[{_SINGLE}](?=[底字](?![\u4e00-\u9fff]|$)|底[\u4e00-\u9fff]字|字)"
_ANY = re.compile(rf"{_ON}|{HEX}|{ZH_COLOUR}|{EN_COLOUR}")


def find_colours(folded: str) -> list[tuple[str, str]]:
    """(word, hex) of every colour named in folded text, in order; a colour twice counts once."""
    found: dict[str, str] = {}
    for match in _ANY.finditer(folded):
        found.setdefault(_hex_of(match.group()), match.group())
    return [(word, code) for code, word in found.items()]


def to_hex(color: str) -> str:
    """Any CSS colour as ``#rrggbb``, its alpha dropped."""
    return str(Color(color).convert("srgb").fit().to_string(hex=True, alpha=False))


def _hex_of(word: str) -> str:
    if word.startswith("#"):
        return word if len(word) == 7 else "#" + "".join(2 * char for char in word[1:])
    bare = word.removesuffix("色")
    for name in (word, bare, word.removesuffix("ish")):
        code = _ZH.get(name) or _EN.get(name)
        if code:
            return code
    modifier = next((key for key in _MODIFIERS if bare.startswith(key)), "")
    rest = bare[len(modifier) :].strip(" -").removesuffix("ish")
    return _modified(_ZH.get(rest) or _EN.get(rest) or "#8a8f98", *_MODIFIERS.get(modifier, [1.0, 0.0, 0.0]))


def _modified(code: str, saturation: float, white: float, black: float) -> str:
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, light, chroma = colorsys.rgb_to_hls(red, green, blue)
    parts = colorsys.hls_to_rgb(hue, light, min(1.0, chroma * saturation))
    mixed = ((part * (1 - white) + white) * (1 - black) for part in parts)
    return "#" + "".join(f"{round(255 * min(1.0, part)):02x}" for part in mixed)
