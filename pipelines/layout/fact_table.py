"""Facts in a table: labels before their values, one row grid over all columns."""

from collections.abc import Sequence

from pipelines.layout.block import Block, Mark, Rule
from pipelines.layout.breaking import balanced
from pipelines.layout.content import Entry
from pipelines.layout.grid import Frame
from pipelines.layout.pieces import bold, label_piece, piece_of, tone_of
from pipelines.styles.packs import Voice


def fact_table(
    facts: Sequence[Entry], frame: Frame, voice: Voice, width: float, count: int = 0, *, rules: bool = True
) -> Block:
    """A table of facts, column by column, one row grid; hairlines above each row.

    Addresses and numbers stay on one line as long as fewer columns can hold them.
    """
    if not facts:
        return Block()
    for _ in range(2):
        table, count, broken = _table(facts, frame, voice, width, count, rules)
        if not broken or count == 1:
            break
        count -= 1
    return table


def _table(
    facts: Sequence[Entry], frame: Frame, voice: Voice, width: float, count: int, rules: bool
) -> tuple[Block, int, bool]:
    """The table, its number of columns, and whether an address or number is broken in it."""
    u = frame.u * frame.scale
    size = frame.body
    roomy = width / size
    count = count or (3 if roomy > 44 and len(facts) > 8 else (2 if roomy > 22 and len(facts) > 2 else 1))
    gutter = max(4.5 * u, 1.2 * size)
    cell = (width - gutter * (count - 1)) / count
    rows = -(-len(facts) // count)
    labels = [label_piece(e.label, voice, size) if e.label else None for e in facts]
    indents = []
    for column in range(count):
        own = [label.width for label in labels[column * rows : (column + 1) * rows] if label]
        indents.append(max(own) + 0.9 * size if own else 0.0)
    stacked = any(indent > 0.42 * cell for indent in indents)
    if stacked:
        indents = [0.0] * count
    value_voice = bold(voice, 600) if any(labels) else voice
    pieces = [
        piece_of(e, balanced(e.text, value_voice, size, cell - indents[i // rows]), value_voice, size, 1.35)
        for i, e in enumerate(facts)
    ]
    broken = any(
        len(piece.lines) > 1 and e.item.kind in {"phone", "email", "url"}
        for e, piece in zip(facts, pieces, strict=True)
    )
    air = (0.95 if rules else 0.62) * size
    marks: list[Mark] = []
    lines: list[Rule] = []
    y = 0.0
    for row in range(rows):
        members = range(row, len(facts), rows)
        tall = 0.0
        if rules:
            y += 0.0 if row == 0 else air * 0.9
            lines += [Rule((cell + gutter) * (i // rows), y, cell) for i in members]
            y += air
        else:
            y += air if row else 0.0
        ascent = max(pieces[i].ascent for i in members)
        for i in members:
            x = (cell + gutter) * (i // rows)
            base = y + ascent
            label = labels[i]
            if label and stacked:
                marks.append(Mark(label, x, y + label.ascent, "left", "quiet"))
                base = y + label.height + 0.45 * size + ascent
            elif label:
                marks.append(Mark(label, x, base, "left", "quiet"))
            indent = indents[i // rows] if label or rules else 0.0
            marks.append(Mark(pieces[i], x + indent, base, "left", tone_of(facts[i])))
            tall = max(tall, base + pieces[i].drop + pieces[i].descent - y)
        y += tall
    return Block(tuple(marks), width, y, tuple(lines)), count, broken
