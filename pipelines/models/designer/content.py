"""Reading a clause that neither orders nor labels anything: facts, places, calls to act, lines of copy."""

import re
from collections.abc import Callable

from pipelines.brief import FactKind
from pipelines.models.designer import english_tail
from pipelines.models.designer.draft import Draft, PieceRole
from pipelines.models.designer.labels import is_place
from pipelines.models.designer.source import FACT, QUOTE, Source, width

_CTA = re.compile(
    r"^(?:扫码|扫描|立即|马上|赶快|快来|欢迎|速来|等你来|点击|预约|报名从速|抢购|先到先得|期待|转发|长按"
    r"|加入我们|投递简历|即刻)|等你(?:来)?$|(?:欢迎|期待)\S{0,8}(?:参加|光临|加入|报名|咨询|选购|莅临|您的)"
    r"|^(?:register|sign up|book(?! launch| club| fair| sale| signing| swap| reading| talk| festival| week| day)"
    r"|join us|join|rsvp|apply|call|visit|order|shop|scan|buy|get your|reserve"
    r"|come|don't miss|save the date|learn more|follow|bring|grab|send your|email us|donate|enter)(?![a-z])"
)
_LEGAL = re.compile(
    r"最终解释权|不与其他优惠|解释权|活动规则|见店内|terms|conditions apply|while (?:supplies|stocks) last"
    r"|all rights reserved|must be (?:18|21)|subject to"
)
_INTRODUCTION = re.compile(
    r"(?:我们|本店|本公司|我司)(?:是|成立于|专注|致力)|(?:成立|创立|创办|始建)于|(?:we are|we're) (?:a|an|the)(?![a-z])"
    r"|(?:founded|established) in(?![a-z])"
)
_BOUND = re.compile(r"(?:starts?|starting|opens?|opening|closes|ends|until|through|by)(?: on| at| from)? (?=\x00)")
_FREE = re.compile(
    r"^(?:免费|入场免费|免票|free(?: entry| admission| of charge)?(?![a-z])|admission free|no cover)"
    r"|(?:入场|报名|参加)免费$|^免费"
)
_OFFER = re.compile(
    r"free (?!entry|admission|of |parking|for |to |with |in |on |at |delivery|shipping|gifts?(?![a-z])|wi-?fi"
    r"|drinks?(?![a-z])|snacks?(?![a-z])|refreshments|food(?![a-z]))[a-z'-]+(?: [a-z'-]+)+"
)
_FILLER_ZH = re.compile(
    r"(?:的|在|于|将|将于|定于|是|为|从|到|至|起|时间|日期|活动|地点|举行|举办|开始|开幕|进行|我们|就在|和"
    r"|与|共|每|，|,|\s|本次|本届|会|并|每场|每位)*"
)
_FILLER_EN = re.compile(
    r"(?:\s|[-,.:()]|(?<![a-z])(?:on|at|from|to|the|it|it's|its|is|will|be|held|takes?|place|taking"
    r"|happening|starts?|starting|and|in|event|date|time|we|are|for|this|of|by|opens?|runs"
    r"|through)(?![a-z]))*"
)
_AT_EN = re.compile(r"(?:located |held |live )?(?:at|@|in)\s+(?!stores?\b)(?=the\s|[a-z0-9\"'])")
_PLACE_EN = re.compile(
    r"\b(?:hall|park|cent(?:er|re)|library|theat(?:er|re)|stadium|arena|museum|gallery|street|st\.?|avenue"
    r"|ave\.?|road|rd\.?|square|plaza|hotel|school|university|college|campus|church|club|bar|cafe|café"
    r"|room \w+|lobby|foyer|garden|gardens|beach|pier|house|auditorium|gym|market|mall|building|floor|studio|lane|drive"
    r"|blvd|boulevard|bay|barn|rooftop|courtyard|town|downtown|fields?|rooms?|vault|tavern|inn|yard|wharf|dock|quay"
    r"|terrace|ballroom|chapel|cathedral|warehouse|pavilion|lawn|lounge|bookshop|bookstore|waterfront|harbou?r"
    r"|playground|marina|mall|close|row)(?:[,. ].{0,30})?$"
)
_FEATURING = re.compile(r"(?:featuring|feat\.?|ft\.?|with special guests?|special guests?)\s+(?=\S)")
_ZH_WHEN_WHERE = re.compile(
    rf"(?:活动|展览|演出|比赛|课程|会议|时间)*(?:将|定)?(?:于|在)?{FACT}+(?:，|,|\s)*(?:将)?(?P<at>在|于)?"
    rf"(?P<place>[^{FACT}{QUOTE}]{{2,22}}?)(?:隆重|盛大|正式|准时)?(?P<held>举行|举办|开幕|开始|开展|进行|召开|开业)?"
)
_EN_WHEN_WHERE = re.compile(
    rf"(?:it |it's |is |will be |held |on |join us |happening )*{FACT}+[\s,]*(?:at|@"
    rf"|in)\s+(?P<place>[^{FACT}{QUOTE}]{{2,60}})"
)
_EN_WHERE_WHEN = re.compile(
    rf"(?:located )?(?:at|@|in)\s+(?!stores?\b)(?P<place>[^{FACT}{QUOTE}]{{2,60}}?)[\s,]+(?:on |from |at )?{FACT}+"
)
Read = Callable[[int, int], None]
_SMALL = ("of", "the", "and", "at", "on", "in", "de", "la")
_BODY_WIDTH = 42.0


def is_call(masked: str) -> bool:
    """Whether a clause calls to act, or says that it is free: never a title."""
    return _CTA.search(masked) is not None or _FREE.search(masked) is not None


def is_offer(masked: str) -> bool:
    """Whether an English clause begins with what is given away: "free eye exams"; it may be what the poster is for."""
    return _OFFER.match(masked) is not None


def kind_of(source: Source, start: int, end: int) -> FactKind | None:
    """What kind of fact the range is, if any."""
    facts = source.facts_in(start, end)
    if facts:
        return facts[0].kind
    masked = source.masked[start:end].strip()
    if _FREE.search(masked):
        return "price"
    return "place" if is_place(masked) or _is_english_place(source, start, end) else None


def _is_english_place(source: Source, start: int, end: int) -> bool:
    """Whether English words end as places do, and are all capitals, as names are."""
    words = source.raw[start:end].split()
    proper = words[:-1] if len(words) > 2 else words  # "City Hall lobby"
    named = all(not word[0].islower() or word in _SMALL for word in proper) and len(words) <= 9
    return source.language == "en" and named and _PLACE_EN.search(source.masked[start:end]) is not None


def only_facts(source: Source, start: int, end: int) -> bool:
    """Whether nothing but facts, and words that join them, is in the range."""
    filler = _FILLER_ZH if source.language == "zh" else _FILLER_EN
    parts = re.split(f"{FACT}+", source.masked[start:end])
    return len(parts) > 1 and all(filler.fullmatch(part) for part in parts)


def read_content(draft: Draft, start: int, end: int, read: Read) -> None:
    """Print the clause: its facts apart where nothing else is said, else whole."""
    source, masked = draft.source, draft.source.masked[start:end]
    if only_facts(source, start, end):
        _say_only_facts(draft, start, end)
    elif (
        _when_and_where(draft, start, end)
        or _quote(draft, start, end)
        or _place_or_names(draft, start, end)
        or (_is_long_sentence(source, start, end) and english_tail.read_sentence(draft, start, end, read))
    ):
        return
    elif _INTRODUCTION.match(masked):
        draft.say(start, end, "body")
    elif _LEGAL.search(masked):
        draft.say(start, end, "legal")
    elif _CTA.search(masked):
        draft.say(start, end, "cta", kind=kind_of(source, start, end))
        if re.search(r"扫码|扫描|(?<![a-z])scan(?![a-z])", masked):
            draft.missing.append(("二维码" if source.language == "zh" else "QR code", None))
    else:
        kind = kind_of(source, start, end)
        role: PieceRole = "fact" if kind else "line"
        draft.say(start, end, "body" if width(source.raw[start:end]) > _BODY_WIDTH else role, kind=kind)


def _is_long_sentence(source: Source, start: int, end: int) -> bool:
    """Whether English says a date among more words than one line holds."""
    dated = any(fact.kind in ("date", "time") for fact in source.facts_in(start, end))
    return source.language == "en" and dated and len(source.raw[start:end].split()) > 9


def _say_only_facts(draft: Draft, start: int, end: int) -> None:
    facts = draft.source.facts_in(start, end)
    if len(facts) == 1 and facts[0].kind in ("price", "discount") and draft.source.masked.startswith("from", start):
        draft.say(start, end, "fact", kind=facts[0].kind)
        return
    if len(facts) == 1 and _BOUND.match(draft.source.masked, start, end):
        draft.say(start, end, "fact", kind=facts[0].kind)
        return
    draft.order(start, end)
    draft.say_facts(start, end)


def _when_and_where(draft: Draft, start: int, end: int) -> bool:
    """A clause that says only when and where: both, apart."""
    source = draft.source
    if any(fact.kind not in ("date", "time") for fact in source.facts_in(start, end)):
        return False
    if source.language == "zh":
        match = _ZH_WHEN_WHERE.fullmatch(source.masked, start, end)
        if match and not (is_place(match["place"]) or (match["at"] and match["held"])):
            match = None
    else:
        match = _EN_WHEN_WHERE.fullmatch(source.masked, start, end) or _EN_WHERE_WHEN.fullmatch(
            source.masked, start, end
        )
    if not match:
        return False
    draft.order(start, end)
    draft.say_facts(start, end)
    draft.say(*match.span("place"), "fact", kind="place")
    return True


def _quote(draft: Draft, start: int, end: int) -> bool:
    quotes = draft.source.quotes_in(start, end)
    if len(quotes) != 1 or (quotes[0].start, quotes[0].end) != (start, end):
        return False
    announced = draft.source.shadow[:start].rstrip()[-1:] == ":"
    draft.say(*quotes[0].inner, "title" if announced else "copy", dictated=True)
    return True


def _place_or_names(draft: Draft, start: int, end: int) -> bool:
    source, masked = draft.source, draft.source.masked[start:end]
    if source.language == "zh":
        if masked.startswith("在") and is_place(masked):
            draft.say(start + 1, end, "fact", kind="place")
            return True
        return False
    if FACT not in masked and (match := _AT_EN.match(source.masked, start, end)):
        name = source.raw[match.end() : end]
        if name[:1].isupper() or name[:1].isdigit() or _PLACE_EN.search(masked):
            draft.say(match.end(), end, "fact", kind="place")
            return True
    if match := english_tail.WITH_PERSON.fullmatch(source.raw_masked, start, end):
        draft.say(*match.span("who"), "name", kind="person")
        draft.order(start, match.start("who"))
        return True
    if match := _FEATURING.match(source.masked, start, end):
        draft.order(start, match.end())
        english_tail.say_names(draft, match.end(), end)
        return True
    return False
