"""Reading a Chinese clause that orders a poster, or that names what it is for."""

import re
from collections.abc import Callable

from pipelines.models.designer import phrase
from pipelines.models.designer.content import is_call
from pipelines.models.designer.draft import Draft
from pipelines.models.designer.labels import is_place, label_of
from pipelines.models.designer.orders import POSTER
from pipelines.models.designer.source import FACT, QUOTE, Range
from pipelines.models.designer.weak import OCCASION_ZH, SHOP_ZH, is_generic_who, is_weak

Read = Callable[[int, int], None]
Opens = Callable[[int, int], bool]
_LONGEST_NAME = 18
_HOLD = (
    r"(?:举办|举行|开展|召开|推出|组织|办(?=一|了|场|个)|开设|放(?=.{0,6}(?:电影|\x01))|开(?=一[场个次期])|搞(?=一))"
)
_HELD = re.compile(
    rf"(?P<org>[^{QUOTE}]*?)(?:将要?|要|想要?|准备|计划|即将|拟|定|正式|隆重|盛大|又要|打算)*(?:于"
    rf"|在)?\s*{FACT}*\s*(?:在(?P<place>[^{QUOTE}{FACT}]{{2,20}}?))?{FACT}*"
    rf"(?:隆重|盛大|正式)?{_HOLD}(?:了)?(?:一|两)?(?:场|个|次|期|届)?(?:的)?(?P<what>.*)",
    re.S,
)
_AT_PLACE = re.compile(
    rf"(?:在|于)(?P<place>[^{QUOTE}]{{2,20}}?)(?:隆重|盛大|正式)?(?:{_HOLD}|开幕|开始|进行|开业"
    rf"|举行)(?:的)?(?P<what>.*)",
    re.S,
)
_HIRING = re.compile(
    r"(?P<org>.{0,24}?)(?:现|正在|要|想|急需?|高薪|公开|火热|面向\S{2,8}?)*(?P<verb>招聘|诚聘|诚招|急招|急聘"
    r"|热招|招(?![生新商牌募标])(?=[\u4e00-\u9fff]{0,6}(?:生|员|工|师|手|人|经理|助理|司机|厨)))(?P<what>.+)",
    re.S,
)
_NOT_A_JOB = re.compile(r"(?:会|季|启事|信息|公告|通知|专场|令|活动|日|大会|周|海报|计划)")
_LAUNCH = re.compile(
    r"(?P<who>.*?)(?P<new>新品|新款|全新|新口味|新书|新专辑|新菜)(?P<what>.{2,14}?)(?P<verb>上市|上新|首发"
    r"|发布|开售|发售|来袭|登场)(?:啦|了)?",
    re.S,
)
_NEWLY = re.compile(
    r"(?:我们|本店|店里)?(?P<new>新出|新推出|新上市|上新|推出)(?:了|的)?(?:一款|新品)?(?P<what>.{2,14})", re.S
)
_NEW = re.compile(
    r"(?P<what>[^的]{2,14}?)(?P<verb>新品上市|新品发布|全新上市|重磅上市|上市|全新登场|新品首发)(?:啦|了)?", re.S
)
_OPENING = re.compile(
    r"(?P<what>[^的\s\x00\x01]{2,6}?)(?P<verb>(?:盛大|隆重|正式|新店|全新|重装|即将|今日|火热)?(?:开业|开张|试营业|启幕)(?:大吉|啦|了)?)",
    re.S,
)
_OCCASION_SALE = re.compile(
    rf"(?P<day>{OCCASION_ZH})(?P<who>{SHOP_ZH})(?:的)?(?P<what>促销|大促|特惠|优惠|活动|打折|团购|满减)"
)
_NAMED = re.compile(
    rf"(?P<kind>[^{FACT}{QUOTE}:]{{0,20}}?(?:新品|新款|上新|新书|新歌|新专辑|讲座|公开课|分享会|沙龙|论坛|读书会|研讨会|报告会|讲堂))"
    rf"(?:的?(?:宣传|推广)?{POSTER.pattern})?\s*:\s*(?P<name>[^{FACT}:]+)",
    re.S,
)
_DECREE = re.compile(r"(?:通知|公告|通告|倡议书?|意见|决定|启事|须知)$")
_QUOTED = re.compile(rf"(?P<before>[^{QUOTE}]*)(?P<quote>{QUOTE}+)(?P<after>[^{QUOTE}]*)", re.S)


def read_order(draft: Draft, start: int, end: int, read: Read, opens: Opens) -> None:
    """A clause with the word for the poster: "为星河书店做一张读书会海报，…"."""
    found = POSTER.search(draft.source.masked, start, end)
    assert found is not None
    draft.order(*found.span())
    who = phrase.for_whom(draft, start, found.end())
    if who is not None:
        (who_start, who_end), (rest, _) = who
        rest = min(rest, found.start())
        _read_client(draft, (who_start, min(who_end, found.start())), phrase.strip_look(draft, rest, found.start()))
    else:
        begin, _ = phrase.strip_ask(draft, start, found.end())
        read_phrase(draft, min(begin, found.start()), found.start())
    after_start, after_end = draft.source.trim(found.end(), end)
    if after_start < after_end and (draft.has_head() or not opens(after_start, after_end)):
        read(after_start, after_end)


def read_named(draft: Draft, start: int, end: int) -> bool:
    """Of "咖啡店新品海报：桂花拿铁" the named thing is the title, and what kind of thing it is stands below."""
    source = draft.source
    match = _NAMED.fullmatch(source.masked, start, end)
    if not match or match.end("name") - match.start("name") > _LONGEST_NAME or is_call(match["name"]):
        return False
    if label_of(source.masked, *match.span("name")):
        return False
    kind = phrase.strip_look(draft, match.start(), match.end("kind"))
    kind = phrase.strip_look(draft, *phrase.strip_ask(draft, *kind))
    draft.order(match.end("kind"), match.start("name"))
    draft.say(*kind, "subtitle")
    _say_title(draft, *source.trim(*match.span("name")))
    return True


def _read_client(draft: Draft, who: Range, what: Range) -> None:
    source = draft.source
    who, what = source.trim(*who), source.trim(*what)
    name = phrase.strip_look(draft, *who)
    text = source.shadow[slice(*name)].strip("“”‘’「」『』\"' ")
    if not source.masked[slice(*what)].strip("的 "):
        read_phrase(draft, *name)
        return
    if not text or is_generic_who(text):
        draft.order(*name)
    elif phrase.is_associate(text):
        draft.say(*(source.quotes_in(*name)[0].inner if source.quotes_in(*name) else name), "brand")
    else:
        draft.say_facts(*name)
        for part in phrase.segments(draft, *name):
            draft.say(*part, "head")
    read_phrase(draft, *what)


def read_phrase(draft: Draft, start: int, end: int) -> None:
    """A noun phrase or short sentence that says what the poster is for; its facts are printed apart."""
    start, end = phrase.strip_look(draft, *draft.source.trim(start, end))
    draft.say_facts(start, end)
    if match := phrase.NEARLY.fullmatch(draft.source.masked, start, end):
        draft.order(start, end)
        draft.say(*match.span("what"), "head")
        return
    if _read_held(draft, start, end):
        return
    parts = [phrase.strip_look(draft, *part) for part in phrase.segments(draft, start, end)]
    if len(parts) == 2 and _joins_over(draft, *parts):
        _say_title(draft, *parts[0])
        last = draft.pieces[-1]
        last.end, last.text = parts[1][1], last.text + draft.source.raw[slice(*parts[1])]
        return
    for part in parts:
        _read_part(draft, *part)


def _joins_over(draft: Draft, first: Range, second: Range) -> bool:
    """Whether two parts are one name with a discount or price in its middle ("双十一全场5折大促")."""
    between = draft.source.facts_in(first[1], second[0])
    return (
        bool(between) and all(fact.kind in ("discount", "price") for fact in between)
        and second[0] - first[1] <= 12 and second[1] - second[0] <= 4
        and QUOTE not in draft.source.masked[first[0] : second[1]]
    )  # fmt: skip


def _read_held(draft: Draft, start: int, end: int) -> bool:
    """A sentence that says who holds what, when and where."""
    match = _HELD.fullmatch(draft.source.masked, start, end)
    if (
        not match
        or _DECREE.search(draft.source.masked[start:end])
        or not (match["org"].strip() or match["what"].strip())
    ):
        return False
    if match["place"]:
        draft.say(*match.span("place"), "fact", kind="place")
    org, what = (phrase.segments(draft, *match.span(name)) for name in ("org", "what"))
    for part in what:
        _say_title(draft, *phrase.strip_look(draft, *part))
    for part in org:
        if what:
            _say_organiser(draft, part)
        else:
            _say_title(draft, *part)
    draft.order(start, end)
    return True


def _read_part(draft: Draft, start: int, end: int) -> None:
    masked = draft.source.masked
    if match := _HIRING.fullmatch(masked, start, end):
        if not _NOT_A_JOB.match(match["what"]):
            _say_organiser(draft, match.span("org"))
            draft.say(*match.span("verb"), "head")
            draft.say(*match.span("what"), "subtitle")
            return
    elif match := _AT_PLACE.fullmatch(masked, start, end):
        draft.say(*match.span("place"), "fact", kind="place")
        if match["what"]:
            _read_part(draft, *match.span("what"))
        return
    elif match := _LAUNCH.fullmatch(masked, start, end):
        _say_organiser(draft, match.span("who"))
        draft.say(*match.span("what"), "head")
        text = draft.source.raw[slice(*match.span("new"))] + draft.source.raw[slice(*match.span("verb"))]
        draft.say(*match.span("new"), "subtitle")
        draft.pieces[-1].text, draft.pieces[-1].end = text, match.end("verb")
        return
    elif match := _NEWLY.fullmatch(masked, start, end):
        draft.say(*match.span("what"), "head")
        draft.say(*match.span("new"), "subtitle")
        return
    elif (match := _OPENING.fullmatch(masked, start, end)) and not (
        is_weak(match["what"]) or match["what"].endswith(("周年", "分店"))
    ):
        draft.say(*match.span("what"), "head")
        draft.say(*match.span("verb"), "subtitle")
        return
    elif match := _OCCASION_SALE.fullmatch(masked, start, end):
        draft.say(*match.span("day"), "head")
        last = draft.pieces[-1]
        last.end, last.text = end, last.text + draft.source.raw[slice(*match.span("what"))]
        draft.order(*match.span("who"))
        return
    elif match := _NEW.fullmatch(masked, start, end):
        draft.say(*match.span("what"), "head")
        draft.say(*match.span("verb"), "subtitle")
        return
    _say_title(draft, start, end)


def _say_title(draft: Draft, start: int, end: int) -> None:
    quoted = _QUOTED.fullmatch(draft.source.masked, start, end)
    if quoted is None:
        place = is_place(draft.source.masked[start:end]) and any(piece.role == "head" for piece in draft.pieces)
        draft.say(start, end, "fact" if place else "head", kind="place" if place else None)
        return
    quote = draft.source.quotes_in(start, end)[0]
    before, after = draft.source.trim(*quoted.span("before")), draft.source.trim(*quoted.span("after"))
    draft.say(*quote.inner, "head", dictated=True)
    if before[0] < before[1]:
        if is_weak(draft.source.raw[slice(*before)]) and after[0] >= after[1]:
            draft.say(*before, "subtitle")
        else:
            _say_organiser(draft, before)
    if after[0] < after[1]:
        draft.say(*after, "subtitle")


def _say_organiser(draft: Draft, who: Range) -> None:
    start, end = phrase.strip_look(draft, *draft.source.trim(*who))
    text = draft.source.masked[start:end].strip()
    if not text or is_generic_who(text):
        draft.order(start, end)
    else:
        draft.say(start, end, "brand" if phrase.is_associate(text) else "label")
