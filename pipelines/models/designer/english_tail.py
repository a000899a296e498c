"""Reading what follows an English noun phrase: place, date, names, with what, by whom."""

import re
from collections.abc import Callable

from pipelines.models.designer.draft import Draft
from pipelines.models.designer.english_look import LOOK
from pipelines.models.designer.orders import is_name
from pipelines.models.designer.requests import read_request
from pipelines.models.designer.source import FACT, QUOTE

Read = Callable[[int, int], None]
CUTS = re.compile(
    rf"(?P<fact>(?:(?:,\s*|\s+|(?<!\w))(?:on|from|at|for|starting|starts|until|by|through|this|of|is|are|only|just"
    rf"|costs?)\s+)?{FACT}+)"
    r"|\s+(?P<at>at|@)\s+(?!lunch|dinner|noon|dawn|dusk|sunset|night|once|all\b|least|home|work|your"
    r"|any)(?=[A-Za-z0-9\"'])"
    r"|\s+(?P<in>in|on|near|inside|outside)\s+(?=the\s|an?\s|[A-Z])"
    r"|\s+(?P<with>with|featuring|feat\.|ft\.?|including|that has|that includes|containing|showing)\s+"
    r"|\s+(?P<by>hosted by|presented by|organi[sz]ed by|by|from)\s+(?=[A-Z\"'])"
    rf"|\s+(?P<called>called|named|titled|entitled)\s+(?=[A-Z{QUOTE}])"
    r"|\s+(?P<that>that says|saying|that reads|reading(?=\s+[A-Z\x01])|using|which|that is|that's|happening"
    r"|taking place|being held|to be held|held|is on|is at|will be|takes place)\s+"
)
_LOOK_TAIL = re.compile(
    rf"(?:an?|the)?\s*(?:{LOOK.pattern})?\s*(?:style|styles|theme|tones?|colou?rs?|look|mood|vibe|format"
    rf"|palette|background)?\s*"
)
_PICTURE = re.compile(r"(?:(?:an?|the|some|lots of|many) )?[a-z][a-z -]{2,40}")
_NAMES = re.compile(r"\s*(?:,\s*(?:and\s)?|/|&|(?<![a-z])(?:and|plus|with)(?![a-z]))\s*")

WITH_PERSON = re.compile(
    r"with (?P<who>(?:(?:Dr|Prof|Mr|Mrs|Ms|Sir|Chef|DJ)\.? )?[A-Z][\w'’-]+(?: [A-Z][\w'’.-]*){1,2})"
)
"""One person in capitals: "with Dana Cole"."""


def read_tail(draft: Draft, start: int, end: int, read: Read, *, of_poster: bool = False) -> None:
    """What follows a noun phrase, cut at the words that open a place, a date, names ..."""
    source = draft.source
    cuts = list(CUTS.finditer(source.raw_masked, start, end))
    if not cuts or cuts[0].start() > start:
        head_end = cuts[0].start() if cuts else end
        if source.raw[start:head_end].strip():
            read(start, head_end)
    for index, cut in enumerate(cuts):
        stop = cuts[index + 1].start() if index + 1 < len(cuts) else end
        kind = cut.lastgroup or "that"
        begin = cut.end()
        if kind == "fact":
            draft.say_facts(cut.start(), cut.end())
            if source.trim(begin, stop)[0] < stop:
                read(begin, stop)
        elif kind in ("at", "in"):
            _read_place(draft, cut, begin, stop, read)
        elif kind == "with" and of_poster and _PICTURE.fullmatch(source.raw_masked, begin, stop):
            if not read_request(draft, begin, stop, pictures=True):
                draft.order(cut.start(), stop)
        elif kind == "with":
            _read_with(draft, cut, begin, stop, read)
        elif kind == "by":
            draft.say(cut.start(), stop, "label")
        elif kind == "called":
            draft.say(begin, stop, "title", dictated=True)
        elif source.raw[begin:stop].strip():
            read(begin, stop)


def _read_place(draft: Draft, cut: re.Match[str], start: int, end: int, read: Read) -> None:
    source = draft.source
    if not source.raw[start:end].strip():
        return
    if _LOOK_TAIL.fullmatch(source.masked, start, end) and not is_name(source.raw[start:end]):
        draft.order(cut.start(), end)
    elif re.fullmatch(r"(?:a|an) .*", source.masked[start:end]) and cut.lastgroup == "in":
        read(cut.start(), end)
    else:
        draft.say(start, end, "fact", kind="place")


def _read_with(draft: Draft, cut: re.Match[str], start: int, end: int, read: Read) -> None:
    before = len(draft.missing), len(draft.orders)
    word = cut["with"]
    at = draft.source.masked.index(word, cut.start())
    if word in ("featuring", "feat.", "ft.", "ft") and draft.source.raw[start : start + 1].isupper():
        draft.order(cut.start(), start)
        say_names(draft, start, end)
        return
    if person := WITH_PERSON.fullmatch(draft.source.raw_masked, at, end):
        draft.order(at, person.start("who"))
        draft.say(*person.span("who"), "name", kind="person")
        return
    read(at, end)
    if before == (len(draft.missing), len(draft.orders)) and draft.pieces:
        last = draft.pieces[-1]
        if last.start == at and draft.source.raw[start : start + 1].islower():
            draft.pieces.pop()
            draft.say(start, end, last.role, kind=last.kind)


def say_names(draft: Draft, start: int, end: int) -> None:
    """A list of names, each printed by itself."""
    at = start
    for match in [*_NAMES.finditer(draft.source.masked, start, end), None]:
        stop = match.start() if match else end
        draft.say(at, stop, "name", kind="person")
        at = match.end() if match else end


def read_sentence(draft: Draft, start: int, end: int, read: Read) -> bool:
    """A long sentence with a date in it: what it says, when and where apart. False when it cannot be cut so."""
    cut = CUTS.search(draft.source.raw_masked, start, end)
    if not cut or len(draft.source.raw[start : cut.start()].split()) < 2 or cut.lastgroup == "that":
        return False
    draft.say(start, cut.start(), "line")
    read_tail(draft, cut.start(), end, read)
    return True
