"""The brief's items sorted by what they do on a poster."""

import re
from dataclasses import dataclass, field
from typing import Literal

from pipelines.brief import CopyItem, DesignBrief

LONG_BODY = 60
_KEY_KINDS = ("discount", "price", "date", "time")
Place = Literal["top", "center", "bottom", ""]


@dataclass(frozen=True)
class Entry:
    """One item with its number in the brief."""

    index: int
    item: CopyItem

    @property
    def text(self) -> str:
        """The text, with line ends as they are drawn."""
        return self.item.text.strip() or self.item.text

    @property
    def label(self) -> str:
        """The user's own label ("地点"), unless the text says it already."""
        label = (self.item.label or "").strip().rstrip("：:")
        return "" if not label or self.text.startswith(label) else label

    @property
    def place(self) -> Place:
        """The wished position."""
        return place_of(self.item.position)


def place_of(position: str) -> Place:
    """top, center or bottom out of what a client writes ("bottom-right", "底部", "header" ...)."""
    text = position.lower()
    if re.search(r"top|head|upper|顶|上", text):
        return "top"
    if re.search(r"bottom|foot|lower|底|下", text):
        return "bottom"
    return "center" if re.search(r"cent|middle|中", text) else ""


@dataclass
class Content:
    """Sorted entries; every entry of the brief is in exactly one place."""

    title: Entry
    subtitles: list[Entry] = field(default_factory=list)
    brands: list[Entry] = field(default_factory=list)
    labels: list[Entry] = field(default_factory=list)
    key: Entry | None = None
    facts: list[Entry] = field(default_factory=list)
    body: list[Entry] = field(default_factory=list)
    names: list[Entry] = field(default_factory=list)
    legal: list[Entry] = field(default_factory=list)

    @property
    def info_count(self) -> int:
        """How many facts there are, the key fact included."""
        return len(self.facts) + (self.key is not None)

    @property
    def body_length(self) -> int:
        """Characters of running text."""
        return sum(len(entry.text) for entry in self.body)

    @property
    def only_title(self) -> bool:
        """Whether nothing but a title is to be said."""
        return not (self.subtitles or self.brands or self.labels or self.key or self.facts or self.body or self.names
                    or self.legal)  # fmt: skip


def sort_content(brief: DesignBrief) -> Content:
    """Sort the brief's items; a missing key fact is promoted from what there is."""
    entries = [Entry(index, item) for index, item in enumerate(brief.items) if item.text.strip()]
    title = next((entry for entry in entries if entry.item.role == "title"), entries[0])
    content = Content(title)
    keys = [entry for entry in entries if entry.item.role == "key_fact" and entry is not title]
    keys.sort(key=lambda entry: -entry.item.importance)
    for entry in entries:
        if entry is title:
            continue
        _shelve(content, entry, keys)
    if content.key is None:
        content.key = _promoted(content)
    return content


def _shelve(content: Content, entry: Entry, keys: list[Entry]) -> None:
    role = entry.item.role
    if keys and entry is keys[0] and len(entry.text) <= 40:
        content.key = entry
    elif len(entry.text) > LONG_BODY and role not in {"legal", "title"}:
        content.body.append(entry)
    elif role in {"subtitle", "title"}:
        _add(content.subtitles, content.facts, entry, 2)
    elif role == "brand":
        _add(content.brands, content.facts, entry, 2 if entry.place != "bottom" else 0)
    elif role == "label":
        _add(content.labels, content.facts, entry, 1 if entry.place != "bottom" else 0)
    elif role == "body":
        content.body.append(entry)
    elif role == "name":
        content.names.append(entry)
    elif role == "legal":
        content.legal.append(entry)
    elif entry.place == "top" and len(entry.text) <= 16 and not content.labels:
        content.labels.append(entry)
    else:
        content.facts.append(entry)


def _add(shelf: list[Entry], overflow: list[Entry], entry: Entry, most: int) -> None:
    (shelf if len(shelf) < most else overflow).append(entry)


def _promoted(content: Content) -> Entry | None:
    def rank(entry: Entry) -> tuple[int, int]:
        kind = entry.item.kind or "other"
        kinds = [*_KEY_KINDS, "place", "phone"]
        # A call to action stands in before a plain fact does.
        order = kinds.index(kind) if kind in kinds else (6 if entry.item.role == "cta" else 7)
        return -entry.item.importance, order

    short = [entry for entry in content.facts if len(entry.text) <= 24]
    if not short:
        return None
    chosen = min(short, key=rank)
    content.facts.remove(chosen)
    return chosen
