"""The small print of a poster: key fact and facts in two groups, in columns or stacked; paragraphs; names."""

from collections.abc import Sequence

from pipelines.layout.block import Block, Dot, Mark, Tone, lines_block, vstack
from pipelines.layout.breaking import balanced, wrap
from pipelines.layout.content import Content, Entry
from pipelines.layout.fact_table import fact_table
from pipelines.layout.grid import Frame
from pipelines.layout.keyfact import key_block
from pipelines.layout.pieces import bold, label_piece, piece_of, tone_of
from pipelines.layout.type import Piece, has_cjk
from pipelines.styles.packs import StylePack, Voice


class Info:
    """Builds info blocks for one frame and pack, ``width`` pixels wide."""

    def __init__(self, frame: Frame, pack: StylePack, width: float, align: str = "left") -> None:
        self.frame, self.pack, self.width, self.align = frame, pack, width, align
        self.body_voice, self.strong = pack.type.body, pack.type.strong

    def fact(self, entry: Entry, size: float, width: float) -> Piece:
        """One fact, in as few even lines as fit."""
        voice = bold(self.body_voice) if entry.item.role == "cta" or entry.item.importance >= 4 else self.body_voice
        size = self._wished(entry, size)
        return piece_of(entry, balanced(entry.text, voice, size, width), voice, size, 1.54)

    def _wished(self, entry: Entry, size: float) -> float:
        # A client's pixel size is a wish: kept within what the rank of the text allows.
        return min(max(entry.item.size, size * 0.85, self.frame.floor), size * 1.5) if entry.item.size else size

    def key(self, entry: Entry, width: float, align: str = "") -> Block | None:
        """The key fact, as large as its level allows within the width; None when its level is too wide."""
        wish = max(entry.item.size, 0.85 * self.frame.key) if entry.item.size else 1e9
        return key_block(entry, self.frame, self.pack, width, align or self.align, largest=wish)

    def group(self, content: Content) -> Block:
        """Key fact and facts, in the quietest form that holds them."""
        key, facts = content.key, content.facts
        if key is None and not facts:
            return Block()
        if self.align == "left" and key is not None and facts and len(facts) <= 4:
            pair = self._two_groups(key, facts)
            if pair is not None:
                return pair
        blocks = []
        if key is not None:
            blocks.append(self.key_block(key, self.width))
        if len(facts) <= 3 or self.align == "center":
            blocks.append(self.stacked(facts))
        else:
            blocks.append(self.columns(facts))
        gap = 3.6 if self.align == "center" else 2.8
        return vstack(blocks, gap * self.frame.u * self.frame.scale)

    def key_block(self, key: Entry, width: float) -> Block:
        """The key fact at its level, or a step below it on as many lines as it needs."""
        block = self.key(key, width)
        if block is not None:
            return block
        lines = balanced(key.text, self.strong, self.frame.sub, width)
        piece = piece_of(key, lines, self.strong, self.frame.sub, 1.25)
        if not key.label:
            return lines_block([piece], ["strong"], 0, self.align, width)
        label = label_piece(key.label, self.body_voice, self.frame.body)
        return lines_block([label, piece], ["quiet", "strong"], 0.4 * self.frame.body, self.align, width)

    def _two_groups(self, key: Entry, facts: Sequence[Entry]) -> Block | None:
        """Key fact left and large, short lines right: one baseline. None when it would crowd."""
        for share in (0.54, 0.44):
            right = self._right_lines(facts, share * self.width)
            if right is None:
                continue
            gutter = 5.5 * self.frame.u * self.frame.scale
            left = self.key(key, self.width - right.width - gutter, "left")
            if left is None:
                continue
            # Last baselines together.
            low_left = max(mark.baseline + mark.piece.drop for mark in left.marks)
            low_right = max(mark.baseline + mark.piece.drop for mark in right.marks)
            base = max(low_left, low_right)
            left, right = left.moved(0, base - low_left), right.moved(self.width - right.width, base - low_right)
            height = max(base - low_left + left.height, base - low_right + right.height)
            return Block(left.marks + right.marks, self.width, height)
        return None

    def _right_lines(self, facts: Sequence[Entry], width: float) -> Block | None:
        """Facts as short lines that end at the right edge; None when they are too many or too wide."""
        size = self.frame.body
        rows: list[tuple[Piece, Piece | None, Tone]] = []
        for entry in facts:
            label = label_piece(entry.label, self.body_voice, size) if entry.label else None
            room = width - (label.width + 0.8 * size if label else 0.0)
            piece = self.fact(entry, size, max(room, 0.6 * width))
            if entry.item.kind in {"phone", "email", "url"} and len(piece.lines) > 1:
                return None
            rows.append((piece, label, tone_of(entry)))
        if sum(len(piece.lines) for piece, _, _ in rows) > 5:
            return None
        most = max(piece.width + (label.width + 0.8 * size if label else 0.0) for piece, label, _ in rows)
        if most > 1.12 * width:
            return None
        marks: list[Mark] = []
        y = 0.0
        for piece, label, tone in rows:
            y += 0.62 * size if marks else 0.0
            if label:
                marks.append(Mark(label, most - piece.width - 0.8 * size, y + piece.ascent, "right", "quiet"))
            marks.append(Mark(piece, most, y + piece.ascent, "right", tone))
            y += piece.height
        return Block(tuple(marks), most, y)

    def stacked(self, facts: Sequence[Entry]) -> Block:
        """Facts below each other, labels before or above them."""
        size = self.frame.body
        if not facts:
            return Block()
        if self.align == "left" and any(entry.label for entry in facts):
            return self.columns(facts, 1, rules=False)
        marks: list[Mark] = []
        y, x = 0.0, {"left": 0.0, "center": self.width / 2}.get(self.align, self.width)
        for entry in facts:
            y += 0.66 * size if marks else 0.0
            piece = self.fact(entry, size, self.width)
            label = label_piece(entry.label, self.body_voice, size) if entry.label else None
            pair = label.width + 0.7 * size + piece.width if label else 0.0
            if label and pair <= self.width and len(piece.lines) == 1 and self.align == "center":
                marks.append(Mark(label, x - pair / 2, y + piece.ascent, "left", "quiet"))
                marks.append(Mark(piece, x + pair / 2, y + piece.ascent, "right", tone_of(entry)))
            else:
                if label:
                    marks.append(Mark(label, x, y + label.ascent, self.align, "quiet"))
                    y += label.height + 0.4 * size
                marks.append(Mark(piece, x, y + piece.ascent, self.align, tone_of(entry)))
            y += piece.height
        return Block(tuple(marks), self.width, y)

    def columns(self, facts: Sequence[Entry], count: int = 0, *, rules: bool = True) -> Block:
        """A table of facts over the whole width."""
        return fact_table(facts, self.frame, self.body_voice, self.width, count, rules=rules)

    def paragraphs(self, entries: Sequence[Entry], size: float = 0.0) -> Block:
        """Running text, at most about 34 Chinese or 62 Latin characters a line."""
        size = size or self.frame.body
        pieces = []
        for entry in entries:
            zh = has_cjk(entry.text)
            measure = min(self.width, size * (38 if zh else 34))
            lines = wrap(entry.text, self.body_voice, size, measure)
            pieces.append(piece_of(entry, lines, self.body_voice, size, 1.7 if zh else 1.45))
        return lines_block(pieces, ["ink"] * len(pieces), 0.9 * size, self.align, self.width)

    def names(self, entries: Sequence[Entry], size: float, tone: Tone = "ink", voice: Voice | None = None) -> Block:
        """Names run on in lines, parted by dots; a label of the user's ("嘉宾") stands before its name.

        ``voice``: for names without Chinese characters.
        """
        if not entries:
            return Block()
        chinese = any(has_cjk(entry.text) for entry in entries)
        voice = bold(self.strong, 600) if voice is None or chinese else voice
        gap = 1.0 * size
        rows: list[list[tuple[Piece, Tone]]] = [[]]
        x = 0.0
        for entry in entries:
            label = label_piece(entry.label, self.body_voice, self.frame.body) if entry.label else None
            piece = piece_of(entry, balanced(entry.text, voice, size, self.width), voice, size, 1.2)
            need = piece.width + (label.width + gap if label else 0.0)
            if rows[-1] and (x + gap + need > self.width or len(piece.lines) > 1):
                rows.append([])
                x = 0.0
            if label and need <= self.width:
                rows[-1].append((label, "quiet"))
            rows[-1].append((piece, tone))
            x += need + gap
        marks, dots = [], []
        y = 0.0
        for row in rows:
            y += 0.5 * size if y else 0.0
            ascent = max(piece.ascent for piece, _ in row)
            total = sum(piece.width for piece, _ in row) + gap * (len(row) - 1)
            x = (self.width - total) / 2 if self.align == "center" else 0.0
            for index, (piece, own) in enumerate(row):
                if index and row[index - 1][0].item is not None and piece.item is not None:
                    dots.append(Dot(x - gap / 2, y + ascent - 0.34 * size, 0.22 * size))
                marks.append(Mark(piece, x, y + ascent, "left", own))
                x += piece.width + gap
            y += ascent + max(piece.drop + piece.descent for piece, _ in row)
        return Block(tuple(marks), self.width, y, (), tuple(dots))

    def legal(self, entries: Sequence[Entry]) -> Block:
        """Small print."""
        size = self.frame.caption
        pieces = [
            piece_of(entry, wrap(entry.text, self.body_voice, size, self.width), self.body_voice, size, 1.45)
            for entry in entries
        ]
        return lines_block(pieces, ["quiet"] * len(pieces), 0.6 * size, self.align, self.width)

    def everything(self, content: Content, *, body: bool = True, names: bool = True) -> Block:
        """All of the content that is not head: names, running text, facts, small print."""
        u = self.frame.u * self.frame.scale
        blocks = [
            self.names(content.names, self.frame.sub) if names else Block(),
            self.paragraphs(content.body) if body else Block(),
            self.group(content),
            self.legal(content.legal),
        ]
        return vstack(blocks, 3.4 * u)
