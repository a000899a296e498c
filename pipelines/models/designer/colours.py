"""Colours named in words or as hex codes."""

import colorsys
import re

from coloraide import Color

_ZH = {
    "红": "#d7263d", "大红": "#e60012", "中国红": "#c8102e", "朱红": "#e2492f", "酒红": "#722f37", "玫红": "#e0115f", "玫瑰红": "#e0115f",
    "砖红": "#b5533c", "橘红": "#f2552c", "珊瑚": "#ff7f50", "粉": "#f4a6c0", "樱花粉": "#f7c5d5", "橙": "#f27d16", "橘": "#f58220",
    "黄": "#f6c915", "明黄": "#ffd400", "姜黄": "#d99a1c", "鹅黄": "#f6e27f", "杏": "#f2d0a4", "金": "#c9a227", "香槟金": "#d8bf8f", "香槟": "#e6d2a8",
    "绿": "#2e9e5b", "草绿": "#7cb342", "翠绿": "#17a05d", "墨绿": "#124d3a", "橄榄绿": "#6b7a2f", "薄荷绿": "#98d8b8", "荧光绿": "#a6e22e", "荧光黄": "#e9f03a", "荧光粉": "#ff5fa2", "薄荷": "#98d8b8",
    "豆绿": "#a3c293", "军绿": "#4b5320", "青绿": "#1c9a8c", "青": "#159a9c", "蓝绿": "#148f8b", "湖蓝": "#2b8fb3", "天蓝": "#62b5e5",
    "蓝": "#1f6feb", "宝蓝": "#1b3fa0", "藏蓝": "#14274e", "藏青": "#1c2f4a", "海蓝": "#0f6ba8", "靛蓝": "#2a3b8f", "克莱因蓝": "#002fa7",
    "雾霾蓝": "#8fa6b8", "科技蓝": "#1456f0", "紫": "#7b3fe4", "紫罗兰": "#7f5fc7", "薰衣草": "#b7a1dc", "香芋紫": "#b39cc9",
    "棕": "#7a4b2a", "褐": "#6b4226", "咖啡": "#6f4e37", "咖": "#6f4e37", "驼": "#b58a5b", "卡其": "#b7a57a", "米白": "#f5efe2", "米": "#efe6d2",
    "米黄": "#f2e6c4", "奶油": "#f8efdc", "奶白": "#f7f2e8", "白": "#ffffff", "黑": "#111111", "灰": "#8a8f98", "银": "#c0c5cc", "银灰": "#b4bac2",
}  # fmt: skip
_EN = {
    "red": "#d7263d", "crimson": "#b3122d", "scarlet": "#e2231a", "burgundy": "#6d1a36", "maroon": "#6e1423", "wine red": "#722f37",
    "coral": "#ff7f50", "salmon": "#f59482", "pink": "#f27ea9", "hot pink": "#ff3d8b", "magenta": "#d6248a", "fuchsia": "#d6248a",
    "rose gold": "#c98b83", "orange": "#f27d16", "tangerine": "#f58220", "peach": "#ffcba4", "apricot": "#f7b57a", "terracotta": "#c8593b",
    "rust": "#b04a21", "yellow": "#f6c915", "mustard": "#d39c1d", "lemon": "#f7e463", "gold": "#c9a227", "golden": "#d4a62a",
    "green": "#2e9e5b", "lime": "#9bd21e", "olive": "#6b7a2f", "emerald": "#0f8a5f", "forest green": "#1e5b3a", "sage": "#9caf88",
    "sage green": "#9caf88", "mint": "#98d8b8", "mint green": "#98d8b8", "teal": "#0f8b8d", "turquoise": "#2cc4c0", "cyan": "#12b5cb",
    "aqua": "#3fc7d3", "sky blue": "#62b5e5", "baby blue": "#a9d3f0", "blue": "#1f6feb", "royal blue": "#2447c8", "navy blue": "#14274e",
    "navy": "#14274e", "midnight blue": "#14213d", "cobalt": "#1849b8", "indigo": "#3a3f9e", "purple": "#7b3fe4", "violet": "#7f4fd0",
    "lavender": "#b7a1dc", "lilac": "#c3a6d8", "plum": "#6f2c63", "brown": "#7a4b2a", "chocolate": "#4e2a17", "tan": "#c9a27a", "beige": "#e9dcc3",
    "cream": "#f8efdc", "ivory": "#f9f4e6", "off-white": "#f6f3ec", "white": "#ffffff", "black": "#111111", "gray": "#8a8f98", "grey": "#8a8f98",
    "charcoal": "#33373d", "silver": "#c0c5cc", "bronze": "#a9713a", "copper": "#b5652f",
}  # fmt: skip
# word -> (saturation factor, share of white, share of black)
_MODIFIERS = {
    "深": (1.0, 0.0, 0.4), "暗": (0.9, 0.0, 0.45), "浅": (0.95, 0.5, 0.0), "淡": (0.9, 0.6, 0.0), "亮": (1.15, 0.12, 0.0), "嫩": (1.0, 0.4, 0.0),
    "dark": (1.0, 0.0, 0.42), "deep": (1.05, 0.0, 0.32), "light": (0.95, 0.5, 0.0), "pale": (0.9, 0.6, 0.0), "pastel": (0.85, 0.55, 0.0),
    "soft": (0.85, 0.4, 0.0), "bright": (1.15, 0.08, 0.0), "vivid": (1.2, 0.0, 0.0), "neon": (1.4, 0.0, 0.0), "muted": (0.55, 0.12, 0.0),
    "dusty": (0.5, 0.2, 0.0), "warm": (1.0, 0.0, 0.0), "cool": (0.9, 0.0, 0.0), "rich": (1.1, 0.0, 0.12),
}  # fmt: skip


def _either(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_ZH_MODIFIER = "深|暗|浅|淡|亮|嫩"
_OBJECTS = ["咖啡", "珊瑚", "薄荷", "薰衣草", "紫罗兰", "香槟", "奶油"]  # colours only when 色 follows
_LONG = _either([word for word in _ZH if len(word) > 1 and word not in _OBJECTS])
_SINGLE = "".join(word for word in _ZH if len(word) == 1 and word not in "咖米杏驼褐")
ZH_COLOUR = rf"(?:(?:{_ZH_MODIFIER})?(?:(?:{_LONG})色?|(?:{_either(_OBJECTS)})色|[{_SINGLE}咖米杏驼褐]色|(?<=[{_SINGLE}])[{_SINGLE}]|[{_SINGLE}](?=[{_SINGLE}])|(?<=[深暗浅淡亮嫩])[{_SINGLE}]))"
"""A colour in Chinese: 蓝色, 墨绿, 深蓝, and each of 红金, 蓝白."""
_EN_MODIFIER = _either([word for word in _MODIFIERS if word.isascii()])
EN_COLOUR = rf"(?<![a-z])(?:(?:{_EN_MODIFIER})[ -])?(?:{_either(list(_EN))})(?:ish)?(?![a-z])"
"""A colour in English: navy, warm orange, pastel pink."""
HEX = r"#(?:[0-9a-f]{6}|[0-9a-f]{3})(?![0-9a-z_])"
_ANY = re.compile(rf"{HEX}|{ZH_COLOUR}|{EN_COLOUR}")


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
    return _modified(_ZH.get(rest) or _EN.get(rest) or "#8a8f98", *_MODIFIERS.get(modifier, (1.0, 0.0, 0.0)))


def _modified(code: str, saturation: float, white: float, black: float) -> str:
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, light, chroma = colorsys.rgb_to_hls(red, green, blue)
    parts = colorsys.hls_to_rgb(hue, light, min(1.0, chroma * saturation))
    mixed = ((part * (1 - white) + white) * (1 - black) for part in parts)
    return "#" + "".join(f"{round(255 * min(1.0, part)):02x}" for part in mixed)
