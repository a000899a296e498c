"""Which typeface families there are, and which of ours stands in for a foreign name."""

from typing import NamedTuple

SANS = "Noto Sans SC"
SERIF = "Noto Serif SC"


class FamilySource(NamedTuple):
    """Where a family's file is: ``package`` and ``file`` in it, or a fontpkg family when ``file`` is empty."""

    package: str
    file: str = ""
    face_index: int = 0
    generic: str = "sans"
    weights: tuple[int, int] | None = None  # the wght axis, when there is one
    embolden: bool = False  # bold is made by stroking: the file is the regular cut only


FAMILIES: dict[str, FamilySource] = {
    SANS: FamilySource("manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc", face_index=2, weights=(100, 900)),
    SERIF: FamilySource("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf", generic="serif", embolden=True),
    "Inter": FamilySource("fontpkg"),
    "Anton": FamilySource("fontpkg"),
    "Archivo Black": FamilySource("fontpkg"),
    "Barlow Condensed": FamilySource("fontpkg"),
    "Bebas Neue": FamilySource("fontpkg"),
    "DM Serif Display": FamilySource("fontpkg", generic="serif"),
    "Fredoka": FamilySource("fontpkg"),
    "Oswald": FamilySource("fontpkg"),
    "Poppins": FamilySource("fontpkg"),
    "Space Grotesk": FamilySource("fontpkg"),
    "Roboto Mono": FamilySource("deckr_fonts", "fonts/RobotoMono[wght].ttf", generic="mono", weights=(100, 700)),
    "Noto Emoji": FamilySource("deckr_fonts", "fonts/NotoEmoji[wght].ttf", weights=(300, 700)),
    "Noto Color Emoji": FamilySource("deckr_fonts", "fonts/NotoColorEmoji-Regular.ttf"),
}

# Tried in this order when a family of the list lacks a character; the colour glyphs last, they ignore the fill.
FALLBACK: dict[str, tuple[str, ...]] = {
    "sans": (SANS, SERIF, "Inter", "Roboto Mono", "Noto Emoji", "Noto Color Emoji"),
    "serif": (SERIF, SANS, "Inter", "Roboto Mono", "Noto Emoji", "Noto Color Emoji"),
    "mono": ("Roboto Mono", SANS, SERIF, "Inter", "Noto Emoji", "Noto Color Emoji"),
}

_STANDS_FOR: dict[str, str] = {
    SANS: """noto sans cjk sc|noto sans cjk|noto sans sc variable|source han sans|source han sans sc|source han sans cn
        |思源黑体|pingfang|pingfang sc|苹方|microsoft yahei|microsoft yahei ui|微软雅黑|simhei|黑体|heiti sc|stheiti
        |华文黑体|hiragino sans gb|冬青黑体|wenquanyi micro hei|wenquanyi zen hei|dengxian|等线|alibaba puhuiti
        |alibaba puhuiti 3.0|阿里巴巴普惠体|harmonyos sans|harmonyos sans sc|misans|oppo sans|youshebiaotihei|优设标题黑
        |youyuan|幼圆|yuanti sc|圆体|noto sans|noto sans jp|noto sans kr|noto sans tc|system-ui|-apple-system
        |blinkmacsystemfont|ui-sans-serif|sans-serif|sans""",
    SERIF: """noto serif cjk sc|noto serif cjk|source han serif|source han serif sc|source han serif cn|思源宋体
        |simsun|宋体|nsimsun|新宋体|songti|songti sc|stsong|华文宋体|stzhongsong|华文中宋|fangsong|仿宋|stfangsong|kaiti
        |楷体|kaiti sc|stkaiti|华文楷体|lxgw wenkai|霞鹜文楷
        |ma shan zheng|stxingkai|华文行楷|noto serif|ui-serif""",
    "Inter": """arial|helvetica|helvetica neue|sf pro|sf pro display|sf pro text|san francisco|segoe ui|roboto|verdana
        |tahoma|calibri|open sans|lato|source sans pro|source sans 3|dm sans|work sans|trebuchet ms|geneva|ubuntu
        |dejavu sans|liberation sans|plus jakarta sans|manrope""",
    "Poppins": "montserrat|gotham|futura|century gothic|avenir|avenir next|nunito|raleway|quicksand|outfit|urbanist",
    "DM Serif Display": """georgia|times|times new roman|palatino|palatino linotype|garamond|eb garamond|baskerville
        |cambria|playfair display|bodoni|bodoni moda|didot|cormorant|cormorant garamond|abril fatface|merriweather|lora
        |fraunces|libre baskerville|dejavu serif|liberation serif|serif""",
    "Anton": "impact|haettenschweiler|league gothic|fjalla one|druk|druk wide|smiley sans|得意黑",
    "Archivo Black": "arial black|franklin gothic heavy|rubik mono one|archivo",
    "Barlow Condensed": "arial narrow|roboto condensed|din|din condensed|din alternate|barlow|sofia sans condensed",
    "Bebas Neue": "bebas|bebas kai|big shoulders display",
    "Oswald": "pathway gothic one|yanone kaffeesatz|teko",
    "Fredoka": """comic sans ms|comic sans|fredoka one|baloo|baloo 2|varela round|nunito rounded|righteous|lobster
        |pacifico|zcool kuaile|zcool qingke huangyou|cursive|fantasy""",
    "Space Grotesk": "sora|orbitron|rajdhani|exo 2|exo|chakra petch|audiowide",
    "Roboto Mono": "courier|courier new|consolas|menlo|monaco|sf mono|jetbrains mono|fira code|ui-monospace|monospace",
    "Noto Color Emoji": "apple color emoji|segoe ui emoji|twemoji|emoji",
}

ALIASES: dict[str, str] = {
    **{name.lower(): name for name in FAMILIES},
    **{alias.strip(): ours for ours, names in _STANDS_FOR.items() for alias in names.split("|")},
}


def resolve_families(css_list: str) -> tuple[str, ...]:
    """Our families for a CSS family list, in its order, without repeats; an unknown name is passed over."""
    names = (name.strip().strip("\"'").strip().lower() for name in css_list.split(","))
    return tuple(dict.fromkeys(ALIASES[name] for name in names if name in ALIASES))
