"""Reading an English clause that orders a poster, or that names what it is for."""

import re
from collections.abc import Callable

from pipelines.models.designer.colours import EN_COLOUR
from pipelines.models.designer.draft import Draft
from pipelines.models.designer.english_look import LOOK, ONLY_LOOK
from pipelines.models.designer.english_tail import CUTS, Read, read_tail
from pipelines.models.designer.orders import POSTER
from pipelines.models.designer.purpose import purpose_of
from pipelines.models.designer.source import FACT, QUOTE, Range

Opens = Callable[[int, int], bool]
_START = re.compile(
    r"(?:(?:so|well|ok|okay|hi|hello|hey)(?: there)?[,! ]+|please |pls |kindly |(?:can|could|would"
    r"|will) (?:you|u|i|we) (?:please )?|help (?:me|us) (?:to )?"
    r"|i(?:'d| would)?(?: really)? (?:need|want|like|love)(?: to)?(?: have)?(?: you to)? |(?:i'm|we're|i am"
    r"|we are) looking for |we(?:'d| would)? (?:need|want|like|love)(?: to)?(?: have)? |looking for |need "
    r"|want "
    r"|let's |get me |give (?:me|us) )*(?:(?:create|make|design|generate|build|produce|draw|craft|do"
    r"|prepare|have|get|write|put together|whip up|come up with)(?![a-z])\s?)?(?:me |us |up )?"
    r"(?:(?:a|an|the|some|one|my|our|this)\s+)?(?:few |quick )?"
)
_PURPOSE_LINK = re.compile(
    r",?\s*(?:please,? )?(?:design(?:ed)? |made )?(?:for|about|on|of|announcing|advertising|promoting"
    r"|celebrating|introducing|inviting people to|to (?:promote|advertise|announce|celebrate|market"
    r"|introduce|invite people to|publici[sz]e))\s+"
)
_NAMED = re.compile(
    r"(?P<kind>(?:[A-Za-z]+ ){0,3}(?i:book launch|album launch|lecture|talk|public lecture|seminar|webinar|workshop"
    rf"|screening|exhibition|book club|masterclass|class|course|demo|panel))\s*:\s*"
    rf"(?P<name>(?=[A-Z]\S* \S|{QUOTE})[^{FACT}:]{{3,60}})"
)
_PROMOTE = re.compile(r"(?:promote|advertise|announce|publici[sz]e|make|create|design)\s+(?=(?:our|my|the|a|an)\s)")
_DETERMINER = re.compile(r"(?:(?:the|a|an|our|my|their|this|some|your|upcoming|new(?= poster))\s+)+")
_OWNER = re.compile(
    r"(?P<who>(?:[^\s\x00\x01]+ ){0,3}[^\s\x00\x01]+)'s? (?=(?:(?:\w+ ){0,2})(?:grand opening|opening"
    r"|launch|sale|anniversary|birthday|concert|exhibition|open day|open house|event|party|workshop"
    r"|fundraiser|festival)\b)"
)


def read_order(draft: Draft, start: int, end: int, read: Read, opens: Opens) -> None:
    """A clause with the word for the poster: "I need a blue flyer for my bakery's grand opening on May 3"."""
    source = draft.source
    found = POSTER.search(source.masked, start, end)
    assert found is not None
    draft.order(*found.span())
    while end > found.end() and source.raw[end - 1] in "?？!":
        end -= 1
    opening = _START.match(source.masked, start, found.start())
    begin = opening.end() if opening else start
    draft.order(start, begin)
    own = strip_look(draft, begin, found.start())
    link = _PURPOSE_LINK.match(source.masked, found.end(), end)
    if own[0] < own[1]:
        read_phrase(draft, *own, read)
    after = link.end() if link else found.end()
    if link:
        draft.order(found.end(), after)
        read_phrase(draft, after, end, read)
    elif source.masked[after:end].lstrip().startswith(":") and not draft.has_head():
        after = source.trim(after, end)[0]
        if not opens(after, end):
            read(after, end)
    elif source.masked[after:end].strip():
        read_tail(draft, after, end, read, of_poster=True)


def read_named(draft: Draft, start: int, end: int) -> bool:
    """Of "Book launch: The Paper Garden by Lina Ortega" the named thing is the title; its kind stands below."""
    match = _NAMED.fullmatch(draft.source.raw_masked, start, end)
    if not match:
        return False
    kind = strip_look(draft, *match.span("kind"))
    draft.say(*kind, "subtitle")
    name = match.span("name")
    cuts = CUTS.finditer(draft.source.raw_masked, *name)
    cut = next((cut for cut in cuts if cut.lastgroup in ("by", "with", "at")), None)
    quotes = draft.source.quotes_in(*name)
    stop = quotes[0].end if quotes else cut.start() if cut else end
    draft.say(*(quotes[0].inner if quotes else (name[0], stop)), "head", dictated=bool(quotes))
    if cut and stop < end:
        read_tail(draft, stop, end, lambda a, b: draft.say(a, b, "line"))
    return True


def strip_ask(draft: Draft, start: int, end: int) -> Range:
    """The range without "promote our" before it."""
    match = _PROMOTE.match(draft.source.masked, start, end)
    if match:
        draft.order(start, match.end())
        return match.end(), end
    return start, end


def strip_look(draft: Draft, start: int, end: int) -> Range:
    """The range without colours, styles and sizes before or after it; those become orders."""
    start, end = draft.source.trim(start, end)
    if (match := LOOK.match(draft.source.masked, start, end)) and not _is_name(draft, start, match.end(), end):
        draft.order(start, match.end())
        start = match.end()
    if (match := ONLY_LOOK.fullmatch(draft.source.masked, start, end)) and match.end() > start:
        draft.order(start, end)
        start = end
    return draft.source.trim(start, end)


def _is_name(draft: Draft, begin: int, start: int, end: int) -> bool:
    """Whether what follows a colour is lost without it: "black friday", "Red Lion quiz night"."""
    rest = draft.source.raw[start:end].split()
    colour = re.compile(EN_COLOUR).fullmatch(draft.source.shadow[begin:start].strip()) is not None
    named = colour and rest[:1] != [] and rest[0][0].isupper() and any(word[0].islower() for word in rest)
    return named or re.match(
        r"(?:friday|hour|week|gala|ages?|box|belt|house|note|tie|dress|garden|day)\b", draft.source.shadow[start:end]
    ) is not None  # fmt: skip


def read_phrase(draft: Draft, start: int, end: int, read: Read) -> None:
    """A noun phrase that says what the poster is for, and what follows it: place, date, who, with what."""
    start, end = draft.source.trim(start, end)
    match = _DETERMINER.match(draft.source.masked, start, end)
    if match and not re.match(r"The [A-Z]", draft.source.raw[start:end]):
        draft.order(start, match.end())
        start = match.end()
    start = _owner(draft, start, end)
    cut = CUTS.search(draft.source.raw_masked, start, end)
    stop = cut.start() if cut else end
    if stop > start:
        _say_title(draft, start, stop)
    if cut:
        read_tail(draft, stop, end, read)


def _owner(draft: Draft, start: int, end: int) -> int:
    owner = _OWNER.match(draft.source.masked, start, end)
    if not owner:
        return start
    draft.say(*owner.span("who"), "brand")
    return owner.end()


def _say_title(draft: Draft, start: int, end: int) -> None:
    quotes = draft.source.quotes_in(start, end)
    if not quotes:
        looks = ONLY_LOOK.fullmatch(draft.source.masked, start, end)
        if looks and purpose_of([], draft.source.masked[start:end]) == "other":
            draft.order(start, end)
        else:
            draft.say(start, end, "head")
        return
    quote = quotes[0]
    draft.say(*quote.inner, "head", dictated=True)
    before = re.sub(r"\s(?:of|for|with)\s*$", "", draft.source.raw[start : quote.start])
    draft.say(start, start + len(before), "subtitle")
    draft.say(quote.end, end, "subtitle")
