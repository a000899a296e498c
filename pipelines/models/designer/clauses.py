"""Cutting a prompt into clauses, without cutting facts, quotes or brackets."""

import re
from dataclasses import dataclass

from pipelines.models.designer.headline import OCCASION
from pipelines.models.designer.labels import is_label_word, is_place, label_of
from pipelines.models.designer.orders import POSTER, is_order
from pipelines.models.designer.source import FACT, QUOTE, Source, is_cjk

_STOPS = re.compile(
    r"\n+|[。！？；][。！？!?；;]*|[!?;]+(?=\s|$|[^\x00-\x7f])|[!?]+(?=\s|$)|[，、]?(?<=[\x00\x01，])，|，|(?<![0-9]),|,(?![0-9])"
    r"|(?<![.\s][a-z])(?<!\bst)(?<!\bdr)(?<!\bmr)(?<!\bmrs)(?<!\bms)(?<!\bno)(?<!\bft)(?<!\bincl)(?<!\bfeat)(?<!\bprof)(?<!\bave)(?<!\bvs)\.(?=\s|$)"
    r"|[\t|｜•●■◆▪★【】]+| {2,}|\s[-–—·/]\s(?=\S)|——|;"
)
_STREET = re.compile(r"\b\d{1,5} (?:[A-Z][a-z]+ ){1,3}(?:St|Ave|Rd|Dr|Blvd)\.(?=\s+[A-Z])")
_LISTED = re.compile(rf"(?<={FACT})、(?=[\u4e00-\u9fff])")  # 红烧肉 48元、清蒸鲈鱼 68元
_AFTER_NOON = re.compile(r"(?<=\b[ap]\.m\.)\s+(?=[A-Z])")
_BEGINS = re.compile(r"(?:起跑|出发|开始|开演|开场|集合|入场|开幕|截止|开抢|开售|开课|开唱|开赛|签到|准时|前|后|起)")
_LABELLED = re.compile(r"[\u4e00-\u9fff]{2,5}:\S")
_BRACKETS = re.compile(r"[（(][^（()）\n]{1,60}[)）]")
_SALUTATION = re.compile(r"(?:各|尊敬|亲爱|广大|全体|大家|同学|业主|家长|dear )[^:]{0,12}:")
_PROSE_ZH = re.compile(r"[的了将请并且与对在为已及我们大家您]")
_PROSE_EN = re.compile(
    r"\b(?:we|you|your|our|will|is|are|was|were|has|have|that|which|who|when|they|it|this|these|there"
    r"|please|must|should)\b"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A range of the prompt; ``sentence`` and ``line`` number those it stands in; ``opens_line``: first of its line."""

    start: int
    end: int
    sentence: int
    line: int
    opens_line: bool = False


def split(source: Source) -> list[Clause]:
    """All clauses in order, trimmed, none empty."""
    closed = bytearray(len(source.raw))
    for start, end in [
        *((span.start, span.end) for span in source.facts),
        *((quote.start, quote.end) for quote in source.quotes),
        *(match.span() for match in _BRACKETS.finditer(source.raw)),
        *((lineup.start, lineup.end) for lineup in source.lineups),
    ]:
        closed[start:end] = b"\1" * (end - start)
    clauses: list[Clause] = []
    begin = sentence = line = 0
    for start, end in [*_cuts(source, closed), (len(source.raw), len(source.raw))]:
        stop = source.raw[start:end]
        keep = start + len(stop) - len(stop.lstrip("!?！？"))  # an exclamation belongs to what it ends
        a, b = source.trim(begin, keep)
        if a < b:
            clauses.append(Clause(a, b, sentence, line, not clauses or clauses[-1].line != line))
        sentence += any(char in "。！？!?\n." for char in stop)
        line += "\n" in stop
        begin = end
    return _with_dictation(source, clauses)


def _cuts(source: Source, closed: bytearray) -> list[tuple[int, int]]:
    cuts = [match.span() for match in _STOPS.finditer(source.shadow) if not any(closed[slice(*match.span())])]
    cuts += [(match.end() - 1, match.end()) for match in _STREET.finditer(source.raw)]
    cuts += [match.span() for match in _LISTED.finditer(source.masked)]
    cuts += [(at, at) for lineup in source.lineups for at in (lineup.start, lineup.end)]
    cuts += [match.span() for match in _AFTER_NOON.finditer(source.raw)]
    if source.language == "zh":
        cuts += [(at, at + 1) for at in _parting_spaces(source, closed)]
    return sorted(cuts)


def _parting_spaces(source: Source, closed: bytearray) -> list[int]:
    """Spaces between Chinese words or facts, which part them as commas do."""
    found = []
    for match in re.finditer(r"([^\s，,。；;：:、！!|]+) (?=(\S+))", source.masked):
        at = match.end(1)
        sides = (match.group(1), match.group(2))
        parted = _LABELLED.match(sides[1]) is not None or all(
            any(is_cjk(char) or char in (FACT, QUOTE) for char in side) for side in sides
        )
        joined = (
            is_label_word(sides[0])
            or (_belongs_before(source, match.end(1) + 1) and not is_order(sides[0]))
            or (sides[0][-1] == FACT and _BEGINS.match(sides[1]))
        )
        if not closed[at] and parted and not joined:
            found.append(at)
    return found


def _belongs_before(source: Source, at: int) -> bool:
    """Whether a phone number, address of the net or price starts here; it belongs to the words before it."""
    return any(span.start == at and span.kind in ("phone", "email", "url", "price") for span in source.facts)


def _with_dictation(source: Source, clauses: list[Clause]) -> list[Clause]:
    """Join to a label the clauses that its value runs over: a dictated text, a list of names, a labelled line."""
    lines = len({clause.line for clause in clauses}) > 1
    joined: list[Clause] = []
    held: Clause | None = None  # the clause that swallows what follows
    reach = ""
    for clause in clauses:
        label = label_of(source.masked, clause.start, clause.end)
        if held is not None and label is None and _continues(source, held, clause, reach):
            held = Clause(held.start, clause.end, held.sentence, held.line, held.opens_line)
            joined[-1] = held
            continue
        joined.append(clause)
        held = None
        if label is not None and label.start < clause.end and QUOTE not in source.masked[label.start : clause.end]:
            reach = "line" if lines and clause.opens_line else label.role
            held = clause if reach in ("line", "copy", "names") else None
    return joined


def _continues(source: Source, held: Clause, clause: Clause, reach: str) -> bool:
    masked = source.masked[clause.start : clause.end]
    if clause.line != held.line or POSTER.search(masked) or is_order(masked, source.raw[clause.start : clause.end]):
        return False
    if reach == "line":
        return True
    if clause.sentence != held.sentence:
        return False
    if reach == "names":
        return (
            FACT not in masked
            and not OCCASION.search(masked)
            and not is_place(masked)
            and len(masked) <= (10 if source.language == "zh" else 30)
        )
    return True


def is_prose(source: Source, clauses: list[Clause]) -> bool:
    """Whether a sentence is running text, to be printed whole as a paragraph rather than as separate facts."""
    start, end = clauses[0].start, clauses[-1].end
    masked = source.masked[start:end]
    labels = [label_of(source.masked, clause.start, clause.end) for clause in clauses]
    salutation = _SALUTATION.match(masked) is not None
    if POSTER.search(masked) or any(labels[salutation:]) or any(
        is_order(source.masked[clause.start : clause.end], source.raw[clause.start : clause.end]) for clause in clauses
    ):  # fmt: skip
        return False
    if source.language == "zh":
        return end - start >= 44 and (end - start) / len(clauses) >= 9 and len(_PROSE_ZH.findall(masked)) >= 3
    words = masked.split()
    if FACT in masked and len(clauses) <= 3:
        return False
    return len(words) >= 14 and len(words) / len(clauses) >= 5 and len(_PROSE_EN.findall(masked)) >= 2
