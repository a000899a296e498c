"""The one key fact, set large: a price or amount as a figure with small sign and unit, a date on one or two lines."""

import re
from dataclasses import replace

from pipelines.layout.block import Block, Mark, lines_block
from pipelines.layout.breaking import splits
from pipelines.layout.content import Entry
from pipelines.layout.grid import Frame
from pipelines.layout.type import Piece, has_cjk
from pipelines.styles.packs import StylePack, Voice

_FIGURES = {"price", "discount", "quantity"}
_NUMBER = re.compile(r"[¥￥$€£]?\s?\d[\d.,]*(?:\s?[-–~]\s?\d[\d.,]*)?(?:\s?%|[KkWw]\b)?")
_SIGNS = "¥￥"  # set small and high; the narrow $, € and £ stay with their digits
_FIGURE_SIZES = (9.8, 8.8, 7.8, 7.0)
_ORIGIN = {"left": 0.0, "center": 0.5, "right": 1.0}
_SIZES = (7.4, 6.8, 6.2, 5.7)


def key_block(
    entry: Entry, frame: Frame, pack: StylePack, width: float, align: str = "left", *, largest: float = 1e9
) -> Block | None:
    """The entry at the largest size of its level that fits ``width``, its user's label above it.

    The block is ``width`` wide when it is centred or right-aligned. ``largest``: pixels. None when even the smallest
    size is too wide.
    """
    for size in _FIGURE_SIZES:
        found = _figure(entry, frame, pack, _pixels(frame, size, largest), width)
        if found is not None:
            return _aligned(_labelled(entry, found, frame, pack), width, align)
    for count in (1, 2):
        for size in _SIZES:
            found = _lines(entry, pack.type.strong, _pixels(frame, size, largest), width, count, align)
            if found is not None:
                return _aligned(_labelled(entry, found, frame, pack), width, align)
    return None


def _pixels(frame: Frame, size: float, largest: float) -> float:
    return max(min(size * frame.u * frame.scale, largest), frame.sub)


def _voice(entry: Entry, voice: Voice) -> Voice:
    heavy = entry.item.weight in {"800", "900", "bolder"}
    return voice.model_copy(update={"weight": 900}) if heavy else voice


def _piece(entry: Entry, text: str, voice: Voice, size: float, *, optical: bool = False) -> Piece:
    return Piece((text,), voice, size, 1.2, entry.index, entry.item.role, "Key fact", optical=optical)


def _figure(entry: Entry, frame: Frame, pack: StylePack, size: float, width: float) -> Block | None:
    """Words before the number above it, sign and unit at the size of the small print beside it."""
    found = list(_NUMBER.finditer(entry.text))
    if len(found) != 1 or entry.item.kind not in _FIGURES or "\n" in entry.text:
        return None
    before, after = entry.text[: found[0].start()].strip(), entry.text[found[0].end() :].strip()
    number = found[0].group().strip()
    if len(number) > 9 or len(before) > (10 if has_cjk(before) else 22):
        return None
    small = frame.body
    body = pack.type.body.model_copy(update={"weight": max(pack.type.body.weight, 600)})
    marks: list[Mark] = []
    x = 0.0
    if number[0] in _SIGNS and size > 1.6 * small:
        sign = _piece(entry, number[0], body, small * 1.1, optical=True)
        number = number[1:].strip()
        digits = _piece(entry, number, pack.type.numeral, size, optical=True)
        marks.append(Mark(sign, 0.0, sign.ascent - digits.ascent, "left", "strong"))
        x = sign.width + 0.9 * frame.u * frame.scale
    else:
        digits = _piece(entry, number, _voice(entry, pack.type.numeral), size, optical=True)
    marks.append(Mark(digits, x, 0.0, "left", "strong"))
    x += digits.width
    if after:
        unit = _piece(entry, after, body, small)
        x += max(0.35 * small, 0.08 * size)
        marks.append(Mark(unit, x, 0.0, "left", "strong"))
        x += unit.width
    top = digits.ascent
    if before:
        lead = _piece(entry, before, body, small)
        marks.insert(0, Mark(lead, 0.0, -top - 0.62 * small, "left", "ink"))
        top += 0.62 * small + lead.ascent
        x = max(x, lead.width)
    if x > width:
        return None
    drop = max(mark.baseline + mark.piece.descent for mark in marks)
    return Block(tuple(marks), x, top + drop).moved(0, top)


def _lines(entry: Entry, voice: Voice, size: float, width: float, count: int, align: str) -> Block | None:
    if "\n" in entry.text:
        options = [tuple(line.strip() for line in entry.text.splitlines() if line.strip())] if count == 1 else []
    elif count == 2 and entry.item.kind in {"phone", "email", "url"}:
        options = []
    else:
        options = splits(entry.text, count)
    pieces = [Piece(lines, voice, size, 1.22, entry.index, entry.item.role, "Key fact") for lines in options]
    fitting = [piece for piece in pieces if piece.advance <= width]
    if not fitting:
        return None
    # The longest line is the shortest there can be: even lines.
    best = min(fitting, key=lambda piece: piece.advance)
    return lines_block([best], ["strong"], 0, align, best.width)


def _labelled(entry: Entry, block: Block, frame: Frame, pack: StylePack) -> Block:
    if not entry.label:
        return block
    size = frame.body
    label = Piece((entry.label,), pack.type.body, size, 1.2, None, "label", "Label")
    down = label.height + 0.55 * size
    moved = block.moved(0, down)
    return Block((Mark(label, 0.0, label.ascent, "left", "quiet"), *moved.marks), max(block.width, label.width),
                 block.height + down)  # fmt: skip


def _aligned(block: Block, width: float, align: str) -> Block:
    """Centred: every row of the block about the middle; right-aligned: its right edge."""
    if align == "left":
        return block
    rows: dict[float, list[Mark]] = {}
    sign = next((mark for mark in block.marks if mark.piece.text in _SIGNS), None)
    base = max(mark.baseline for mark in block.marks)
    for mark in block.marks:
        # The sign stands high but belongs to the digits' row.
        rows.setdefault(base if mark is sign else mark.baseline, []).append(mark)
    moved: list[Mark] = []
    for row in rows.values():
        starts = [mark.x - mark.piece.width * _ORIGIN[mark.align] for mark in row]
        left, right = min(starts), max(s + m.piece.width for s, m in zip(starts, row, strict=True))
        shift = (width - (right - left)) / (2 if align == "center" else 1) - left
        moved += [replace(mark, x=mark.x + shift) for mark in row]
    moved.sort(key=lambda mark: [old.piece for old in block.marks].index(mark.piece))
    return Block(tuple(moved), width, block.height)
