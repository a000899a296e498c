"""The rule-based designer: a brief from a Chinese or English prompt, by rules alone."""

import re
import time
from collections.abc import Sequence

from pipelines.brief import CopyItem, DesignBrief, Purpose
from pipelines.models.base import Understanding, Usage, Work
from pipelines.models.designer import styles
from pipelines.models.designer.colours import EN_COLOUR, ZH_COLOUR, find_colours, to_hex
from pipelines.models.designer.draft import Draft
from pipelines.models.designer.opinion import NO_OPINION, Opinion
from pipelines.models.designer.purpose import NAMES, names, purpose_of
from pipelines.models.designer.reader import read
from pipelines.models.designer.requirements import not_given, texts
from pipelines.models.designer.rescue import rescue
from pipelines.models.designer.roles import items_of
from pipelines.models.designer.settle import settle
from pipelines.models.designer.source import Source, fold, is_printable
from pipelines.models.designer.styles import STYLE_WORD
from pipelines.models.designer.weak import is_weak
from pipelines.topics import GROUPS, find_topics, vocabulary
from storage.documents.task import TaskParams
from storage.errors import DesignError

_MOST_TOPICS = 6
_VENUES = ("hotel", "school", "property", "parking")  # where something is, seldom what it is about
_NAMELESS = ("date", "time", "phone", "email", "url", "person")  # kinds of facts that name no subject
_LOOKS = re.compile(
    rf"(?:{STYLE_WORD})(?:风格|风|感| style| look)|{ZH_COLOUR}|{EN_COLOUR}|(?:pop|line|pixel) art|art (?:deco|nouveau)"
)  # words of an order that say how it should look, not what it shows
_EVENT = re.compile(r"(?<![a-z])event(?= poster| flyer| banner)|活动(?=宣传|海报)")
_WHITE_SPACE = re.compile(r"(?:white|negative|empty)[- ]?space")


class RuleBasedDesigner:
    """Implements the language model's port. No model, no network; a millisecond or two a prompt."""

    name = "rule-based-designer"

    def understand(self, params: TaskParams, work: Work, seen: Sequence[str] = ()) -> Understanding:  # noqa: ARG002
        """Reads the prompt alone: what a picture says is for a model that can tell an order from a remark."""
        began = time.thread_time()
        brief = self.brief(params)
        return Understanding(brief=brief, usage=Usage(model=self.name, seconds=time.thread_time() - began))

    def brief(self, params: TaskParams) -> DesignBrief:
        """Raises DesignError when neither the prompt nor an element holds anything printable."""
        if not is_printable(params.prompt) and not texts(params.elements):
            raise DesignError("The prompt holds nothing that can be printed; say in a sentence what the poster is for.")
        return self.brief_of(self.reading(params), params)

    def reading(self, params: TaskParams) -> Draft:
        """What of the prompt is to be printed, and what only orders."""
        draft = read(Source(params.prompt))
        rescue(draft)
        return draft

    def brief_of(self, draft: Draft, params: TaskParams, opinion: Opinion = NO_OPINION) -> DesignBrief:
        """The brief of what was read; the reader's ``opinion`` is for where the words alone do not tell."""
        required = texts(params.elements)
        wishes = _WHITE_SPACE.sub(
            "", "\n".join([draft.wishes(), *(fold(piece.text) for piece in draft.pieces if is_weak(piece.text))])
        )
        heads = [piece.text for piece in draft.pieces if piece.role in ("title", "head", "subtitle", "label")]
        heads.sort(key=lambda text: not is_weak(text))  # "开业" below a shop's name says more than the name
        purpose = purpose_of([fold(text) for text in [*heads, *(text.text for text in required)]], draft.source.shadow)
        if purpose in ("sport", "other") and any(piece.kind == "discount" for piece in draft.pieces):
            purpose = "sale"
        elif purpose in ("food", "product", "other") and _EVENT.search(wishes):
            purpose = "event"
        if purpose == "other" or names(opinion.purpose, draft.source.shadow):
            purpose = opinion.purpose
        settle(draft, purpose)
        items = items_of(draft, required, purpose)
        topics = _with_opinion(_topics(items, wishes, purpose), opinion)
        words = find_colours(wishes)
        asked = styles.style_words(wishes)
        believed = "" if asked else opinion.style
        style = styles.pack_named(params.style) or believed or styles.pack_for(asked, purpose, topics)
        language = draft.source.language
        wished = ""  # the style in the words of the language, only where one was asked for
        if asked or styles.pack_named(params.style):
            named = [word for word in asked if word.isascii() == (language == "en")]
            wished = next(iter(named), style if language == "en" else styles.STYLE_NAMES[style])
        return DesignBrief(
            language=language, purpose=purpose, style=style, mood=styles.mood_for(wishes, purpose, opinion.mood),
            topics=topics, colors=[to_hex(color) for color in params.color_scheme] or [code for _, code in words],
            items=items, missing=_missing(draft, items, not_given(params.elements)),
            tags=_tags(language, purpose, wished, [word for word, _ in words]),
            description=_description(language, purpose, wished, [word for word, _ in words]),
        )  # fmt: skip


def _topics(items: list[CopyItem], wishes: str, purpose: Purpose) -> list[str]:
    """What is to be shown first, then what the title names, then the rest; things before settings before purposes.

    Names of people say nothing of the subject; who it is from and where it is, only when nothing else does.
    """
    title = "\n".join(item.text for item in items if item.role in ("title", "subtitle"))
    said = [item for item in items if item.role != "name" and item.kind not in _NAMELESS]
    aside = [item.text for item in said if item.role in ("brand", "label") or item.kind == "place"]
    rest = [item.text for item in said if item.text not in aside]
    named: dict[str, None] = {}
    shown = _LOOKS.sub("", wishes)
    for text in (shown, title, "\n".join(rest)):
        named |= dict.fromkeys(find_topics(text))
    if not any(vocabulary()[topic].group == "concrete" or topic in ("ai", "tech") for topic in named):
        named |= dict.fromkeys(topic for topic in find_topics("\n".join(aside)) if topic not in _VENUES)
    pictured = not all(vocabulary()[topic].general for topic in named)
    for topic in find_topics(NAMES[purpose][1]):
        if not pictured or vocabulary()[topic].group != "concrete":
            named.setdefault(topic)
    first = {topic for text in (shown, title) for topic in find_topics(text)}
    return sorted(
        named,
        key=lambda topic: (vocabulary()[topic].general, topic not in first, GROUPS.index(vocabulary()[topic].group)),
    )[:_MOST_TOPICS]


def _with_opinion(topics: list[str], opinion: Opinion) -> list[str]:
    """What the words name, then what the reader sees in them; things before purposes."""
    both = list(dict.fromkeys([*topics, *(topic for topic in opinion.topics if topic in vocabulary())]))
    return sorted(both, key=lambda topic: vocabulary()[topic].general)[:_MOST_TOPICS] if opinion.topics else topics


def _missing(draft: Draft, items: list[CopyItem], pictures: list[str]) -> list[str]:
    kinds = {item.kind for item in items} | ({"date"} if any(item.kind == "time" for item in items) else set())
    detailed = len([item for item in items if item.role not in ("title", "brand", "label")]) > 0
    names = []
    for name, kind in draft.missing:
        folded = fold(name)
        vague = any(
            word in folded
            for word in ("信息", "详情", "介绍", "内容", "描述", "要求", "说明", "detail", "info", "description")
        )
        if (kind is not None and kind in kinds) or (kind is None and vague and detailed):
            continue
        names.append(name)
    return list(dict.fromkeys([*names, *pictures]))


def _tags(language: str, purpose: Purpose, style: str, colours: list[str]) -> list[str]:
    named = [word for word in colours if not word.startswith("#")]
    return [tag for tag in dict.fromkeys([NAMES[purpose][language == "en"], style, *named]) if tag]


def _description(language: str, purpose: Purpose, style: str, colours: list[str]) -> str:
    """What was ordered, in a few words: its colours, style and purpose."""
    words = [
        *(word for word in colours if not word.startswith("#")),
        style + ("风格" if style and language == "zh" else ""),
    ]
    words += [NAMES[purpose][language == "en"], "海报" if language == "zh" else "poster"]
    kept = [word for word in dict.fromkeys(words) if word]
    return "".join(kept) if language == "zh" else " ".join(kept).capitalize()
