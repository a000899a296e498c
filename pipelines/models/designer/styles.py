"""Style packs and moods: the words that ask for them, and what suits a purpose when none was asked for."""

import re

_PACKS: dict[str, str] = {
    "business": "商务 商业 企业 专业 稳重 正式 严肃 职场 高级商务|business corporate professional formal official executive",
    "minimalist": "极简 简约 简洁 简单 干净 留白 性冷淡 北欧 清新 小清新 日系 ins 无印 素雅 禅意 侘寂 淡雅 苹果"
    "|minimalist minimal minimalistic simple clean scandinavian nordic zen understated airy japandi swiss",
    "festival": "国潮 中国风 中式 新中式 国风 古风 传统 喜庆 节日 敦煌 东方 水墨 过年|festival festive chinese oriental traditional",
    "cartoon": "卡通 可爱 童趣 儿童 手绘 插画 漫画 萌 q版 活泼 动漫 二次元 治愈 绘本 马卡龙|cartoon cute kawaii playful childish kids comic doodle whimsical"
    " hand-drawn illustrated anime fun",
    "tech": "科技 科幻 未来 赛博朋克 赛博 数码 科技感 霓虹 炫酷 酷炫 蒸汽波 暗黑 互联网 金属|tech technology futuristic cyberpunk cyber sci-fi neon digital"
    " vaporwave synthwave techno high-tech glitch",
    "sale": "促销 电商 大促 热卖 爆款 潮流 动感 活力 热血 运动 波普 冲击力 夸张|sale promo promotional bold loud pop energetic punchy street sporty dynamic",
    "retro": "复古 怀旧 港风 民国 老上海 vintage 年代 胶片 70年代 80年代 90年代 美式|retro vintage nostalgic 60s 70s 80s 90s old-school mid-century bauhaus art deco",
    "editorial": "文艺 杂志 艺术 高级 高端 质感 优雅 奢华 轻奢 时尚 摄影 人文 包豪斯|editorial magazine artistic elegant luxury luxurious premium sophisticated"
    " chic classy fashion modern artsy literary",
}
_MOODS: dict[str, str] = {
    "calm": "宁静 安静 平静 治愈 禅意 素雅 淡雅|calm serene peaceful quiet tranquil relaxing",
    "warm": "温馨 温暖 温情 暖心 暖色|warm cozy cosy friendly inviting homely",
    "energetic": "活力 热血 动感 激情 年轻 震撼 冲击力|energetic dynamic bold vibrant lively exciting sporty",
    "festive": "喜庆 热闹 欢乐 节日 红火 狂欢|festive joyful cheerful celebratory merry party",
    "premium": "高端 高级 大气 奢华 轻奢 质感 尊贵|premium luxury luxurious elegant sophisticated classy upscale",
    "fresh": "清新 清爽 自然 清凉 明快|fresh natural light breezy bright clean",
    "cute": "可爱 萌 童趣 卡通 俏皮|cute playful adorable kawaii whimsical fun",
    "serious": "严肃 正式 庄重 稳重 专业 商务|serious formal professional solemn official corporate",
    "cool": "酷炫 炫酷 科技 科技感 未来 赛博朋克 霓虹 酷|cool futuristic edgy cyberpunk neon moody dark",
    "nostalgic": "怀旧 复古 民国 年代|nostalgic retro vintage",
    "romantic": "浪漫 唯美 甜蜜|romantic dreamy",
}
_PURPOSE_PACKS = {
    "hiring": ("business", "serious"), "sale": ("sale", "energetic"), "event": ("editorial", "warm"), "festival": ("festival", "festive"),
    "product": ("minimalist", "fresh"), "notice": ("business", "serious"), "course": ("business", "fresh"), "opening": ("festival", "festive"),
    "sport": ("sale", "energetic"), "concert": ("editorial", "cool"), "exhibition": ("editorial", "calm"), "food": ("minimalist", "warm"),
    "travel": ("editorial", "fresh"), "charity": ("minimalist", "warm"), "other": ("editorial", "calm"),
}  # fmt: skip
_TOPIC_PACKS = {
    "tech": ("ai", "tech", "computer", "robot", "network", "esports", "electric_car", "security"),
    "cartoon": ("children", "halloween", "zoo", "panda", "birthday", "cat", "dog", "robot", "ice"),
    "festival": ("lantern", "dragon_boat", "moon", "mooncake", "zongzi", "christmas"),
    "minimalist": ("tea", "coffee", "yoga", "plant", "book"),
    "business": ("finance", "business", "property"),
}
# What a topic may override: a purpose whose own pack says little about the look.
_OPEN_PURPOSES = ("event", "course", "other", "product", "exhibition", "charity", "food", "travel")
_VAGUE = frozenset(
    [
        "简单",
        "干净",
        "高端",
        "高级",
        "时尚",
        "质感",
        "活力",
        "专业",
        "modern",
        "clean",
        "simple",
        "fun",
        "bold",
        "elegant",
        "professional",
        "dark",
        "premium",
        "dynamic",
    ]
)
STYLE_NAMES = {
    "business": "商务", "minimalist": "简约", "festival": "国潮", "cartoon": "卡通", "tech": "科技", "sale": "促销", "retro": "复古", "editorial": "文艺",
}  # fmt: skip
"""A pack's name in Chinese."""


def _table(rows: dict[str, str]) -> dict[str, str]:
    table: dict[str, str] = {}
    for key, words in rows.items():
        chinese, english = words.split("|")
        for word in (*chinese.split(), *english.split()):
            table.setdefault(word, key)
    return table


def _pattern(words: list[str]) -> re.Pattern[str]:
    longest = sorted(words, key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in longest if word.isascii())
    chinese = "|".join(re.escape(word) for word in longest if not word.isascii())
    return re.compile(f"{chinese}|(?<![a-z])(?:{latin})(?![a-z])")


_STYLE_WORDS, _MOOD_WORDS = _table(_PACKS), _table(_MOODS)
_STYLE, _MOOD = _pattern(list(_STYLE_WORDS)), _pattern(list(_MOOD_WORDS))
STYLE_WORD, MOOD_WORD = _STYLE.pattern, _MOOD.pattern
"""Any word that asks for a style or a mood, for folded text."""


def pack_named(name: str) -> str | None:
    """The pack a client's style name means: its id, or a synonym within the name. None if it means none."""
    folded = name.strip().lower()
    if folded in _PACKS:
        return folded
    found = _STYLE.search(folded)
    return _STYLE_WORDS[found.group()] if found else None


def style_words(folded: str) -> list[str]:
    """Style words of folded text, in order."""
    return [match.group() for match in _STYLE.finditer(folded)]


def pack_for(words: list[str], purpose: str, topics: list[str]) -> str:
    """The pack asked for in words (the first that names one), else the one for the topic or the purpose."""
    if words:
        return _STYLE_WORDS[next((word for word in words if word not in _VAGUE), words[0])]
    if purpose in _OPEN_PURPOSES:
        for topic in topics:
            for pack, named in _TOPIC_PACKS.items():
                if topic in named:
                    return pack
    return _PURPOSE_PACKS[purpose][0]


def mood_for(wishes: str, purpose: str) -> str:
    """The mood asked for in folded text, else the purpose's own."""
    found = _MOOD.search(wishes)
    return _MOOD_WORDS[found.group()] if found else _PURPOSE_PACKS[purpose][1]
