"""Geometric checks of a finished plan (design book 11), by the ink its texts will have."""

import itertools
from collections.abc import Iterable, Sequence

from pipelines.geometry import Box
from pipelines.layout.grid import Frame
from storage.documents.element import ElementSpec


def overlaps(boxes: Sequence[Box], tolerance: float) -> list[tuple[int, int]]:
    """Pairs of boxes that cut into each other by more than the tolerance in both directions."""
    found = []
    for (i, a), (j, b) in itertools.combinations(enumerate(boxes), 2):
        common = a.intersection(b)
        if common.width > tolerance and common.height > tolerance:
            found.append((i, j))
    return found


def outside(boxes: Iterable[Box], frame: Frame, margin: float) -> list[int]:
    """Indexes of boxes that come nearer to an edge than ``margin``."""
    page = frame.page.outset(-margin)
    return [
        index for index, box in enumerate(boxes)
        if box.x < page.x or box.y < page.y or box.right > page.right or box.bottom > page.bottom
    ]  # fmt: skip


def distinct(values: Iterable[float], tolerance: float) -> list[float]:
    """Values that differ by more than the tolerance from the one before, in order."""
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > tolerance:
            kept.append(value)
    return kept


def sizes(texts: Iterable[ElementSpec]) -> list[float]:
    """Distinct type sizes, pixels, rounded to a tenth."""
    return sorted({round(element.style.text_style.font_size, 1) for element in texts if element.style.text_style})


def close_sizes(values: Sequence[float], u: float) -> int:
    """How many neighbouring sizes look like a mistake: different, but by less than a quarter."""
    steps = distinct(values, 0.12 * u)
    return sum(high / low < 1.2 for low, high in itertools.pairwise(steps))


def score_sheet(
    inks: Sequence[Box], texts: Sequence[ElementSpec], hero: Box, frame: Frame, empty: float
) -> dict[str, float]:
    """Figures of a plan: ``fit`` is 1 for a plan without faults and falls with each."""
    page = frame.page.area
    text_share = sum(box.area for box in inks) / page
    title = [box.area for box, text in zip(inks, texts, strict=True) if text.content.role == "title"]
    title_share = max(title, default=0.0) / page
    hero_share = hero.intersection(frame.page).area / page
    crossing = len(overlaps(inks, 1.0 * frame.u))
    out = len(outside(inks, frame, 0.5 * frame.margin))
    small = sum(value < frame.floor - 0.05 for value in sizes(texts))
    fit = 1.0
    fit -= 1.0 * crossing + 1.0 * out + 0.3 * small
    fit -= 0.06 * max(0, len(distinct(sizes(texts), 0.12 * frame.u)) - 7) + 0.02 * close_sizes(sizes(texts), frame.u)
    fit -= 1.2 * max(0.0, 0.09 - title_share) + 1.0 * max(0.0, text_share - 0.32)
    fit -= 0.8 * max(0.0, 0.26 - hero_share) * (1.0 if empty < 0.45 else 0.5)
    return {"fit": round(fit, 4), "text": round(text_share, 4), "title": round(title_share, 4),
            "hero": round(hero_share, 4), "overlaps": float(crossing), "outside": float(out)}  # fmt: skip
