"""Where a Chinese or Latin text may break, and which break makes the best title (design book 4.1)."""

import itertools
import re
from functools import lru_cache
from typing import NamedTuple

import budoux

from pipelines.layout.type import has_cjk, line_ink, stack_pitch
from pipelines.styles.packs import Voice
from pipelines.topics import vocabulary

_CONNECTIVES = set("与和及或在从向到为让把被给对以暨")
_PARTICLES = set("的了吗呢吧啦啊呀地得着过")
_CLOSERS = set("，。、：；！？）》”’】』」%‰℃°…·,.!?:;)]}~～—")
_OPENERS = set("（《“‘【『「([{¥￥$#@")
_PUNCTUATION = set("，。、：；！？,.!?:;|/｜·—…")
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


class Broken(NamedTuple):
    """A title cut into lines, with the size that fills its measure (pixels) and its line pitch (em)."""

    lines: tuple[str, ...]
    size: float
    pitch: float
    score: float


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
    if char in _PARTICLES:
        return True
    if char in _CONNECTIVES or before.strip()[-1:].isdigit():
        return False
    return len(before.strip()) <= max(len(after.strip()), 3)


def _attach_marks(pieces: list[str]) -> list[str]:
    joined: list[str] = []
    for piece in pieces:
        opener = bool(joined) and joined[-1].strip()[-1:] in _OPENERS and not joined[-1][-1:].isspace()
        if joined and (piece.isspace() or piece[:1] in _CLOSERS or opener):
            joined[-1] += piece
        else:
            joined.append(piece)
    # A mark that a word carried at its front belongs to the word before.
    return [piece for piece in joined if piece]


def _ends(piece: str) -> bool:
    return piece.strip()[-1:] in _PUNCTUATION if piece.strip() else False


def units(text: str) -> tuple[str, ...]:
    """Phrases, or pairs of characters where the text is one Chinese phrase of four or more."""
    parts = phrases(text)
    if len(parts) == 1 and len(text) >= 4 and has_cjk(text) and not re.search(r"[A-Za-z0-9《]", text):
        middle = len(text) // 2 - (len(text) // 2) % 2
        return (text[:middle], text[middle:])
    return parts


def splits(text: str, count: int) -> list[tuple[str, ...]]:
    """All ways to set the text in ``count`` lines; no line of a lone Chinese character."""
    parts = units(text)
    if count == 1:
        return [(text.strip(),)]
    if count > len(parts) or len(parts) > 26:
        return []
    found = []
    for cuts in itertools.combinations(range(1, len(parts)), count - 1):
        edges = (0, *cuts, len(parts))
        lines = tuple("".join(parts[low:high]).strip() for low, high in itertools.pairwise(edges))
        if all(lines) and not any(len(line) == 1 and has_cjk(line) for line in lines):
            found.append(lines)
    return found


def break_title(
    text: str, voice: Voice, width: float, height: float, *, most: int = 3, least: int = 1, fewest_size: float = 0.0
) -> Broken | None:
    """The best-scoring break of a title into ``least``-``most`` lines within ``width`` x ``height`` pixels.

    Explicit line breaks in the text are kept. None when nothing reaches ``fewest_size`` pixels.
    """
    if "\n" in text:
        kept = _sized(tuple(line.strip() for line in text.splitlines() if line.strip()), voice, width, height)
        return kept if kept.size >= fewest_size else None
    best: Broken | None = None
    for count in range(least, most + 1):
        for lines in _promising(splits(text, count), voice):
            broken = _sized(lines, voice, width, height)
            score = broken.size * _quality(lines, voice)
            if broken.size >= fewest_size and (best is None or score > best.score):
                best = broken._replace(score=score)
    return best


def _promising(candidates: list[tuple[str, ...]], voice: Voice) -> list[tuple[str, ...]]:
    if len(candidates) <= 12:
        return candidates
    return sorted(candidates, key=lambda lines: max(line_ink(line, voice).advance for line in lines))[:12]


def _sized(lines: tuple[str, ...], voice: Voice, width: float, height: float) -> Broken:
    inks = [line_ink(line, voice) for line in lines]
    pitch = stack_pitch(lines, voice)
    # One left edge for all lines: the ink may stick out by the difference of the bearings.
    widest = max(ink.right for ink in inks) - min(ink.left for ink in inks)
    tall = inks[0].top + (len(lines) - 1) * pitch + inks[-1].bottom
    return Broken(lines, min(width / widest, height / max(tall, 0.1)), pitch, 0.0)


def _quality(lines: tuple[str, ...], voice: Voice) -> float:
    widths = [line_ink(line, voice).advance for line in lines]
    even = 0.72 + 0.28 * min(widths) / max(widths)
    if min(widths) < 0.3 * max(widths):
        even *= 0.8
    cuts = lines[:-1]
    marks = sum(line[-1] in _PUNCTUATION for line in cuts) / len(cuts) if cuts else 0.0
    count = {1: 1.0, 2: 0.97, 3: 0.84}.get(len(lines), 0.78)
    dip = any(b < a and b < c for a, b, c in zip(widths, widths[1:], widths[2:], strict=False))
    bad = any(line[-1] in _CONNECTIVES for line in cuts) or any(line[0] in _PARTICLES for line in lines[1:])
    joints = sum(line[0] in _CONNECTIVES for line in lines[1:]) / len(cuts) if cuts else 0.0
    return even * (1 + 0.25 * marks + 0.16 * joints) * count * (0.85 if dip else 1.0) * (0.8 if bad else 1.0)


def wrap(text: str, voice: Voice, size: float, width: float) -> tuple[str, ...]:
    """Lines of running text within ``width`` pixels at this size: by words or phrases, kinsoku kept, no lone last
    character. A word wider than the measure is cut between characters."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        lines += _wrap_paragraph(paragraph.strip(), voice, size, width) if paragraph.strip() else []
    return tuple(lines) or (text.strip() or text,)


def _wrap_paragraph(text: str, voice: Voice, size: float, width: float) -> list[str]:
    limit = width / size

    def fits(line: str) -> bool:
        return line_ink(line.strip(), voice).advance <= limit

    if fits(text):
        return [text]
    # Chinese runs on to the edge of its measure; only what must stay whole does.
    pieces = _characters(text) if has_cjk(text) and len(text) > 16 else list(phrases(text))
    lines, line = [], ""
    for piece in pieces:
        if line and not fits(line + piece):
            lines.append(line.strip())
            line = ""
        line += piece
        while not fits(line) and len(line.strip()) > 1:
            cut = next(end for end in range(len(line) - 1, 0, -1) if end == 1 or fits(line[:end]))
            lines.append(line[:cut].strip())
            line = line[cut:]
    if line.strip():
        lines.append(line.strip())
    last = lines[-1].rstrip("".join(_CLOSERS)) if lines else ""
    if len(lines) > 1 and len(last) == 1 and has_cjk(last) and len(lines[-2]) > 2 and has_cjk(lines[-2][-1]):
        lines[-2:] = [lines[-2][:-1], lines[-2][-1] + lines[-1]]
    return [line for line in lines if line]


def _characters(text: str) -> list[str]:
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


def balanced(text: str, voice: Voice, size: float, width: float) -> tuple[str, ...]:
    """Few words on as few lines as the width allows, lines of even length; long text is wrapped."""
    for count in (1, 2, 3):
        fitting = [
            lines
            for lines in splits(text, count)
            if max(line_ink(line, voice).advance for line in lines) * size <= width
        ]
        if fitting and "\n" not in text:
            return max(fitting, key=lambda lines: _quality(lines, voice))
    return wrap(text, voice, size, width)
