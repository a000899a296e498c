"""Reading a prompt clause by clause: every word becomes text to print, an order, or something missing."""

import re

from pipelines.models.designer import chinese, clauses, english, phrase
from pipelines.models.designer.clauses import Clause
from pipelines.models.designer.draft import Draft
from pipelines.models.designer.labels import Label, is_place, label_of
from pipelines.models.designer.orders import POSTER, is_order, without_courtesy
from pipelines.models.designer.requests import placeholder, read_request
from pipelines.models.designer.source import FACT, QUOTE, Source, width
from pipelines.models.designer.weak import is_weak

_CUE_BEFORE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("subtitle", re.compile(
        r"(?:副标题|小标题|标语|口号|广告语|宣传语|slogan|subtitle|tagline"
        r"|subheading)[^\u4e00-\u9fff]{0,4}(?:是|为|写|用|:|is|of|reads|says)?[\s:,]*$")),
    ("title", re.compile(
        r"(?:标题|题目|主题|名称|名字|活动名|名为|名叫|取名|叫做|叫|title|titled|entitled|called|named|headline"
        r"|heading|theme)(?:文字|文案|是|为|叫|叫做|写|用|写着|:|is|of|reads|says|as)*[\s:,]*$")),
    ("copy", re.compile(
        r"(?:写着|写上|写|突出|强调|文字|文案|内容|字样|文本|印着|印上|text|words?|copy|says?|saying|reads?"
        r"|reading|message|phrase|quote|write|slogan)(?:内容|是|为|:|is|of|：)*[\s:,]*$")),
)  # fmt: skip
_CUE_AFTER: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("subtitle", re.compile(r"\s*(?:作为|当作?|为|as|for)\s*(?:the |a |its )?(?:副标题|口号|标语|subtitle|tagline|slogan)")),
    ("title", re.compile(r"\s*(?:作为|当作?|为|as|for)\s*(?:the |a |its )?(?:大|主)?(?:标题|主题|title|headline|heading)")),
    ("copy", re.compile(r"\s*(?:的)?(?:字样|几个大?字|这[几一]?(?:句话|个字|行字))")),
)  # fmt: skip
_CTA = re.compile(
    r"^(?:扫码|扫描|立即|马上|赶快|快来|欢迎|速来|等你来|点击|预约|报名从速|抢购|先到先得|期待|转发|长按"
    r"|加入我们|投递简历|即刻)|等你(?:来)?$|(?:欢迎|期待)\S{0,8}(?:参加|光临|加入|报名|咨询|选购|莅临|您的)"
    r"|^(?:register|sign up|book|join us|join|rsvp|apply|call|visit|order|shop|scan|buy|get your|reserve"
    r"|come|don't miss|save the date|learn more|follow|bring|grab|send your|email us|donate|enter)(?![a-z])"
)
_LEGAL = re.compile(
    r"最终解释权|不与其他优惠|解释权|活动规则|见店内|terms|conditions apply|while (?:supplies|stocks) last"
    r"|all rights reserved|must be (?:18|21)|subject to"
)
_FREE = re.compile(
    r"^(?:免费|入场免费|免票|free(?: entry| admission| of charge)?(?![a-z])|admission free|no cover)"
    r"|(?:入场|报名|参加)免费$|^免费"
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
_AT_EN = re.compile(r"(?:located |held |live )?(?:at|@|in)\s+(?=the\s|[a-z0-9\"'])")
_PLACE_EN = re.compile(
    r"\b(?:hall|park|cent(?:er|re)|library|theat(?:er|re)|stadium|arena|museum|gallery|street|st\.?|avenue"
    r"|ave\.?|road|rd\.?|square|plaza|hotel|school|university|college|campus|church|club|bar|cafe|café"
    r"|room \w+|garden|gardens|beach|pier|house|auditorium|gym|market|mall|building|floor|studio|lane|drive"
    r"|blvd|boulevard|bay|barn|rooftop|courtyard|town|downtown)(?:[,. ].{0,30})?$"
)
_ZH_NAMES = re.compile(r"\s*(?:、|，|,|/|；|;|&|(?:和|与)(?=[\u4e00-\u9fffA-Za-z])|(?<![a-z])and(?![a-z]))\s*")
_ZH_AT = re.compile(rf"(?P<lead>[^{FACT}]*){FACT}+(?P<tail>[^{FACT}]*)")


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
        rest = [clause for clause in todo if clause not in heads]
        wanted = not self.draft.has_head()
        line = next((piece for piece in self.draft.pieces if piece.role == "line"), None)
        if wanted and line is not None:
            line.role, wanted = "head", False
        for clause in rest:
            if wanted and self._opens(clause.start, clause.end):
                wanted = False
            else:
                self.read(clause.start, clause.end)

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

    def _opens(self, begin: int, end: int) -> bool:
        """Read the clause as what the poster is for, if it can be that."""
        start, end = without_courtesy(self.source.masked, begin, end)
        masked = self.source.masked[start:end]
        label = label_of(self.source.masked, start, end)
        if label is not None and label.role == "other":
            self._phrase(*label.text)
            if is_weak(self.source.raw[slice(*label.text)]):
                self._phrase(label.start, end)
            else:
                self.read(label.start, end)
            return True
        if begin > 0 and self._kind(start, end) == "place":
            return False
        if label is not None or is_order(masked) or placeholder(masked) or self._only_facts(start, end):
            return False
        if _CTA.search(masked) or _FREE.search(masked) or self._cued(start, end):
            return False
        before = len(self.draft.pieces), len(self.draft.missing)
        if read_request(self.draft, start, end):
            return False
        strip_ask = phrase.strip_ask if self.source.language == "zh" else english.strip_ask
        self._phrase(*strip_ask(self.draft, start, end))
        return any(piece.role in ("head", "title") for piece in self.draft.pieces[before[0] :])

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
        if start >= end:
            return
        label = label_of(masked, start, end)
        if label is not None:
            self._labelled(label, end)
        elif self._read_cued(start, end) or read_request(draft, start, end):
            return
        elif POSTER.search(masked, start, end):
            reader = chinese if self.source.language == "zh" else english
            reader.read_order(draft, start, end, self.read, self._opens)
        elif is_order(masked[start:end]):
            draft.order(start, end)
            draft.say_facts(start, end)
        else:
            self._content(start, end)

    # labels and quotes

    def _labelled(self, label: Label, end: int) -> None:
        draft = self.draft
        quotes = self.source.quotes_in(label.start, end)
        if POSTER.search(self.source.masked, *label.text) and label.role == "other":
            self.read(*label.text)
            self.read(label.start, end)
        elif label.role == "order":
            draft.order(label.text[0], end)
        elif label.role in ("title", "subtitle", "copy", "brand"):
            draft.order(*label.text)
            role = label.role
            if quotes and self.source.masked[label.start] == QUOTE:
                draft.say(*quotes[0].inner, role, dictated=True)
                if quotes[0].end < end:
                    self.read(quotes[0].end, end)
            elif placeholder(self.source.masked[label.start : end]):
                read_request(draft, label.start, end)
            else:
                draft.say(label.start, end, role, dictated=True)
        elif label.role == "names":
            self._names(label, end)
        else:
            self._labelled_fact(label, end)

    def _labelled_fact(self, label: Label, end: int) -> None:
        draft, before = self.draft, len(self.draft.pieces)
        words = self.source.raw[slice(*label.text)]
        value = self.source.masked[label.start : end]
        if placeholder(value) and label.kind is None:
            draft.order(*label.text)
            read_request(draft, label.start, end)
            return
        draft.order(*label.text)
        draft.say(label.start, end, "fact", kind=label.kind or self._kind(label.start, end), label=words)
        if value.strip() and re.fullmatch(f"{FACT}+", value.strip()) and len(draft.pieces) > before:
            draft.pieces[-1].text = self.source.fact_text(self.source.facts_in(label.start, end)[0])
        if len(draft.pieces) == before:
            draft.lack(*label.text, label.kind)

    def _names(self, label: Label, end: int) -> None:
        words, before = self.source.raw[slice(*label.text)], len(self.draft.pieces)
        at = label.start
        self.draft.order(*label.text)
        for match in [*_ZH_NAMES.finditer(self.source.masked, label.start, end), None]:
            stop = match.start() if match else end
            self.draft.say(at, stop, "name", kind="person")
            at = match.end() if match else end
        found = self.draft.pieces[before:]
        if len(found) == 1:
            found[0].role, found[0].label = "fact", words
        elif found:
            found[0].label = words

    def _cued(self, start: int, end: int) -> bool:
        return any(self._cue(quote.start, quote.end, start, end) for quote in self.source.quotes_in(start, end))

    def _cue(self, quote_start: int, quote_end: int, start: int, end: int) -> tuple[str, int, int] | None:
        """Role of a quote by the words beside it, and the range of words and quote together."""
        for role, pattern in _CUE_BEFORE:
            if found := pattern.search(self.source.masked, max(start, quote_start - 20), quote_start):
                return role, found.start(), quote_end
        for role, pattern in _CUE_AFTER:
            if found := pattern.match(self.source.masked, quote_end, end):
                return role, quote_start, found.end()
        return None

    def _read_cued(self, start: int, end: int) -> bool:
        """Take out of a clause the quotes whose role is said; read what is left."""
        for quote in self.source.quotes_in(start, end):
            cue = self._cue(quote.start, quote.end, start, end)
            if cue is None:
                continue
            role, a, b = cue
            self.draft.order(a, quote.start)
            self.draft.order(quote.end, b)
            self.draft.say(*quote.inner, role, dictated=True)  # type: ignore[arg-type]
            left = self.source.trim(start, a)
            if left[0] < left[1]:
                left = phrase.strip_ask(self.draft, *left)
                if not _only_joins(self.source.masked[slice(*left)]):
                    self.read(*left)
            right = self.source.trim(b + (self.source.raw[b : b + 1] == "的"), end)
            if right[0] < right[1]:
                self.read(*right)
            return True
        return False

    # content

    def _kind(self, start: int, end: int):  # type: ignore[no-untyped-def]
        facts = self.source.facts_in(start, end)
        if facts:
            return facts[0].kind
        masked = self.source.masked[start:end].strip()
        if _FREE.search(masked):
            return "price"
        return "place" if is_place(masked) or self._is_english_place(start, end) else None

    def _is_english_place(self, start: int, end: int) -> bool:
        """Whether English words end as places do, and are all capitals, as names are."""
        words = self.source.raw[start:end].split()
        named = all(
            not word[0].islower() or word in ("of", "the", "and", "at", "on", "in", "de", "la") for word in words
        )
        return (
            self.source.language == "en"
            and named
            and len(words) <= 9
            and _PLACE_EN.search(self.source.masked[start:end]) is not None
        )

    def _only_facts(self, start: int, end: int) -> bool:
        filler = _FILLER_ZH if self.source.language == "zh" else _FILLER_EN
        parts = re.split(f"{FACT}+", self.source.masked[start:end])
        return len(parts) > 1 and all(filler.fullmatch(part) for part in parts)

    def _content(self, start: int, end: int) -> None:
        draft, masked = self.draft, self.source.masked[start:end]
        if self._only_facts(start, end):
            facts = self.source.facts_in(start, end)
            if len(facts) == 1 and facts[0].kind in ("price", "discount") and re.match(r"from\b", masked):
                draft.say(start, end, "fact", kind=facts[0].kind)
                return
            draft.order(start, end)
            draft.say_facts(start, end)
            return
        if self._date_and_place(start, end):
            return
        quotes = self.source.quotes_in(start, end)
        if len(quotes) == 1 and (quotes[0].start, quotes[0].end) == (start, end):
            announced = self.source.shadow[:start].rstrip()[-1:] == ":"
            draft.say(*quotes[0].inner, "title" if announced else "copy", dictated=True)
            return
        if self.source.language == "en":
            if FACT not in masked and (match := _AT_EN.match(self.source.masked, start, end)):
                name = self.source.raw[match.end() :]
                if name[0].isupper() or name[0].isdigit() or _PLACE_EN.search(masked):
                    draft.say(match.end(), end, "fact", kind="place")
                    return
            if match := re.match(r"(?:featuring|feat\.?|ft\.?|with special guests?|special guests?)\s+(?=\S)", masked):
                english.say_names(draft, start + match.end(), end)
                return
        elif masked.startswith("在") and is_place(masked):
            draft.say(start + 1, end, "fact", kind="place")
            return
        if _LEGAL.search(masked):
            draft.say(start, end, "legal")
        elif _CTA.search(masked):
            draft.say(start, end, "cta", kind=self._kind(start, end))
            if found := re.search(r"扫码|扫描|scan", masked):
                self.draft.missing.append(("二维码" if self.source.language == "zh" else "QR code", None))
                del found
        else:
            kind = self._kind(start, end)
            role = "body" if width(self.source.raw[start:end]) > 42 else "fact" if kind else "line"
            draft.say(start, end, role, kind=kind)  # type: ignore[arg-type]

    def _date_and_place(self, start: int, end: int) -> bool:
        """A clause that says only when and where: both, apart."""
        source = self.source
        if source.language == "zh":
            match = re.fullmatch(
                rf"(?:活动|展览|演出|比赛|课程|会议|时间)*(?:将|定)?(?:于|在)?(?P<a>{FACT}+)(?:，|,"
                rf"|\s)*(?:将)?(?P<at>在|于)?(?P<place>[^{FACT}{QUOTE}]{{2,22}}?)(?:隆重|盛大|正式"
                rf"|准时)?(?P<held>举行|举办|开幕|开始|开展|进行|召开|开业)?",
                source.masked[start:end],
            )
            if (
                not match
                or not (match["at"] or is_place(match["place"]))
                or not (match["held"] or is_place(match["place"]))
            ):
                return False
        else:
            match = re.fullmatch(
                rf"(?:it |it's |is |will be |held |on |join us |happening )*(?P<a>{FACT}+)[\s,]*(?P<at>at|@"
                rf"|in)\s+(?P<place>[^{FACT}{QUOTE}]{{2,60}})|(?P<at2>(?:located )?at|@"
                rf"|in)\s+(?P<place2>[^{FACT}{QUOTE}]{{2,60}}?)[\s,]+(?:on |from |at )?(?P<b>{FACT}+)",
                source.masked[start:end],
            )
            if not match or any(fact.kind not in ("date", "time") for fact in source.facts_in(start, end)):
                return False
        groups = match.groupdict()
        name = "place" if groups.get("place") else "place2"
        self.draft.order(start, end)
        self.draft.say_facts(start, end)
        self.draft.say(start + match.start(name), start + match.end(name), "fact", kind="place")
        return True


def _only_joins(masked: str) -> bool:
    return (
        re.fullmatch(r"(?:\s|[,，:]|的|和|与|用|以|要|请|上面|海报上?|with|and|the|it|a|that|should|say|s)*", masked)
        is not None
    )
