"""What a model copied of the request itself: "Poster for a Jazz Night, Friday 8pm" is no title."""

from pipelines.brief import FactKind
from pipelines.models.designer.draft import Draft, PieceRole
from pipelines.models.designer.orders import POSTER, is_order
from pipelines.models.designer.source import Range, Source, overlap

BY_FORM: tuple[FactKind, ...] = ("date", "time", "price", "discount", "phone", "email", "url")
"""Kinds of fact that are known by their form."""


def own_words(read: Draft, start: int, end: int, role: PieceRole) -> Range | None:
    """The range without the words that order the poster; None where several texts would be one.

    ``read`` is the rules' reading: what it has as an order and in no text, and where one of its texts ends.
    """
    orders = [order for order in read.orders if not any(overlap(order, piece.range) for piece in read.pieces)]
    source, heads = read.source, {piece.start for piece in read.pieces if piece.role == "head"}
    asking = [order for order in orders if POSTER.search(source.masked, *order)]
    inner = _without(source, orders, start, end)
    if any(overlap(order, (start, end)) for order in asking):
        start, end = inner
    elif inner[0] in heads and not is_order(source.masked[start : inner[0]]):
        start = inner[0]
    if start >= end or any(overlap(order, (start, end)) for order in asking):
        return None
    return None if _is_several(read, start, end, role) else (start, end)


def _without(source: Source, orders: list[Range], start: int, end: int) -> Range:
    """The range without orders at its edges."""
    while True:
        begun, ended = source.trim(start, end)
        for first, last in orders:
            if first <= begun < last:
                begun = last
            if first < ended <= last:
                ended = first
        if (begun, ended) == (start, end) or begun >= ended:
            return begun, ended
        start, end = begun, ended


def _is_several(read: Draft, start: int, end: int, role: PieceRole) -> bool:
    """A title with a date or a price that has a place of its own; anything with that and the title."""
    within = [piece for piece in read.pieces if start <= piece.start and piece.end <= end]
    facts = [piece for piece in within if piece.kind in BY_FORM]
    if role == "title":
        return any(piece.range != (start, end) for piece in facts)
    return bool(facts) and any(piece.role in ("head", "title") and piece not in facts for piece in within)
