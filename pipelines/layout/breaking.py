"""Which break makes the best title, and running text in lines (design book 4.1)."""

import itertools
from typing import NamedTuple

from pipelines.layout.phrases import CLOSERS, CONNECTIVES, PARTICLES, PUNCTUATION, characters, phrases, units
from pipelines.layout.type import has_cjk, line_ink, stack_pitch
from pipelines.styles.packs import Voice


class Broken(NamedTuple):
    """A title cut into lines, with the size that fills its measure (pixels) and its line pitch (em)."""

    lines: tuple[str, ...]
    size: float
    pitch: float
    score: float


def splits(text: str, count: int) -> list[tuple[str, ...]]:
    """All ways to set the text in ``count`` lines; no line of a lone Chinese character."""
    parts = units(text)
    if count == 1:
        return [(text.strip(),)]
    if count > len(parts) or len(parts) > 26:
        return []
    found = []
    for cuts in itertools.combinations(range(1, len(parts)), count - 1):
        edges = (0, *cuts, len(parts))
        lines = tuple("".join(parts[low:high]).strip() for low, high in itertools.pairwise(edges))
        if all(lines) and not any(len(line) == 1 and has_cjk(line) for line in lines):
            found.append(lines)
    return found


def break_title(
    text: str, voice: Voice, width: float, height: float, *, most: int = 3, least: int = 1, fewest_size: float = 0.0
) -> Broken | None:
    """The best-scoring break of a title into ``least``-``most`` lines within ``width`` x ``height`` pixels.

    Explicit line breaks in the text are kept. None when nothing reaches ``fewest_size`` pixels.
    """
    if "\n" in text:
        kept = _sized(tuple(line.strip() for line in text.splitlines() if line.strip()), voice, width, height)
        return kept if kept.size >= fewest_size else None
    best: Broken | None = None
    for count in range(least, most + 1):
        for lines in _promising(splits(text, count), voice):
            broken = _sized(lines, voice, width, height)
            score = broken.size * _quality(lines, voice)
            if broken.size >= fewest_size and (best is None or score > best.score):
                best = broken._replace(score=score)
    return best


def _promising(candidates: list[tuple[str, ...]], voice: Voice) -> list[tuple[str, ...]]:
    if len(candidates) <= 12:
        return candidates
    return sorted(candidates, key=lambda lines: max(line_ink(line, voice).advance for line in lines))[:12]


def _sized(lines: tuple[str, ...], voice: Voice, width: float, height: float) -> Broken:
    inks = [line_ink(line, voice) for line in lines]
    pitch = stack_pitch(lines, voice)
    # One left edge for all lines: the ink may stick out by the difference of the bearings.
    widest = max(ink.right for ink in inks) - min(ink.left for ink in inks)
    tall = inks[0].top + (len(lines) - 1) * pitch + inks[-1].bottom
    return Broken(lines, min(width / widest, height / max(tall, 0.1)), pitch, 0.0)


def _quality(lines: tuple[str, ...], voice: Voice) -> float:
    widths = [line_ink(line, voice).advance for line in lines]
    even = 0.72 + 0.28 * min(widths) / max(widths)
    if min(widths) < 0.3 * max(widths):
        even *= 0.8
    cuts = lines[:-1]
    marks = sum(line[-1] in PUNCTUATION for line in cuts) / len(cuts) if cuts else 0.0
    count = {1: 1.0, 2: 0.97, 3: 0.84}.get(len(lines), 0.78)
    dip = any(b < a and b < c for a, b, c in zip(widths, widths[1:], widths[2:], strict=False))
    bad = any(line[-1] in CONNECTIVES for line in cuts) or any(line[0] in PARTICLES for line in lines[1:])
    joints = sum(line[0] in CONNECTIVES for line in lines[1:]) / len(cuts) if cuts else 0.0
    return even * (1 + 0.25 * marks + 0.16 * joints) * count * (0.85 if dip else 1.0) * (0.8 if bad else 1.0)


def wrap(text: str, voice: Voice, size: float, width: float) -> tuple[str, ...]:
    """Lines of running text within ``width`` pixels at this size: by words or phrases, kinsoku kept, no lone last
    character. A word wider than the measure is cut between characters."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        lines += _wrap_paragraph(paragraph.strip(), voice, size, width) if paragraph.strip() else []
    return tuple(lines) or (text.strip() or text,)


def _wrap_paragraph(text: str, voice: Voice, size: float, width: float) -> list[str]:
    limit = width / size

    def fits(line: str) -> bool:
        return line_ink(line.strip(), voice).advance <= limit

    if fits(text):
        return [text]
    # Chinese runs on to the edge of its measure; only what must stay whole does.
    pieces = characters(text) if has_cjk(text) and len(text) > 16 else list(phrases(text))
    lines, line = [], ""
    for piece in pieces:
        if line and not fits(line + piece):
            lines.append(line.strip())
            line = ""
        line += piece
        while not fits(line) and len(line.strip()) > 1:
            cut = next(end for end in range(len(line) - 1, 0, -1) if end == 1 or fits(line[:end]))
            lines.append(line[:cut].strip())
            line = line[cut:]
    if line.strip():
        lines.append(line.strip())
    last = lines[-1].rstrip("".join(CLOSERS)) if lines else ""
    if len(lines) > 1 and len(last) == 1 and has_cjk(last) and len(lines[-2]) > 2 and has_cjk(lines[-2][-1]):
        lines[-2:] = [lines[-2][:-1], lines[-2][-1] + lines[-1]]
    return [line for line in lines if line]


def balanced(text: str, voice: Voice, size: float, width: float) -> tuple[str, ...]:
    """Few words on as few lines as the width allows, lines of even length; long text is wrapped."""
    for count in (1, 2, 3):
        fitting = [
            lines
            for lines in splits(text, count)
            if max(line_ink(line, voice).advance for line in lines) * size <= width
        ]
        if fitting and "\n" not in text:
            return max(fitting, key=lambda lines: _quality(lines, voice))
    return wrap(text, voice, size, width)
