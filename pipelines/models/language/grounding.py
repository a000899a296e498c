"""What a model read in a prompt, held against the prompt itself.

A model's answer becomes a draft, as the rules' own reading is one: its texts are ranges of the prompt, so that nothing
can be printed that the user did not write. What both the answer and its reasons for leaving out pass over is put back.
"""

import re

from pipelines.brief import FactKind
from pipelines.models.designer.content import kind_of
from pipelines.models.designer.draft import Draft, Piece, PieceRole
from pipelines.models.designer.orders import is_order
from pipelines.models.designer.rescue import says_more
from pipelines.models.designer.roles import key_of
from pipelines.models.designer.source import Range, Source, fold, overlap
from pipelines.models.language.answer import Answer, WrittenText
from pipelines.models.language.locating import Locator
from pipelines.models.language.requests_in_texts import BY_FORM, own_words

_SURE_ROLES: tuple[PieceRole, ...] = ("title", "brand", "name", "legal", "fact")
_LABEL_GAP = re.compile(r"\s*(?::|：|是|为|在|\s|is|-)?\s*")
_ENOUGH = 0.4
"""Share of a line of prose that makes the model's reading of it stand, without the words it passed over."""


def ground(answer: Answer, read: Draft) -> Draft:
    """A draft of what the answer says, completed from what the rules have ``read``."""
    draft = Draft(read.source, orders=list(read.orders), missing=list(read.missing))
    locator, taken = Locator(read.source), bytearray(len(read.source.raw))
    titled = False
    for written in answer.texts:
        titled = _say(draft, read, locator.find(written.text, taken), taken, written, titled=titled) or titled
    _keep_titles(draft, read)
    said = list(draft.pieces)
    left = _left_out(answer, locator, draft)
    for piece in read.pieces:
        _put_back(draft, piece, said, left)
    _lack(answer, locator, draft)
    draft.pieces.sort(key=lambda piece: (piece.start, piece.end))
    return draft


def _say(
    draft: Draft, read: Draft, place: Range | None, taken: bytearray, written: WrittenText, *, titled: bool
) -> bool:
    """Print a text that the prompt has at ``place``; whether it is the title."""
    place = place and own_words(read, *place, "title" if written.role == "title" else "body")
    if place is None:
        return False
    source, (start, end) = draft.source, place
    if not _counts(source, start, end) or is_order(source.masked[start:end], source.raw[start:end]):
        return False
    kind = _kind(source, start, end, written.kind)
    role = _role(written, kind, titled=titled)
    label = _label(source, start, written.label)
    whole = next((fact for fact in source.facts if (fact.start, fact.end) == place), None)
    if whole:
        draft.pieces.append(Piece(start, end, source.fact_text(whole), role, kind, label))
    else:
        draft.say(start, end, role, kind=kind, label=label)
    taken[start:end] = b"\1" * (end - start)
    return role == "title"


def _kind(source: Source, start: int, end: int, claimed: FactKind) -> FactKind | None:
    """Facts that have a form are known by it; for the others the model's word stands."""
    known = kind_of(source, start, end)
    return known or (None if claimed in BY_FORM or claimed == "other" else claimed)


def _role(written: WrittenText, kind: FactKind | None, *, titled: bool) -> PieceRole:
    role: PieceRole = "fact" if written.role == "key_fact" else written.role
    if role == "title" and (titled or kind in BY_FORM):
        role = "head" if kind is None else "fact"
    return role


def _label(source: Source, start: int, claimed: str) -> str | None:
    """The label, if the prompt has it right before the text."""
    name = fold(claimed).strip(" :")
    before = source.shadow[:start]
    at = before.rfind(name) if name else -1
    if at < 0 or _LABEL_GAP.fullmatch(before, at + len(name)) is None:
        return None
    return source.raw[at : at + len(name)]


def _keep_titles(draft: Draft, read: Draft) -> None:
    """A title that the prompt dictates is the title, whatever the model chose."""
    dictated = [piece for piece in read.pieces if piece.role == "title"]
    if not dictated:
        return
    draft.pieces = [piece for piece in draft.pieces if not any(overlap(piece.range, title.range) for title in dictated)]
    for piece in draft.pieces:
        if piece.role == "title":
            piece.role = "head"
    draft.pieces += dictated


def _left_out(answer: Answer, locator: Locator, draft: Draft) -> bytearray:
    """Where the model says that the prompt is not to be printed; these places are orders."""
    source = draft.source
    left, printed = bytearray(len(source.raw)), _covered(source, draft.pieces)
    for words in (*answer.leave_out, *answer.missing):
        if place := locator.find(words, printed):
            left[slice(*place)] = b"\1" * (place[1] - place[0])
            draft.order(*place)
    return left


def _put_back(draft: Draft, piece: Piece, said: list[Piece], left: bytearray) -> None:
    """Print what the rules read, unless the model printed it, or gave a reason why an unimportant text is left out."""
    source, inside = draft.source, [other for other in said if overlap(other.range, piece.range)]
    scattered = key_of(piece.text) not in key_of(source.raw[piece.start : piece.end])
    if (scattered or not inside) and not any(left[piece.start : piece.end]):
        draft.pieces.append(piece)
        return
    if any(other is piece for other in inside):
        return
    untitled = piece.role in ("head", "copy") and not draft.titled()
    sure = untitled or piece.dictated or piece.label is not None or piece.role in _SURE_ROLES or piece.kind is not None
    covered = _covered(source, inside)
    if not sure:
        covered = _either(covered, left)
    passed_over = [place for place in _gaps(covered, piece) if _counts(source, *place)]
    if not sure and (not passed_over or _share(source, covered, piece) >= _ENOUGH):
        for span in source.facts_in(piece.start, piece.end):
            if not any(other.start <= span.start and span.end <= other.end for other in inside):
                draft.say_facts(span.start, span.end)
        return
    if not passed_over:
        return
    fragments = [other for other in draft.pieces if _within(other, piece) and key_of(other.text) in key_of(piece.text)]
    if piece.dictated and any(other.role == "title" for other in fragments):
        piece.role = "title"
    draft.pieces = [
        other for other in draft.pieces if other not in fragments or (other.role == "title" and not piece.dictated)
    ]
    draft.pieces.append(piece)


def _counts(source: Source, start: int, end: int) -> bool:
    return bool(source.facts_in(start, end)) or says_more(source.shadow[start:end])


def _lack(answer: Answer, locator: Locator, draft: Draft) -> None:
    """What the model misses, by the prompt's name for it, unless that is printed."""
    for name in answer.missing:
        place = locator.find(name, _covered(draft.source, draft.pieces))
        if place and not any(_alike(name, known) for known, _ in draft.missing):
            draft.lack(*place)


def _share(source: Source, covered: bytearray, piece: Piece) -> float:
    letters = [at for at in range(piece.start, piece.end) if source.raw[at].isalnum()]
    return sum(covered[at] for at in letters) / max(len(letters), 1)


def _either(one: bytearray, other: bytearray) -> bytearray:
    return bytearray(a | b for a, b in zip(one, other, strict=True))


def _covered(source: Source, pieces: list[Piece]) -> bytearray:
    covered = bytearray(len(source.raw))
    for piece in pieces:
        covered[piece.start : piece.end] = b"\1" * (piece.end - piece.start)
    return covered


def _gaps(covered: bytearray, piece: Piece) -> list[Range]:
    own = bytes(covered[piece.start : piece.end])
    return [(piece.start + gap.start(), piece.start + gap.end()) for gap in re.finditer(rb"\x00+", own)]


def _alike(one: str, other: str) -> bool:
    first, second = fold(one), fold(other)
    return first in second or second in first


def _within(one: Piece, other: Piece) -> bool:
    return other.start <= one.start and one.end <= other.end
