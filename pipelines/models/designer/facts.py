"""Spans of a prompt that are facts by their form: addresses of the net, phones, prices, discounts, dates and times."""

import re
from dataclasses import dataclass

from pipelines.brief import FactKind
from pipelines.models.designer import dates

_TLD = (
    "com|cn|net|org|io|tech|ai|app|dev|shop|co|me|info|edu|gov|city|live|studio|xyz|club|store|online|site|top|vip|fun"
    "|events?|cafe|coffee|art|design|music|run|fit|uk|de|fr|jp|hk|tw|sg|au|ca|eu|us|tv|biz|wang|ltd|group|link|page"
)
_URL = (
    r"https?://[!#-&*-;=?-~]+|(?<![a-z0-9@.])www\.[a-z0-9-]{1,63}(?:\.[a-z0-9-]{2,63}){1,4}(?:/[!#-&*-;=?-~]*)?"
    r"|(?<![a-z0-9@.])(?:www\.)?(?:[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?\.){1,5}(?:"
    + _TLD
    + r")(?![a-z0-9-])(?:/[!#-&*-;=?-~]*)?"
)
_EMAIL = r"(?<![a-z0-9._%+-])[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5}"
_PHONE = (
    r"(?<![\d.$¥€£#-])(?:"
    r"\+\d{1,3}(?:[ .-]?\(?\d{2,4}\)?){2,5}"
    r"|(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}"
    r"|(?:\(0\d{2,3}\) ?|0\d{2,3}[ -]?)\d{3,4}[ -]?\d{4}(?:-\d{1,5})?"
    r"|0\d{2,4}(?:[ -]\d{3,4}){2}(?!\d)|0\d{4} \d{6}|[48]00[ -]?\d{3,4}[ -]?\d{3,4}"
    r"|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}"
    r"|\d{3}-\d{4}"
    r"|(?<=[约询座订系名电位]) ?\d{3,4}[ -]?\d{4}(?!\d|年)"
    r"|(?<=[线话机qq信:] )\d{4,8}(?:[ -]\d{4})?|(?<=[线话机qq信:])\d{4,8}(?:[ -]\d{4})?"
    r"|(?<=phone )\d{4,8}|(?<=call )\d{4,8}|(?<=tel )\d{4,8}"
    r")(?![\d%:.-]?\d|\s?(?:元|人|米|折|km|k\b|公里|平|套|名|份|[月年]))"
)
_UNIT = r"(?:元|块钱|块(?!地|板|石|蛋)|rmb\b|人民币|美元|欧元|港币|日元|usd\b|dollars?\b|euros?\b|bucks\b)"
_PER = (
    r"(?:\s?(?:起|/\s?[人位份杯次张月天年晚场节课时件斤套对盒平]|每[人位份杯张]"
    r"|/\s?(?:person|month|mo|hr|hour|night|yr|year|ticket|cup|day|week|kg|lb|pp)\b|\s(?:per person|each"
    r"|per month|a month|an hour|per hour)\b))?"
)
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,9}(?:\.\d{1,2})?"
_TO = r"\s?[-–—~至到]\s?"
_PRICE = (
    rf"(?:us|hk|a|c|s)?[¥$€£]\s?(?:{_NUMBER})(?:\s?[k万]\b)?(?:{_TO}[¥$€£]?(?:{_NUMBER})(?:\s?[k万])?)?{_PER}"
    rf"|(?<![\d.a-z])(?:{_NUMBER})\s?[€£](?![\d])"
    rf"|(?:rmb|usd|cny|eur|gbp)\s?(?:{_NUMBER}){_PER}"
    rf"|(?<![\d.a-z])(?:(?:{_NUMBER}){_TO})?(?:{_NUMBER})\s?万?{_UNIT}(?:\d(?!\d))?{_PER}"
    r"|(?<![\d.a-z])\d{1,3}(?:\.\d)?\s?k?[-–—~至到]\s?\d{1,3}(?:\.\d)?\s?[k万](?![a-z0-9])(?:\s?/\s?[月年]"
    r"|[·x*×]\s?\d{2}薪)?"
    r"|(?<=薪)\s?\d{1,6}k?(?:[-–—~至到]\d{1,6}k?)?"
    r"|(?:(?<=[价费])|(?<=只要)|(?<=[仅只]需)|(?<=门票))\s?:?\s?\d{1,6}(?:\.\d{1,2})?(?![\d:.%]"
    r"|\s?[点月日号年分人名位个步天小件张秒折/k-])"
)
_DISCOUNT = (
    r"(?:全场|全线|低至|会员|打)?(?:(?<![\d.])\d(?:\.\d)?|(?<![\d.])\d{2}(?!\d)"
    r"|[一二三四五六七八九]{1,2})\s?折(?!页|叠|扣|射|腾|纸)(?:起|优惠)?"
    r"|(?:每|单笔)?满\s?\d{1,6}元?\s?(?:立)?[减送返赠]\s?(?:\d{1,6}元?)?"
    r"|买[一二三四五两\d]{1,2}[送赠免][一二三两\d]{1,2}"
    r"|(?:第[二三23][杯件份个位])?半价(?:优惠)?"
    r"|立减\s?\d{1,6}元?"
    r"|(?:(?:up to|save up to|save|extra|get|take|flat)\s)?\d{1,3}\s?%\s?(?:off|discount)(?![a-z])"
    r"|(?<![a-z])save\s[$€£]\d{1,6}(?![\d])|(?<![a-z])half[- ]price(?![a-z])"
    r"|(?<![a-z])buy (?:one|two|1|2),? get (?:one|two|1|2)(?: free)?(?![a-z])|(?<![a-z])bogo(?![a-z])"
)
_PATTERNS: tuple[tuple[FactKind, str], ...] = (
    ("email", _EMAIL),
    ("url", _URL),
    ("date", dates.ISO),
    ("phone", _PHONE),
    ("discount", _DISCOUNT),
    ("price", _PRICE),
    ("date", dates.DATE),
    ("time", dates.HOURS),
    ("time", dates.TIME),
)
_PROVED = {dates.HOURS: dates.are_hours, dates.TIME: dates.is_a_time}
_RULES = [(kind, re.compile(pattern), _PROVED.get(pattern)) for kind, pattern in _PATTERNS]
_COMMA = re.compile(r"[,，、|·]")
_RANGE = re.compile(r"\s*(?:[-–—~至到]{1,2}|(?:to|until|till?|through|thru)(?![a-z]))\s*")
_AND, _BETWEEN_TWO = re.compile(r"\s+and\s+"), re.compile(r"(?<![a-z])between\s+$")
_ENDS_SENTENCE = re.compile(r"\s*(?:$|\n|[A-Z])")
_BETWEEN = re.compile(r"[ \t]*[,，、|·]?[ \t]*(?:的|at|from|@|on|,\s?at)?[ \t]*(?:the )?")


@dataclass(frozen=True, slots=True)
class Span:
    """A fact. ``parts`` are the pieces of a date and its times that stand together."""

    start: int
    end: int
    kind: FactKind
    parts: tuple[tuple[int, int], ...] = ()


def find_facts(raw: str, shadow: str, taken: bytearray) -> list[Span]:
    """All facts in order, none overlapping another or a range already ``taken``; dates joined with their times."""
    spans: list[Span] = []
    for kind, pattern, proved in _RULES:
        at = 0
        while match := pattern.search(shadow, at):
            start, end = match.span()
            at = max(end, at + 1)
            while start < end and shadow[start].isspace():
                start += 1
            if kind in ("url", "email"):
                while start < end and shadow[end - 1] in ".,;:!?'-&":
                    end -= 1
            if (
                kind == "date"
                and raw[end - 1 : end] == "."
                and (_ENDS_SENTENCE.match(raw, end) or dates.FULL_MONTH.search(shadow, start, end))
            ):
                end -= 1  # "by 1 Dec. Bring a friend"
            if start < end and taken[start]:
                at = taken.find(0, start) if 0 in taken[start:end] else at  # what follows may still be one by itself
            elif (
                start < end
                and not any(taken[start:end])
                and (kind != "date" or dates.is_a_date(raw, shadow, start, end))
                and (proved is None or proved(shadow, start, end))
            ):
                taken[start:end] = b"\1" * (end - start)
                spans.append(Span(start, end, kind, ((start, end),)))
    return [_bounded(span, shadow, taken) for span in _joined(sorted(spans, key=lambda span: span.start), shadow)]


def _bounded(span: Span, shadow: str, taken: bytearray) -> Span:
    """A date or time with the word that bounds it: "until December 20"; "from" only where no end follows."""
    if span.kind not in ("date", "time"):
        return span
    bound = dates.BOUND.search(shadow, max(0, span.start - 14), span.start)
    if not bound or any(taken[bound.start() : span.start]):
        return span
    if bound.group().startswith("from") and dates.RANGE.search(shadow, span.start, span.end):
        return span
    first = span.parts[0]
    return Span(bound.start(), span.end, span.kind, ((bound.start(), first[1]), *span.parts[1:]))


def _both_numbered(shadow: str, first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Two dates of their own, not a date and its weekday."""
    return all(any(char.isdigit() for char in shadow[start:end]) for start, end in (first, second))


def _joined(spans: list[Span], shadow: str) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if (
            last
            and {last.kind, span.kind} <= {"date", "time"}
            and (
                _RANGE.fullmatch(shadow, last.end, span.start)
                or (
                    _AND.fullmatch(shadow, last.end, span.start)
                    and _BETWEEN_TWO.search(shadow, max(0, last.start - 10), last.start)
                )
            )
        ):
            both: FactKind = "time" if last.kind == span.kind == "time" else "date"
            joined[-1] = Span(last.start, span.end, both, last.parts + span.parts)
        elif (
            last
            and {last.kind, span.kind} <= {"date", "time"}
            and not (last.kind == "time" and span.kind == "time")
            and span.start - last.end < 12
            and _BETWEEN.fullmatch(shadow, last.end, span.start)
            and not (
                last.kind == span.kind
                and _COMMA.search(shadow, last.end, span.start)
                and _both_numbered(shadow, last.parts[-1], (span.start, span.end))
            )
        ):
            joined[-1] = Span(last.start, span.end, "date", last.parts + span.parts)
        else:
            joined.append(span)
    return joined
