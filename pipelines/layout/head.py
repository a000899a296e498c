"""The top of a poster: label row, title, subtitles."""

import re
from dataclasses import dataclass
from typing import Any

from pipelines.layout.block import Block, Mark, lines_block, vstack
from pipelines.layout.breaking import Broken, balanced, break_title, wrap
from pipelines.layout.content import Content, Entry
from pipelines.layout.grid import Frame
from pipelines.layout.pieces import bold, piece_of
from pipelines.layout.sheet import DoesNotFit
from pipelines.layout.type import Piece, has_cjk
from pipelines.styles.packs import StylePack, Voice

_CLAUSE = re.compile(r"[，。：；！？,.:;!?|｜—\n]+\s*|\s{1,}")


def title_voice(pack: StylePack, text: str) -> Voice:
    """The pack's title face; Latin titles have their own, long ones are a step lighter."""
    voice = pack.type.title if has_cjk(text) else pack.type.title_latin
    long = len(text) > (20 if has_cjk(text) else 48)
    return voice.model_copy(update={"weight": min(voice.weight, 700)}) if long else voice


def split_title(text: str) -> tuple[str, str]:
    """Title and, for a very long text, the rest that is set as a subtitle (first clause wins)."""
    most = 24 if has_cjk(text) else 64
    if len(text) <= most:
        return text, ""
    cuts = [match.end() for match in _CLAUSE.finditer(text) if 4 <= match.end() <= most]
    if not cuts:
        return text, ""
    # The longest head that still makes a title.
    cut = max((cut for cut in cuts if cut <= most * 0.75), default=cuts[0])
    return text[:cut], text[cut:]


@dataclass(frozen=True)
class Head:
    """A title set within its budget, with what stands right below it."""

    title: Piece
    block: Block  # title and subtitles, top-left at the title's ink
    title_height: float


def label_row(frame: Frame, pack: StylePack, content: Content, width: float, *, align: str = "left") -> Block:
    """Brand left, label or date right, on one baseline; stacked when they do not fit."""
    voice = pack.type.body
    size = frame.body
    brands = [_row_piece(entry, bold(voice, 600), size, width) for entry in content.brands]
    labels = [_row_piece(entry, voice, size, width) for entry in content.labels]
    pieces = brands + labels
    if not pieces:
        return Block()
    if align == "center":
        return lines_block(pieces, ["strong"] * len(pieces), 0.6 * size, "center", width)
    single = all(len(piece.lines) == 1 for piece in pieces)
    total = sum(piece.width for piece in pieces) + 3 * size * (len(pieces) - 1)
    if single and total <= width and len(pieces) <= 3:
        left = pieces if len(pieces) == 1 and brands else pieces[:-1]
        right = pieces[-1:] if left is not pieces else []
        if len(pieces) == 1 and not brands:
            left, right = pieces, []
        base = max(piece.ascent for piece in pieces)
        marks, x = [], 0.0
        for piece in left:
            marks.append(Mark(piece, x, base))
            x += piece.width + 2 * size
        marks += [Mark(piece, width, base, "right") for piece in right]
        return Block(tuple(marks), width, base + max(piece.descent for piece in pieces))
    return lines_block(pieces, ["ink"] * len(pieces), 0.6 * size, "left", width)


def _row_piece(entry: Entry, voice: Voice, size: float, width: float) -> Piece:
    spaced = voice.model_copy(update={"tracking": voice.tracking + 0.03 if has_cjk(entry.text) else voice.tracking})
    return piece_of(entry, balanced(entry.text, spaced, size, width), spaced, size, 1.4)


def break_head(text: str, voice: Voice, width: float, height: float, *, most: int = 3, least: int = 1,
               largest: float = 1e9) -> Broken:  # fmt: skip
    """Break and size a title. Raises DoesNotFit when not even wrapped sentences are possible."""
    long = len(text) > (24 if has_cjk(text) else 48)
    broken = break_title(text, voice, width, height, most=4 if long else most, least=least)
    if broken is None:
        broken = break_title(text, voice, width, height, most=4)
    if broken is None or len(text) > (16 if has_cjk(text) else 40):
        wrapped = _wrapped(text, voice, width, height)
        if broken is None or wrapped.size > broken.size * 1.3:
            broken = wrapped
    if not has_cjk(text) and len(text) > 40:
        largest = min(largest, 0.13 * width)
    return broken._replace(size=min(broken.size, largest))


def _wrapped(text: str, voice: Voice, width: float, height: float) -> Broken:
    pitch = 1.25
    size = height
    for _ in range(60):
        lines = wrap(text, voice, size, width)
        piece = Piece(lines, voice, size, pitch, optical=True)
        if piece.height <= height and piece.width <= width:
            return Broken(lines, size, pitch, 0.0)
        size *= 0.92
    raise DoesNotFit("title")


def build_head(frame: Frame, pack: StylePack, content: Content, width: float, height: float, *, most: int = 3,
               least: int = 1, align: str = "left", largest: float = 1e9, sub_width: float = 0.0,
               voice: Voice | None = None) -> Head:  # fmt: skip
    """Title (filling ``width``, at most ``height``) and subtitles below it."""
    text, rest = split_title(content.title.text)
    voice = voice or title_voice(pack, text)
    broken = break_head(text.strip(), voice, width, height, most=most, least=least, largest=largest)
    if broken.size < frame.floor:
        raise DoesNotFit("title")
    title = Piece(broken.lines, voice, broken.size, broken.pitch, content.title.index, "title", "Title", optical=True)
    subs = subtitles(frame, pack, content, sub_width or width, title.size, rest=rest)
    x = {"left": 0.0, "center": width / 2}.get(align, width)
    block = Block((Mark(title, x, title.ascent, align),), title.width, title.height)
    if subs:
        tones = ["ink" if index == 0 and rest else ("strong" if index == 0 else "ink") for index in range(len(subs))]
        below = lines_block(subs, tones, 0.62 * frame.body, align, width)  # type: ignore[arg-type]
        gap = max(3.4 * frame.u * frame.scale, min(0.36 * title.size, 6 * frame.u))
        block = vstack([block, below], gap)
    return Head(title, block, title.height)


def head_within(frame: Frame, pack: StylePack, content: Content, width: float, height: float, **wishes: Any) -> Head:
    """A head of which title AND subtitles stay within ``height``: the title gives way. ``wishes``: as build_head."""
    budget = min(wishes.pop("budget", height), height)
    for _ in range(8):
        head = build_head(frame, pack, content, width, budget, **wishes)
        if head.block.height <= height + 0.5:
            return head
        budget = min(head.title_height, budget) - (head.block.height - height) - 0.5
        if budget < frame.floor:
            break
    raise DoesNotFit("head")


def subtitles(
    frame: Frame, pack: StylePack, content: Content, width: float, title_size: float, *, rest: str = ""
) -> list[Piece]:
    """Subtitle lines; ``rest``: what a long title left over, first."""
    size = frame.sub if title_size >= 1.6 * frame.sub else frame.body
    pieces = []
    strong = pack.type.body.model_copy(update={"weight": max(pack.type.body.weight, 500)})
    if rest.strip():
        lines = wrap(rest.strip(), strong, size, width)
        pieces.append(Piece(lines, strong, size, 1.4, content.title.index, "title", "Title (continued)"))
    for index, entry in enumerate(content.subtitles):
        own = size if index == 0 and not rest else frame.body
        lines = balanced(entry.text, strong, own, width)
        pieces.append(piece_of(entry, lines, strong, own, 1.4))
    return pieces
