"""Reading a prompt clause by clause: every word becomes text to print, an order, or something missing."""

import re

from pipelines.models.designer import chinese, clauses, english, phrase
from pipelines.models.designer.clauses import Clause
from pipelines.models.designer.content import is_call, is_offer, kind_of, only_facts, read_content
from pipelines.models.designer.dictation import has_cue, read_cued, read_labelled
from pipelines.models.designer.draft import Draft
from pipelines.models.designer.headline import OCCASION
from pipelines.models.designer.labels import label_of
from pipelines.models.designer.orders import POSTER, is_order, without_courtesy
from pipelines.models.designer.purpose import purpose_of
from pipelines.models.designer.requests import read_request
from pipelines.models.designer.source import FACT, Source
from pipelines.models.designer.weak import is_weak

_BESIDE = re.compile(r"(?:by|with|feat\.?|ft\.?|featuring|hosted|presented|at)\s|[在由请]|\d+[\s\u4e00-\u9fff]")
_VENUE = re.compile(r"The(?: [A-Z][\w'’-]*){1,3}")
_FARE = re.compile(r"(?:\w* ?票|成人|儿童|学生|(?:adults?|kids|children|students?|(?:\w+ )?tickets?) )\x00+")
_WHO = re.compile(r"(?:by|with|feat\.?|ft\.?|featuring|(?:hosted|presented|organi[sz]ed) by) (?=[A-Z])")
_DEEPEST = 20  # orders nested in what follows an order


def read(source: Source) -> Draft:
    """Read the whole prompt."""
    reader = _Reader(Draft(source))
    reader.read_all()
    reader.draft.pieces.sort(key=lambda piece: (piece.start, piece.end))
    return reader.draft


class _Reader:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.source = draft.source
        self.depth = 0

    def read_all(self) -> None:
        todo = self._without_paragraphs(clauses.split(self.source))
        heads = [clause for clause in todo if POSTER.search(self.source.masked, clause.start, clause.end)]
        for clause in heads:
            self.read(clause.start, clause.end)
        rest = [clause for clause in todo if clause not in heads and not self._say_lineup(clause)]
        wanted = not self.draft.has_head()
        line = next((piece for piece in self.draft.pieces if piece.role == "line"), None)
        if wanted and line is not None:
            line.role, wanted = "head", False
        named = any(self._is_occasion(clause) for clause in rest)
        for clause in rest:
            wanted = wanted and not self.draft.has_head()
            aside = named and self._is_aside(clause)
            if wanted and not aside and self._opens(clause.start, clause.end):
                wanted = False
            else:
                self.read(clause.start, clause.end)

    def _is_occasion(self, clause: Clause) -> bool:
        """Whether the clause names an occasion and nothing else: the likeliest title."""
        masked = self.source.masked[clause.start : clause.end]
        return (
            FACT not in masked
            and OCCASION.search(masked) is not None
            and not is_order(masked, self.source.raw[clause.start : clause.end])
            and label_of(self.source.masked, clause.start, clause.end) is None
            and kind_of(self.source, clause.start, clause.end) is None
        )

    def _is_aside(self, clause: Clause) -> bool:
        """Whether the clause says where, who, how much or when, which is no title while an occasion is named."""
        masked = self.source.masked[clause.start : clause.end]
        if self._is_occasion(clause) or POSTER.search(masked):
            return False
        label = label_of(self.source.masked, clause.start, clause.end)
        words = masked.replace(FACT, "").split()
        return (
            (
                label is not None
                and label.role == "other"
                and purpose_of([masked[: label.start - clause.start]], "") == "other"
            )
            or kind_of(self.source, clause.start, clause.end) == "place"
            or (FACT in masked and len("".join(words)) <= (4 if self.source.language == "zh" else 16))
            or _BESIDE.match(masked) is not None
            or _VENUE.fullmatch(self.source.raw_masked, clause.start, clause.end) is not None
        )

    def _say_lineup(self, clause: Clause) -> bool:
        """Print each act by itself, if the clause is a list of them."""
        for lineup in self.source.lineups:
            if lineup.start <= clause.start and clause.end <= lineup.end:
                at, before = lineup.start, len(self.draft.pieces)
                for start, end in lineup.names:
                    self.draft.order(at, start)
                    self.draft.say(start, end, "name", kind="person")
                    at = end
                if lineup.label:
                    self.draft.pieces[before].label = self.source.raw[slice(*lineup.label)]
                return True
        return False

    def _without_paragraphs(self, found: list[Clause]) -> list[Clause]:
        """Say running text whole, as body; the clauses of all other sentences."""
        sentences: dict[int, list[Clause]] = {}
        for clause in found:
            sentences.setdefault(clause.sentence, []).append(clause)
        rest: list[Clause] = []
        for number, group in sentences.items():
            if not clauses.is_prose(self.source, group):
                rest += group
                continue
            last = self.draft.pieces[-1] if self.draft.pieces else None
            end = group[-1].end
            end += end < len(self.source.raw) and self.source.raw[end] in "。."
            if last and last.role == "body" and sentences.get(number - 1, group)[-1].end <= last.end + 1:
                last.end, last.text = end, self.source.raw[last.start : end]
            else:
                self.draft.say(group[0].start, end, "body")
                piece = self.draft.pieces[-1]
                piece.end, piece.text = end, self.source.raw[piece.start : end]
        return rest

    def _opens(self, begin: int, stop: int) -> bool:
        """Read the clause as what the poster is for, if it can be that."""
        start, end = without_courtesy(self.source.masked, begin, stop)
        if _FARE.fullmatch(self.source.masked, start, end):
            return False
        if phrase.CONTEXT.fullmatch(self.source.masked, start, end) or _WHO.match(self.source.raw_masked, start, end):
            return False
        masked = self.source.masked[start:end]
        if (chinese if self.source.language == "zh" else english).read_named(self.draft, start, end):
            return True
        label = label_of(self.source.masked, start, end)
        if label is not None and label.role == "other":
            self._phrase(*label.text)
            if is_weak(self.source.raw[slice(*label.text)]):
                self._phrase(label.start, end)
            else:
                self.read(label.start, end)
            return True
        if (
            label is not None
            or is_order(masked, self.source.raw[start:end])
            or (is_call(masked) and not (begin == 0 and is_offer(masked)))
            or has_cue(self.draft, start, end)
        ):
            return False
        if only_facts(self.source, start, end) or (begin > 0 and kind_of(self.source, start, end) == "place"):
            return False
        if read_request(self.draft, start, end):
            return False
        before = len(self.draft.pieces)
        self.draft.order(begin, start)
        self.draft.order(end, stop)
        strip_ask = phrase.strip_ask if self.source.language == "zh" else english.strip_ask
        self._phrase(*strip_ask(self.draft, start, end))
        if any(piece.role in ("head", "title") for piece in self.draft.pieces[before:]):
            return True
        del self.draft.pieces[before:]  # it will be read again, as content
        return False

    def _phrase(self, start: int, end: int) -> None:
        if self.source.language == "zh":
            chinese.read_phrase(self.draft, start, end)
        else:
            english.read_phrase(self.draft, start, end, self.read)

    def read(self, start: int, end: int) -> None:
        """Read one clause, or what is left of one."""
        if self.depth >= _DEEPEST:
            self.draft.say(start, end, "line")
            return
        self.depth += 1
        try:
            self._read(start, end)
        finally:
            self.depth -= 1

    def _read(self, start: int, end: int) -> None:
        draft, masked = self.draft, self.source.masked
        start, end = self.source.trim(start, end)
        asked = without_courtesy(masked, start, end)
        draft.order(start, asked[0])
        draft.order(asked[1], end)
        start, end = self.source.trim(*asked)
        if start >= end or phrase.CONTEXT.fullmatch(masked, start, end):
            draft.order(start, end)
            return
        if self.source.language == "zh" and POSTER.search(masked, start, end) and chinese.read_named(draft, start, end):
            return
        label = label_of(masked, start, end)
        if label is not None:
            read_labelled(draft, label, end, self.read)
        elif read_cued(draft, start, end, self.read) or read_request(draft, start, end):
            return
        elif POSTER.search(masked, start, end):
            reader = chinese if self.source.language == "zh" else english
            reader.read_order(draft, start, end, self.read, self._opens)
        elif is_order(masked[start:end], self.source.raw[start:end]):
            draft.order(start, end)
            draft.say_facts(start, end)
        else:
            read_content(draft, start, end, self.read)
