"""Nothing the user wrote may fall through: what no rule took is printed as it stands."""

import re

from pipelines.models.designer.draft import Draft, Piece
from pipelines.models.designer.source import is_cjk

_JOINS = re.compile(
    r"(?:\s|[^\w]|的|了|在|于|将于?|定于|是|为|与|和|及|从|到|至|起|请|要|我们?|一|张|个|举行|举办|海报"
    r"|时间|地点|并|且|还|也|有|上|中|里|会|就|都|用|给|帮|做|设计|制作"
    r"|(?<![a-z])(?:the|a|an|on|at|from|to|in|for|of|and|or|with|is|it|its|it's|we|our|my|me|please|make"
    r"|create|design|that|this|be|will|by|poster|flyer|are|i|need|want|add|include|including|says|say"
    r"|called|named|titled|text"
    r"|s)(?![a-z]))*"
)


def rescue(draft: Draft) -> None:
    """Add pieces for facts and words that neither a piece nor an order covers."""
    source = draft.source
    covered = bytearray(len(source.raw))
    for piece in draft.pieces:
        covered[piece.start : piece.end] = b"\1" * (piece.end - piece.start)
    for span in source.facts:
        if not any(covered[span.start : span.end]):
            draft.pieces.append(Piece(span.start, span.end, source.fact_text(span), "fact", span.kind))
        covered[span.start : span.end] = b"\1" * (span.end - span.start)
    for start, end in draft.orders:
        covered[start:end] = b"\1" * (end - start)
    for match in re.finditer(rb"\x00+", bytes(covered)):
        start, end = source.trim(*match.span())
        text = source.masked[start:end]
        if says_more(text):
            draft.say(start, end, "line")
    draft.pieces.sort(key=lambda piece: (piece.start, piece.end))


def says_more(masked: str) -> bool:
    """Whether masked text is more than words that join others."""
    return _JOINS.fullmatch(masked) is None and _weight(masked) >= 2


def _weight(text: str) -> float:
    return sum(1.0 if is_cjk(char) or char.isdigit() else 0.5 for char in text if char.isalnum())
