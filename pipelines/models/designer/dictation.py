"""Text that the prompt dictates: after a label, or quoted with words that say what it is for."""

import re
from collections.abc import Callable

from pipelines.models.designer import phrase
from pipelines.models.designer.content import kind_of
from pipelines.models.designer.draft import Draft, PieceRole
from pipelines.models.designer.labels import Label, label_of
from pipelines.models.designer.orders import POSTER
from pipelines.models.designer.requests import placeholder, read_request
from pipelines.models.designer.source import FACT, QUOTE

Read = Callable[[int, int], None]
_CUE_BEFORE: tuple[tuple[PieceRole, re.Pattern[str]], ...] = (
    ("subtitle", re.compile(
        r"(?:副标题|小标题|标语|口号|广告语|宣传语|slogan|subtitle|tagline"
        r"|subheading)[^\u4e00-\u9fff]{0,4}(?:是|为|写|用|:|is|of|reads|says)?[\s:,]*$")),
    ("title", re.compile(
        r"(?:活动|展览|演出|海报|大)?(?:标题|题目|主题|名称|名字|活动名|名为|名叫|取名|叫做|叫|title|titled"
            r"|entitled|called|named|headline"
        r"|heading|theme)(?:文字|文案|是|为|叫|叫做|写|用|写着|:|is|of|reads|says|as)*[\s:,]*$")),
    ("copy", re.compile(
        r"(?:写着|写上|写|突出|强调|文字|文案|内容|字样|文本|印着|印上|text|words?|copy|says?|saying|reads?"
        r"|reading|message|phrase|quote|write|slogan)(?:内容|是|为|:|is|of|：)*[\s:,]*$")),
)  # fmt: skip
_AS = r"\s*(?:作为|当作?|为|as|for)\s*(?:the |a |its )?"
_CUE_AFTER: tuple[tuple[PieceRole, re.Pattern[str]], ...] = (
    ("subtitle", re.compile(_AS + r"(?:副标题|口号|标语|subtitle|tagline|slogan)")),
    ("title", re.compile(_AS + r"(?:大|主)?(?:标题|主题|title|headline|heading)")),
    ("copy", re.compile(r"\s*(?:的)?(?:字样|几个大?字|这[几一]?(?:句话|个字|行字))")),
)  # fmt: skip
_ZH_NAMES = re.compile(r"\s*(?:、|，|,|/|；|;|&|(?:和|与)(?=[\u4e00-\u9fffA-Za-z])|(?<![a-z])and(?![a-z]))\s*")
_ONLY_JOINS = re.compile(
    r"(?:\s|[,，:]|的|和|与|用|以|要|请|上面|海报上?|(?<![a-z])(?:with|and|the|it|a|that|should|say|s)(?![a-z]))*"
)


def read_labelled(draft: Draft, label: Label, end: int, read: Read) -> None:
    """A clause that opens with a label; its value runs to ``end``."""
    if POSTER.search(draft.source.masked, *label.text) and label.role == "other":
        read(*label.text)
        read(label.start, end)
    elif label.role == "order":
        draft.order(label.text[0], end)
    elif label.role in ("title", "subtitle", "copy", "brand"):
        draft.order(*label.text)
        _read_dictated(draft, label, label.role, end, read)
    elif label.role == "names":
        _read_names(draft, label, end)
    else:
        _read_fact(draft, label, end)


def _read_dictated(draft: Draft, label: Label, role: PieceRole, end: int, read: Read) -> None:
    quotes = draft.source.quotes_in(label.start, end)
    if role == "copy" and (has_cue(draft, label.start, end) or label_of(draft.source.masked, label.start, end)):
        read(label.start, end)
    elif quotes and draft.source.masked[label.start] == QUOTE:
        draft.say(*quotes[0].inner, role, dictated=True)
        if quotes[0].end < end:
            read(quotes[0].end, end)
    elif not placeholder(draft.source.masked[label.start : end]) or not read_request(draft, label.start, end):
        draft.say(label.start, end, role, dictated=True)


def _read_fact(draft: Draft, label: Label, end: int) -> None:
    source, before = draft.source, len(draft.pieces)
    value = source.masked[label.start : end]
    draft.order(*label.text)
    if label.kind is None and placeholder(value) and read_request(draft, label.start, end):
        return
    kind = label.kind or kind_of(source, label.start, end)
    draft.say(label.start, end, "fact", kind=kind, label=source.raw[slice(*label.text)])
    if len(draft.pieces) == before:
        draft.lack(*label.text, label.kind)
    elif re.fullmatch(f"{FACT}+", value.strip()):
        facts = source.facts_in(label.start, end)
        if len(facts) == 1:
            draft.pieces[-1].text = source.fact_text(facts[0])


def _read_names(draft: Draft, label: Label, end: int) -> None:
    """A list of names, each printed by itself; a single one stands beside its label."""
    source, before = draft.source, len(draft.pieces)
    draft.order(*label.text)
    at = label.start
    for match in [*_ZH_NAMES.finditer(source.masked, label.start, end), None]:
        draft.say(at, match.start() if match else end, "name", kind="person")
        at = match.end() if match else end
    found = draft.pieces[before:]
    if found:
        found[0].label = source.raw[slice(*label.text)]
    if len(found) == 1:
        found[0].role = "fact"


def has_cue(draft: Draft, start: int, end: int) -> bool:
    """Whether the range holds a quote whose role is said."""
    return any(_cue(draft, quote.start, quote.end, start, end) for quote in draft.source.quotes_in(start, end))


def _cue(draft: Draft, quote_start: int, quote_end: int, start: int, end: int) -> tuple[PieceRole, int, int] | None:
    """Role of a quote by the words beside it, and the range of words and quote together."""
    masked = draft.source.masked
    for role, pattern in _CUE_BEFORE:
        if found := pattern.search(masked, max(start, quote_start - 20), quote_start):
            return role, found.start(), quote_end
    for role, pattern in _CUE_AFTER:
        if found := pattern.match(masked, quote_end, end):
            return role, quote_start, found.end()
    return None


def read_cued(draft: Draft, start: int, end: int, read: Read) -> bool:
    """Take out of a clause the first quote whose role is said; read what is left of the clause."""
    source = draft.source
    for quote in source.quotes_in(start, end):
        cue = _cue(draft, quote.start, quote.end, start, end)
        if cue is None:
            continue
        role, first, last = cue
        draft.order(first, quote.start)
        draft.order(quote.end, last)
        draft.say(*quote.inner, role, dictated=True)
        left = phrase.strip_ask(draft, *source.trim(start, first))
        if left[0] < left[1] and not _ONLY_JOINS.fullmatch(source.masked, *left):
            read(*left)
        right = source.trim(last + source.raw.startswith("的", last), end)
        if right[0] < right[1]:
            read(*right)
        return True
    return False
