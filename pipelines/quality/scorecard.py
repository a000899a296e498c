"""The design book's automatic checks as numbers, on the document and its pixels. They advise; they decide nothing."""

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np
from coloraide import Color
from numpy.typing import NDArray

from pipelines.geometry import Box
from pipelines.quality.contrast import luminance
from pipelines.quality.regions import TextRegion
from pipelines.rendering.draw_order import ordered_elements
from pipelines.rendering.elements import paint_bounds
from storage.documents.element import Element
from storage.documents.poster import PosterDocument

_GRID = 48  # cells along the longer side when looking for empty rectangles


def design_unit(width: float, height: float) -> float:
    """One hundredth of the short side; for banners a share of the height."""
    short, long = sorted((width, height))
    return short / 100 if long <= 2.2 * short else height / 100 * 1.45


def scorecard(document: PosterDocument, regions: Sequence[TextRegion], without: NDArray[np.uint8]) -> dict[str, float]:
    """Numbers by name. ``without``: the poster without its texts, H x W x 3 or 4. Areas are shares of the canvas (0-1).

    Names: ``text_overlaps``, ``margin_violations`` (1); ``busyness_small|medium|large`` (3); ``title_share``,
    ``text_share``, ``hero_share``, ``accent_share`` (4); ``empty_share`` (5); ``font_sizes``, ``size_ratio_min``,
    ``left_edges``, ``right_edges`` (6); ``near_tangents`` (7).
    """
    poster = document.poster
    page = Box(0, 0, poster.width, poster.height)
    u = design_unit(poster.width, poster.height)
    inks = [region.ink for region in regions]
    heroes = _heroes(document, page)
    title = [region.ink for region in regions if region.element.content.role == "title"]
    numbers: dict[str, float] = {
        "text_overlaps": sum(_deep(a.intersection(b), u) for a, b in combinations(inks, 2)),
        "margin_violations": sum(not _inside(ink, page.outset(-2 * u)) for ink in inks),
        **_busyness(regions, without, u),
        "title_share": sum(box.area for box in title) / page.area,
        "text_share": sum(box.intersection(page).area for box in inks) / page.area,
        "hero_share": _union_share(heroes, page),
        "accent_share": _accent_share(document, without),
        "empty_share": _largest_empty(inks + heroes, page),
        **_type_scale(regions, u),
        "near_tangents": _near_tangents(document, inks, page, u),
    }
    return {name: round(float(value), 4) for name, value in numbers.items()}


def _deep(common: Box, tolerance: float) -> bool:
    return common.width > tolerance and common.height > tolerance


def _inside(box: Box, frame: Box) -> bool:
    return box.x >= frame.x and box.y >= frame.y and box.right <= frame.right and box.bottom <= frame.bottom


def _visible(document: PosterDocument) -> list[tuple[str, Element]]:
    """Drawn elements with their layer's type, bottom to top."""
    return [
        (layer.type, element)
        for layer, nodes in ordered_elements(document) if layer.visible
        for node in nodes if node.element.visible
        for element in node.walk() if element.visible
    ]  # fmt: skip


def _heroes(document: PosterDocument, page: Box) -> list[Box]:
    """Boxes of pictures and of decoration that is neither a full-page texture nor a hairline."""
    boxes = [
        paint_bounds(element).intersection(page)
        for layer_type, element in _visible(document)
        if element.type == "image" or (layer_type == "decoration" and element.type == "shape")
    ]
    return [box for box in boxes if 0.004 * page.area < box.area < 0.9 * page.area]


def _busyness(regions: Sequence[TextRegion], without: NDArray[np.uint8], u: float) -> dict[str, float]:
    """Largest share of pixel pairs 0.6 u apart under a text whose cube-root luminance differs by more than 0.10."""
    apart = max(1, round(0.6 * u))
    worst = {"busyness_small": 0.0, "busyness_medium": 0.0, "busyness_large": 0.0}
    for region in regions:
        box = region.ink.intersection(Box(0, 0, without.shape[1], without.shape[0]))
        rows, columns = slice(int(box.y), int(box.bottom) + 1), slice(int(box.x), int(box.right) + 1)
        light = np.cbrt(luminance(without[rows, columns, :3]))
        if min(light.shape) <= apart:
            continue
        across = np.abs(light[:, apart:] - light[:, :-apart]) > 0.10
        down = np.abs(light[apart:] - light[:-apart]) > 0.10
        size = region.font_size / u
        name = "busyness_small" if size < 4.5 else "busyness_medium" if size < 9 else "busyness_large"
        worst[name] = max(worst[name], (across.sum() + down.sum()) / (across.size + down.size))
    return worst


def _union_share(boxes: Sequence[Box], page: Box) -> float:
    if not boxes:
        return 0.0
    union = boxes[0]
    for box in boxes[1:]:
        union = union.union(box)
    return union.area / page.area


def _accent_share(document: PosterDocument, picture: NDArray[np.uint8]) -> float:
    """Share of pixels near the last colour of the poster's colour scheme; 0 when it has fewer than two."""
    scheme = document.poster.metadata.color_scheme
    if len(scheme) < 2:
        return 0.0
    accent = np.array([round(255 * value) for value in Color(scheme[-1]).convert("srgb").fit().coords()])
    return float((np.abs(picture[::3, ::3, :3].astype(np.int16) - accent).max(axis=2) < 24).mean())


def _largest_empty(boxes: Sequence[Box], page: Box) -> float:
    """Area of the largest rectangle that no box touches, on a coarse grid, as a share of the page."""
    cell = max(page.width, page.height) / _GRID
    columns, rows = max(1, round(page.width / cell)), max(1, round(page.height / cell))
    taken = np.zeros((rows, columns), bool)
    for box in boxes:
        taken[max(0, int(box.y / cell)) : int(np.ceil(box.bottom / cell)),
              max(0, int(box.x / cell)) : int(np.ceil(box.right / cell))] = True  # fmt: skip
    heights, best = [0] * columns, 0
    for row in taken:
        heights = [0 if full else height + 1 for full, height in zip(row, heights, strict=True)]
        best = max(best, _largest_under(heights))
    return best / (rows * columns)


def _largest_under(heights: Sequence[int]) -> int:
    """Largest rectangle in a histogram, by a stack of rising bars."""
    stack: list[tuple[int, int]] = []
    best = 0
    for index, height in enumerate([*heights, 0]):
        start = index
        while stack and stack[-1][1] >= height:
            start, bar = stack.pop()
            best = max(best, bar * (index - start))
        stack.append((start, height))
    return best


def _type_scale(regions: Sequence[TextRegion], u: float) -> dict[str, float]:
    sizes = sorted({round(region.font_size / u, 1) for region in regions})
    level = [region.ink for region in regions if abs(region.angle) < 0.01 and not region.vertical]
    return {
        "font_sizes": len(sizes),
        "size_ratio_min": min((large / small for small, large in pairwise(sizes)), default=0.0),
        "left_edges": _distinct([box.x for box in level], 0.15 * u),
        "right_edges": _distinct([box.right for box in level], 0.15 * u),
    }


def _distinct(values: Sequence[float], tolerance: float) -> int:
    ordered = sorted(values)
    return bool(ordered) + sum(b - a > tolerance for a, b in pairwise(ordered))


def _near_tangents(document: PosterDocument, inks: Sequence[Box], page: Box, u: float) -> int:
    """Pairs of a big shape's edge and a canvas or text edge that are close but neither meet nor keep 2 u."""
    count = 0
    for _, element in _visible(document):
        bounds = paint_bounds(element).outset(-1)
        if element.type == "text" or bounds.area < 0.02 * page.area or bounds.area > 0.9 * page.area:
            continue
        gaps = [bounds.x, bounds.y, page.right - bounds.right, page.bottom - bounds.bottom]
        count += sum(1.5 < gap < 2 * u for gap in gaps)
        for ink in inks:
            if bounds.overlaps(ink):
                continue
            apart = max(ink.x - bounds.right, bounds.x - ink.right, ink.y - bounds.bottom, bounds.y - ink.bottom)
            count += 0.5 < apart < 2 * u
    return count
