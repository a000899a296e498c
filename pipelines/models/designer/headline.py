"""Choosing the title among what the prompt says, and cutting one that is too long."""

import re
from dataclasses import dataclass

import budoux

from pipelines.brief import Purpose
from pipelines.models.designer.draft import Draft, Piece
from pipelines.models.designer.orders import POSTER
from pipelines.models.designer.purpose import TITLES
from pipelines.models.designer.source import Source, width
from pipelines.models.designer.weak import is_weak

LONGEST = 24.0
OCCASION = re.compile(
    r"(?:会|节|展|赛|营|课|周|季|日|夜|宴|礼|庆|促销|大促|开业|招聘|通知|公告|市集|集市|派对|论坛|马拉松"
    r"|讲座|沙龙|招募|跳蚤市场|舞台剧|话剧|大会|活动|行动|计划|之旅|上市|演出|巡演|比赛|骑行|徒步|秀|庙会|公开课|工作坊|嘉年华|试营业"
    r"|团购)$"
    r"|(?:night|sale|festival|party|fair|market|concert|show|workshop|class|course|opening|exhibition"
    r"|marathon|run|race|tournament|conference|summit|day|week|drive|fundraiser|brunch|meetup|hackathon"
    r"|talk|lecture|camp|gala|cup|tour|launch|notice|hour|club|screening|recital|retreat|challenge"
    r"|swap|supper|dinner|lunch|tasting|social|contest|quiz|raffle|auction|jam|jubilee|reunion|feast|celebration|walk|evening|afternoon|morning"
    r"|open house|bootcamp|anniversary|parade|picnic)s?$"
)
"""How the names of occasions end, in folded text."""
_CUT = re.compile(r"[，,。！!？?：:；;|｜\n]\s*|——|\s[-–—]\s")


@dataclass(frozen=True, slots=True)
class Title:
    """The title's words, and the piece they came from (None: from the table of purposes)."""

    text: str
    piece: Piece | None


def choose(draft: Draft, purpose: Purpose) -> Title:
    """The title: dictated, else what the poster is for, else dictated copy, the first line, the table, a fact."""
    pieces = draft.pieces
    heads = [piece for piece in pieces if piece.role == "head" and not is_weak(piece.text)]
    weak = [piece for piece in pieces if piece.role == "head" and is_weak(piece.text)]
    copies = [piece for piece in pieces if piece.role == "copy" and width(piece.text) <= LONGEST]
    given = next((piece for piece in pieces if piece.role == "title"), None)
    if given:
        return Title(given.text, given)
    if purpose == "hiring" and weak and not any(OCCASION.search(head.text.lower()) for head in heads):
        return Title(_from_table(draft.source, "hiring"), None)
    if heads and (heads[0].dictated or not copies or OCCASION.search(heads[0].text.lower())):
        return Title(heads[0].text, heads[0])
    first = next(iter([*copies, *heads]), None) or next(
        (piece for piece in pieces if piece.role == "line" and width(piece.text) <= LONGEST), None
    )
    if first:
        return Title(first.text, first)
    if pieces and all(piece.role == "fact" for piece in pieces):
        first = min(
            pieces, key=lambda piece: (piece.kind == "person", piece.kind not in ("discount", "price"), piece.start)
        )
        return Title(first.text, first)
    if purpose in ("hiring", "opening", "product", "festival") or (purpose != "other" and not weak):
        return Title(_from_table(draft.source, purpose), None)
    last = next(
        iter([*weak, *[p for p in pieces if p.role in ("label", "brand", "line", "body", "cta")], *pieces]), None
    )
    if last:
        return Title(last.text, last)
    ordered = POSTER.search(draft.source.masked)
    return Title(draft.source.raw[slice(*ordered.span())] if ordered else draft.source.raw.strip(), None)


def _from_table(source: Source, purpose: Purpose) -> str:
    return TITLES[purpose][source.language == "en"]


def cut(text: str) -> tuple[str, str]:
    """A title of at most about LONGEST characters, and the rest of the text (its subtitle)."""
    if width(text) <= LONGEST:
        return text, ""
    for match in _CUT.finditer(text):
        if 2 <= width(text[: match.start()]) <= LONGEST and text[match.end() :].strip():
            return text[: match.start()].strip(), text[match.end() :].strip()
    if width(text) <= 2 * LONGEST:
        return text, ""
    return _cut_anywhere(text)


def _cut_anywhere(text: str) -> tuple[str, str]:
    start = text[: int(3 * LONGEST)]
    words = re.findall(r"\S+\s*", start) if " " in start else _phrases(start)
    end = 0
    for word in words:
        if end and width(text[: end + len(word)]) > LONGEST:
            break
        end += len(word)
    if width(text[:end]) > LONGEST:
        end = next(size for size in range(1, len(text) + 1) if size == len(text) or width(text[: size + 1]) > LONGEST)
    return text[:end].strip(), text[end:].strip()


def _phrases(text: str) -> list[str]:
    return list(budoux.load_default_simplified_chinese_parser().parse(text))


_SMALL = {"a", "an", "the", "and", "or", "of", "in", "on", "at", "for", "to", "with", "by", "from", "vs", "nor", "but"}


def capitalised(text: str) -> str:
    """An English title with capitals; words that have one already keep theirs."""
    words = re.split(r"(\s+)", text)
    last = max((index for index, word in enumerate(words) if word.strip()), default=0)
    return "".join(
        word
        if not word.isascii() or word != word.lower() or (word in _SMALL and index not in (0, last))
        else _capital(word)
        for index, word in enumerate(words)
    )


def sentence(text: str) -> str:
    """The same text with its first letter a capital, where it is a plain lower-case word."""
    first = re.match(r"[a-z][a-z'-]*(?=\s|$|,)", text)
    return text[:1].upper() + text[1:] if first else text


def _capital(word: str) -> str:
    return (
        "".join(
            part if part in _SMALL else part[:1].upper() + part[1:] for part in re.split(r"((?<=\w)-(?=[a-z]))", word)
        )
        if "." not in word and "@" not in word and "/" not in word
        else word
    )
