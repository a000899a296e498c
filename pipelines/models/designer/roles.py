"""From pieces to the items of a brief: roles, importance, one key fact, no text twice."""

import re
import unicodedata

from pipelines.brief import CopyItem, FactKind, Purpose
from pipelines.models.designer import headline
from pipelines.models.designer.draft import Draft, Piece
from pipelines.models.designer.requirements import Required, title_of
from pipelines.models.designer.source import width
from pipelines.models.designer.weak import is_weak

_IMPORTANCE = {
    "title": 5, "subtitle": 4, "key_fact": 4, "fact": 3, "name": 3, "cta": 3, "brand": 2, "label": 2, "body": 2,
    "legal": 1,
}  # fmt: skip
_DEFAULT_ORDER: tuple[FactKind, ...] = (
    "date",
    "time",
    "price",
    "discount",
    "place",
    "phone",
    "url",
    "email",
    "quantity",
)
_KEY_ORDER: dict[Purpose, tuple[FactKind, ...]] = {
    "sale": ("discount", "price", "date", "time", "place", "phone"),
    "hiring": ("price", "email", "phone", "url", "date", "place"),
    "product": ("price", "discount", "date", "place", "url", "phone"),
    "food": ("price", "discount", "date", "time", "place", "phone"),
    "travel": ("price", "date", "discount", "phone", "place"),
    "opening": ("date", "discount", "time", "price", "place", "phone"),
}
# Labels of dates that matter less than the day itself.
_BESIDES = re.compile(r"营业|截止|报名时间|opening hours|deadline|doors")
_FORMER = re.compile(r"^(?:原价|市场价|门市价|was|rrp)(?!.*(?:现价|只要|仅|now|特价))")
_MOST = 24
_BODY_WIDTH = 42.0


def key_of(text: str) -> str:
    """What makes two texts the same: letters and digits only."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def items_of(draft: Draft, required: list[Required], purpose: Purpose) -> list[CopyItem]:
    """All items, title first; requirements verbatim, and no text of the prompt that one of them says already."""
    given = next((piece for piece in draft.pieces if piece.role == "title"), None)
    top = None if given else title_of(required, titled=draft.has_head())
    title = headline.choose(draft, purpose)
    items: list[CopyItem] = []
    if top:
        items.append(top.item("title", 5))
        pieces = [piece for piece in draft.pieces if not (piece.role == "head" and is_weak(piece.text))]
    else:
        items += _title_items(draft, title)
        pieces = [piece for piece in draft.pieces if piece is not title.piece]
        if title.piece is None or not is_weak(title.text):
            pieces = [piece for piece in pieces if not (piece.role == "head" and is_weak(piece.text))]
    items += _prompt_items(draft, pieces, subtitled=len(items) > 1, titled_by_element=top is not None)
    items = _with_required(items, [text for text in required if text is not top])
    return _with_key_fact(_limited(draft, _unique(items)), purpose)


def _title_items(draft: Draft, title: headline.Title) -> list[CopyItem]:
    words, rest = headline.cut(title.text)
    if draft.source.language == "en" and not (title.piece and title.piece.dictated):
        words = headline.capitalised(words)
    kind = title.piece.kind if title.piece else None
    known = title.piece is not None or title.text in draft.source.raw
    found = [CopyItem(role="title", text=words, kind=kind, importance=5, source="prompt" if known else "purpose")]
    if rest:
        body = width(rest) > 60
        found.append(CopyItem(role="body" if body else "subtitle", text=rest, importance=2 if body else 4))
    return found


def _prompt_items(draft: Draft, pieces: list[Piece], *, subtitled: bool, titled_by_element: bool) -> list[CopyItem]:
    found: list[CopyItem] = []
    subtitles = [piece for piece in pieces if piece.role == "subtitle"]
    chosen = next((piece for piece in subtitles if piece.dictated), next(iter(subtitles), None))
    has_subtitle = subtitled or chosen is not None
    facts_seen = False
    for piece in pieces:
        role: str = piece.role
        facts_seen = facts_seen or role == "fact"
        if role in ("head", "copy", "line", "title"):
            early = role != "line" or not facts_seen
            short = width(piece.text) <= LONGEST_SUBTITLE
            if not has_subtitle and short and early and not (titled_by_element and role == "head"):
                role, has_subtitle = "subtitle", True
            elif role == "head" and short:
                role = "label"
            else:
                role = "body" if width(piece.text) > _BODY_WIDTH else "fact"
        elif role == "subtitle" and piece is not chosen:
            role = "fact"
        elif role == "fact" and width(piece.text) > 60:
            role = "body"
        text = piece.text
        if draft.source.language == "en" and role in ("subtitle", "fact", "cta", "brand") and not piece.dictated:
            text = headline.sentence(text)
        elif draft.source.language == "en" and role == "label" and piece.role == "head" and not piece.dictated:
            text = headline.capitalised(text)
        kind = piece.kind or ("other" if role == "fact" else None)
        found.append(
            CopyItem.model_validate(
                {
                    "role": role,
                    "text": text,
                    "kind": kind,
                    "label": piece.label,
                    "importance": _IMPORTANCE[role],
                    "required": True,
                }
            )
        )
    return found


LONGEST_SUBTITLE = 26.0


def _with_required(items: list[CopyItem], required: list[Required]) -> list[CopyItem]:
    """Put requirements in: in place of the prompt's own text where it says the same, else behind."""
    out = list(items)
    for text in sorted(required, key=lambda text: -(text.size or 0)):
        key = key_of(text.text)
        same = next((n for n, item in enumerate(out) if item.source != "element" and key_of(item.text) == key), None)
        if same is not None:
            role = out[same].role
            out[same] = text.item(role, _IMPORTANCE[role])
            continue
        out = [item for item in out if item.source == "element" or item.role == "title" or not _says(key, item)]
        wordy = text.kind is None and width(text.text) <= LONGEST_SUBTITLE
        if wordy and not any(item.role == "subtitle" for item in out):
            out.insert(1, text.item("subtitle", 4))
        else:
            role = "body" if width(text.text) > _BODY_WIDTH else "fact"
            out.append(text.item(role, _IMPORTANCE[role]))
    return out


def _says(key: str, item: CopyItem) -> bool:
    own = key_of(item.text)
    return bool(own) and len(own) >= 2 and own in key and item.label is None


def _unique(items: list[CopyItem]) -> list[CopyItem]:
    seen: dict[str, CopyItem] = {}
    for item in items:
        key = key_of(item.text) or item.text
        if key not in seen:
            seen[key] = item
        elif seen[key].source != "element" and item.source == "element":
            seen[key] = item.model_copy(update={"role": seen[key].role, "importance": seen[key].importance})
        elif item.label and not seen[key].label and seen[key].role in ("fact", "key_fact"):
            seen[key] = seen[key].model_copy(update={"label": item.label})
    return list(seen.values())


def _limited(draft: Draft, items: list[CopyItem]) -> list[CopyItem]:
    """Beyond what a poster can hold as separate texts, the rest is one running text."""
    if len(items) <= _MOST:
        return items
    kept = [n for n, item in enumerate(items) if n < _MOST - 1 or item.source == "element" or item.role == "title"]
    rest = [item for n, item in enumerate(items) if n not in set(kept)]
    separator = "，" if draft.source.language == "zh" else ", "
    text = separator.join(f"{item.label} {item.text}" if item.label else item.text for item in rest)
    body = CopyItem(role="body", text=text[:4000], importance=2)
    return [items[n] for n in kept] + ([body] if rest else [])


def _with_key_fact(items: list[CopyItem], purpose: Purpose) -> list[CopyItem]:
    facts = [item for item in items if item.role == "fact" and not _BESIDES.search((item.label or "").lower())]
    chosen: CopyItem | None = None
    for kind in (*_KEY_ORDER.get(purpose, ()), *_DEFAULT_ORDER):
        fit = [item for item in facts if item.kind == kind and _is_short(item)]
        chosen = next((item for item in fit if not _FORMER.search(f"{item.label or ''}{item.text}".lower())), None)
        chosen = chosen or next(iter(fit), None)
        if chosen:
            break
    if chosen is None:
        chosen = next((item for item in facts if _is_short(item) and re.search(r"\d", item.text)), None)
    return [item.model_copy(update={"role": "key_fact", "importance": 4}) if item is chosen else item for item in items]


def _is_short(item: CopyItem) -> bool:
    return width(item.text) <= 26 and re.search(r"\n", item.text) is None
