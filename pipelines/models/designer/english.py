"""Reading an English clause that orders a poster, or that names what it is for."""

import re
from collections.abc import Callable

from pipelines.models.designer.colours import EN_COLOUR, HEX
from pipelines.models.designer.draft import Draft
from pipelines.models.designer.orders import POSTER, SIZE, is_name
from pipelines.models.designer.purpose import purpose_of
from pipelines.models.designer.requests import read_request
from pipelines.models.designer.source import FACT, QUOTE, Range
from pipelines.models.designer.styles import MOOD_WORD, STYLE_WORD

Read = Callable[[int, int], None]
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
_ADJECTIVES = (
    r"minimalist|minimal|minimalistic|scandinavian|nordic|airy|cartoon|cute|kawaii|playful|childish"
    r"|whimsical|hand-drawn|illustrated|futuristic|cyberpunk|sci-fi|vaporwave|synthwave|high-tech|glitch"
    r"|neon|bold|loud|punchy|energetic|dynamic|retro|vintage|nostalgic|old-school|mid-century|bauhaus"
    r"|art deco|elegant|luxury|luxurious|premium|sophisticated|chic|classy|modern|artsy|calm|serene"
    r"|peaceful"
    r"|cozy|cosy|inviting|lively|festive|joyful|upscale|fresh|bright|adorable|serious|formal|professional"
    r"|edgy|romantic|dreamy|rustic|earthy|grungy|industrial|tropical|boho|geometric|abstract|anime|[6-9]0s"
)
_LOOK_WORD = (
    rf"(?:{EN_COLOUR}|{HEX}|{SIZE}|(?<![a-z])(?:{_ADJECTIVES}|eye[- ]catching|attractive|stunning"
    rf"|colou?rful|stylish|beautiful|nice|catchy"
    r"|gorgeous|striking|vibrant|cool|great|good|sleek|creative|simple|clean|warm|dark|light|pastel|muted"
    r"|moody|big|large|small|full[- ]page"
    r"|colou?r|photo|trendy|cheerful|friendly|looking))(?:[- ]?(?:style|styled|themed|inspired|colou?red"
    r"|looking|toned))?(?![a-z'])"
)
_LOOK = re.compile(
    rf"(?:{_LOOK_WORD}[,\s/&-]*(?:and\s+(?={EN_COLOUR}|(?:{_ADJECTIVES})|\w+ (?:poster|flyer))|with\s+)?)+"
)
_ONLY_LOOK = re.compile(rf"(?:{_LOOK_WORD}|(?:{STYLE_WORD})|(?:{MOOD_WORD})|[\s,/&-]|and(?![a-z]))*")
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
_CUTS = re.compile(
    rf"(?P<fact>(?:,?\s*(?:on|from|at|for|starting|starts|until|by|through|this|of|is|are|only|just"
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
    rf"(?:an?|the)?\s*(?:{_LOOK.pattern})?\s*(?:style|styles|theme|tones?|colou?rs?|look|mood|vibe|format"
    rf"|palette|background)?\s*"
)
_PICTURE = re.compile(r"(?:(?:an?|the|some|lots of|many) )?[a-z][a-z -]{2,40}")
_NAMES = re.compile(r"\s*(?:,\s*(?:and\s)?|/|&|(?<![a-z])(?:and|plus|with)(?![a-z]))\s*")

WITH_PERSON = re.compile(
    r"with (?P<who>(?:(?:Dr|Prof|Mr|Mrs|Ms|Sir|Chef|DJ)\.? )?[A-Z][\w'’-]+(?: [A-Z][\w'’.-]*){1,2})"
)
"""One person in capitals: "with Dana Cole"."""


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
        _read_tail(draft, after, end, read, of_poster=True)


def read_named(draft: Draft, start: int, end: int) -> bool:
    """Of "Book launch: The Paper Garden by Lina Ortega" the named thing is the title; its kind stands below."""
    match = _NAMED.fullmatch(draft.source.raw_masked, start, end)
    if not match:
        return False
    kind = strip_look(draft, *match.span("kind"))
    draft.say(*kind, "subtitle")
    name = match.span("name")
    cuts = _CUTS.finditer(draft.source.raw_masked, *name)
    cut = next((cut for cut in cuts if cut.lastgroup in ("by", "with", "at")), None)
    quotes = draft.source.quotes_in(*name)
    stop = quotes[0].end if quotes else cut.start() if cut else end
    draft.say(*(quotes[0].inner if quotes else (name[0], stop)), "head", dictated=bool(quotes))
    if cut and stop < end:
        _read_tail(draft, stop, end, lambda a, b: draft.say(a, b, "line"))
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
    if (match := _LOOK.match(draft.source.masked, start, end)) and not _is_name(draft, start, match.end(), end):
        draft.order(start, match.end())
        start = match.end()
    if (match := _ONLY_LOOK.fullmatch(draft.source.masked, start, end)) and match.end() > start:
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
    cut = _CUTS.search(draft.source.raw_masked, start, end)
    stop = cut.start() if cut else end
    if stop > start:
        _say_title(draft, start, stop)
    if cut:
        _read_tail(draft, stop, end, read)


def _owner(draft: Draft, start: int, end: int) -> int:
    owner = _OWNER.match(draft.source.masked, start, end)
    if not owner:
        return start
    draft.say(*owner.span("who"), "brand")
    return owner.end()


def _say_title(draft: Draft, start: int, end: int) -> None:
    quotes = draft.source.quotes_in(start, end)
    if not quotes:
        looks = _ONLY_LOOK.fullmatch(draft.source.masked, start, end)
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


def _read_tail(draft: Draft, start: int, end: int, read: Read, *, of_poster: bool = False) -> None:
    """What follows a noun phrase, cut at the words that open a place, a date, names ..."""
    source = draft.source
    cuts = list(_CUTS.finditer(source.raw_masked, start, end))
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
    cut = _CUTS.search(draft.source.raw_masked, start, end)
    if not cut or len(draft.source.raw[start : cut.start()].split()) < 2 or cut.lastgroup == "that":
        return False
    draft.say(start, cut.start(), "line")
    _read_tail(draft, cut.start(), end, read)
    return True
