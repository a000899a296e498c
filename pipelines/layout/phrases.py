"""Cutting Chinese and Latin text into the phrases that a line may end after (design book 4.1)."""

import re
from functools import lru_cache

import budoux

from pipelines.layout.type import has_cjk
from pipelines.topics import vocabulary

CONNECTIVES = set("与和及或在从向到为让把被给对以暨")
PARTICLES = set("的了吗呢吧啦啊呀地得着过")
CLOSERS = set("，。、：；！？）》”’】』」%‰℃°…·,.!?:;)]}~～—")
_OPENERS = set("（《“‘【『「([{¥￥$#@")
PUNCTUATION = set("，。、：；！？,.!?:;|/｜·—…")
_UNITS = (
    "年|月|日|号|点|时|分|秒|元|折|万|亿|千|百|个|份|期|届|季|天|小时|周(?![一二三四五六日末])|岁|楼|层|米|公里|名|位|人|场|次|款|件|家|强|倍"
    "|级|站|路"
)
# Compounds of posters that the phrase model cuts in two; the subjects of the vocabulary are kept whole as well.
_COMPOUNDS = (
    "读书会|音乐会|音乐节|分享会|发布会|运动会|演唱会|招聘会|博览会|交流会|展销会|品鉴会|说明会|见面会|研讨会|美食节|艺术节"
    "|春节|元宵节|清明节|端午节|七夕节|中秋节|重阳节|国庆节|劳动节|儿童节|母亲节|父亲节|教师节|圣诞节|情人节|妇女节|狂欢节"
    "|双十一|双十二|周年庆|家宴|云原生|新品|电影节|植树节|购物节|嘉年华|马拉松|训练营|夏令营|冬令营|体验课|公开课|摄影展|设计展|毕业展|书画展|工作坊|俱乐部|开放日|促销|特卖|招新"
)
_SUBJECTS = "|".join(
    sorted((word for topic in vocabulary().values() for word in topic.zh if len(word) >= 3), key=len, reverse=True)
)
_NUMBER = r"\d[\d.,:：/\-–~～%+]*"
_LUNAR = r"[正冬腊一二三四五六七八九十]{1,2}月(?:初|廿|[一二三]?十)?[一二三四五六七八九十]?[日号]?起?"
_PHONE = r"\+?\d{2,4}(?:[\s-]\d{3,4}){1,3}(?!\d)"
# What is never cut: numbers with units, ranges, "满300减50", "第三期", Latin words, short book titles, compounds.
_WHOLE = re.compile(
    rf"满\s?\d+元?[减送返]\s?\d+元?|第[一二三四五六七八九十百零\d]+[期届季回章讲课场站天周年弹]?"
    rf"|{_PHONE}|(?:周|星期|礼拜)[一二三四五六日天末]|{_LUNAR}|[¥￥$]?{_NUMBER}(?:(?:{_UNITS})+{_NUMBER})*(?:[A-Za-z]{{1,4}}|(?:\s?(?:{_UNITS}))+)?"
    rf"|[A-Za-z0-9À-ɏ][\w.@&'’+#/:À-ɏ-]*|《[^》]{{1,8}}》|{_COMPOUNDS}|{_SUBJECTS}",
    re.ASCII,
)


@lru_cache(maxsize=1)
def _parser() -> budoux.Parser:
    return budoux.load_default_simplified_chinese_parser()


@lru_cache(maxsize=2048)
def phrases(text: str) -> tuple[str, ...]:
    """The text cut at every place where a line may end; joined they are the text again."""
    if not has_cjk(text):
        return tuple(re.findall(r"\S+\s*|^\s+", text))
    pieces: list[str] = []
    at = 0
    for match in _WHOLE.finditer(text):
        pieces += _words(text[at : match.start()])
        pieces.append(match.group())
        at = match.end()
    pieces += _words(text[at:])
    return tuple(_merged(pieces))


def _words(text: str) -> list[str]:
    if not text:
        return []
    words: list[str] = []
    for part in re.findall(r"\s+|[^\s]+", text):
        words += [part] if part.isspace() else list(_parser().parse(part))
    return [word for word in words if word]


def _merged(pieces: list[str]) -> list[str]:
    merged = _attach_marks(pieces)
    changed = True
    while changed and len(merged) > 1:
        changed = False
        for index, piece in enumerate(merged):
            core = piece.strip()
            if _ends(merged[index - 1]) and index and _ends(piece):
                continue
            if len(core) != 1 or not has_cjk(core):
                continue
            before = index > 0 and not merged[index - 1][-1:].isspace() and not _ends(merged[index - 1])
            after = index + 1 < len(merged) and not piece[-1:].isspace()
            if not before and not after:
                continue
            # Not onto a word that is whole already: 母亲节 | 鲜花, never 母亲节鲜 | 花.
            whole = after and _WHOLE.fullmatch(merged[index - 1]) is not None
            backward = before and not whole and (not after or _leans_back(core, merged[index - 1], merged[index + 1]))
            low = index - 1 if backward else index
            merged[low : low + 2] = [merged[low] + merged[low + 1]]
            changed = True
            break
    return merged


def _leans_back(char: str, before: str, after: str) -> bool:
    """Whether a lone character belongs to the phrase before it: particles do; others join the shorter side."""
    if char in PARTICLES:
        return True
    if char in CONNECTIVES or before.strip()[-1:].isdigit():
        return False
    return len(before.strip()) <= max(len(after.strip()), 3)


def _attach_marks(pieces: list[str]) -> list[str]:
    joined: list[str] = []
    for piece in pieces:
        opener = bool(joined) and joined[-1].strip()[-1:] in _OPENERS and not joined[-1][-1:].isspace()
        if joined and (piece.isspace() or piece[:1] in CLOSERS or opener):
            joined[-1] += piece
        else:
            joined.append(piece)
    # A mark that a word carried at its front belongs to the word before.
    return [piece for piece in joined if piece]


def _ends(piece: str) -> bool:
    return piece.strip()[-1:] in PUNCTUATION if piece.strip() else False


def units(text: str) -> tuple[str, ...]:
    """Phrases, or pairs of characters where the text is one Chinese phrase of four or more."""
    parts = phrases(text)
    if len(parts) == 1 and len(text) >= 4 and has_cjk(text) and not re.search(r"[A-Za-z0-9《]", text):
        middle = len(text) // 2 - (len(text) // 2) % 2
        return (text[:middle], text[middle:])
    return parts


def characters(text: str) -> list[str]:
    """Single characters, except what must stay whole on a line."""
    pieces: list[str] = []
    for phrase in phrases(text):
        if _WHOLE.fullmatch(phrase.strip()) or not has_cjk(phrase):
            pieces.append(phrase)
            continue
        at = 0
        for match in _WHOLE.finditer(phrase):
            pieces += list(phrase[at : match.start()])
            pieces.append(match.group())
            at = match.end()
        pieces += list(phrase[at:])
    return _attach_marks(pieces)
