"""The quality gate: the finished picture is read back and measured, text by text."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.export.raster import opaque_rgb
from pipelines.geometry import Box
from pipelines.models.base import TextReader
from pipelines.models.ocr_models import alphabet
from pipelines.quality.contrast import Contrast, measure
from pipelines.quality.matching import similarity, unreadable_characters
from pipelines.quality.readback import Reading, read_back
from pipelines.quality.regions import TextRegion
from pipelines.quality.scorecard import design_unit, scorecard
from pipelines.rendering.canvas import render
from pipelines.rendering.draw_order import Node, ordered_elements
from pipelines.rendering.elements import paint_bounds
from pipelines.rendering.fonts import weight_number
from pipelines.rendering.images import ImageSource
from storage.documents.base import Document
from storage.documents.element import Element
from storage.documents.poster import PosterDocument

Problem = Literal["unreadable", "contrast", "size", "hidden", "clipped"]
LEAST_NED = 0.98  # so a short text may have no error at all
_LARGE_TYPE = 9.0  # design units
_BOLD = 600
_COVER_FORGIVEN = 0.15  # a hero in front may overlap a large title a little


class TextQuality(Document):
    """How one required text fares. ``contrast`` is None when it could not be measured (no glyph outlines)."""

    text: str
    elements: list[str]
    ned: float
    read: str
    contrast: float | None
    contrast_needed: float
    size_px: float
    size_needed: float
    problem: Problem | None
    sentence: str


class QualityReport(Document):
    """Verdict on a picture. ``exempt``: characters the reader cannot know, which are not judged."""

    verdict: Literal["pass", "warn"]
    texts: list[TextQuality]
    exempt: list[str]
    scorecard: dict[str, float]
    reader: str
    seconds: float


@dataclass(frozen=True, slots=True)
class _Measured:
    region: TextRegion
    reading: Reading
    contrast: Contrast | None
    contrast_needed: float
    covered: bool
    clipped: bool


def review(
    document: PosterDocument,
    groups: Sequence[Sequence[str]],
    reader: TextReader,
    images: ImageSource,
    *,
    picture: NDArray[np.uint8] | None = None,
    without_text: NDArray[np.uint8] | None = None,
) -> QualityReport:
    """Judge every required text of the finished poster.

    ``groups``: ids of the text elements that together print one required text. ``picture`` and ``without_text``
    (H x W x 4 RGBA) are the poster and the poster without its text elements, drawn here when not given.
    """
    started = time.perf_counter()
    poster = document.poster
    drawn = _drawn(document)
    regions = {element.id: TextRegion(element) for element in drawn if element.type == "text"}
    finished = opaque_rgb(render(document, images) if picture is None else picture)
    if without_text is None:
        without_text = render(document, images, hidden=frozenset(regions))
    bare = opaque_rgb(without_text)

    required = [id for group in groups for id in group if id in regions and regions[id].lines]
    exempt = unreadable_characters("".join(regions[id].element.content.text or "" for id in required), alphabet())
    readings = read_back([regions[id] for id in required], finished, reader, frozenset(exempt))
    unit = design_unit(poster.width, poster.height)
    measured = {
        id: _measure(regions[id], reading, finished, bare, unit, drawn)
        for id, reading in zip(required, readings, strict=True)
    }
    least_size = max(0.016 * min(poster.width, poster.height), 12.0)
    texts = [_judge(document, group, measured, frozenset(exempt), least_size) for group in groups]
    return QualityReport(
        verdict="warn" if any(text.problem for text in texts) else "pass",
        texts=texts,
        exempt=exempt,
        scorecard=scorecard(document, [region for region in regions.values() if region.lines], bare),
        reader=reader.name,
        seconds=round(time.perf_counter() - started, 3),
    )


def _drawn(document: PosterDocument) -> list[Element]:
    """Elements that are painted, bottom to top."""

    def visible(node: Node) -> list[Element]:
        if not node.element.visible or node.element.style.opacity <= 0:
            return []
        return [node.element, *(element for child in node.children for element in visible(child))]

    return [
        element
        for layer, nodes in ordered_elements(document) if layer.visible and layer.opacity > 0
        for node in nodes
        for element in visible(node)
    ]  # fmt: skip


def _measure(
    region: TextRegion, reading: Reading, finished: NDArray[np.uint8], bare: NDArray[np.uint8], unit: float,
    drawn: Sequence[Element],
) -> _Measured:  # fmt: skip
    above = drawn[drawn.index(region.element) + 1 :]
    covers = any(element.type != "text" and paint_bounds(element).overlaps(region.ink) for element in above)
    contrast = measure(region, finished, bare, forgive_covered=_COVER_FORGIVEN if covers else 0.0)
    large = region.font_size >= _LARGE_TYPE * unit and weight_number(region.style.font_weight) >= _BOLD
    height, width = finished.shape[:2]
    allowed = Box(0, 0, width, height).outset(max(1.0, 0.02 * region.font_size))
    inside = region.ink.intersection(allowed)
    clipped = inside.width < region.ink.width or inside.height < region.ink.height
    covered = covers and contrast is not None and contrast.covered > _COVER_FORGIVEN
    return _Measured(region, reading, contrast, 3.0 if large else 4.5, covered, clipped)


def _judge(
    document: PosterDocument, group: Sequence[str], measured: dict[str, _Measured], exempt: frozenset[str],
    least_size: float,
) -> TextQuality:  # fmt: skip
    elements = {element.id: element for element in document.walk()}
    text = "".join(elements[id].content.text or "" for id in group if id in elements)
    parts = [measured[id] for id in group if id in measured]
    read = "".join(part.reading.text for part in parts)
    wanted = "".join(part.region.comparable(part.region.element.content.text or "") for part in parts)
    seen = "".join(part.region.comparable(part.reading.text) for part in parts)
    ned = similarity(wanted, seen, exempt) if text.strip() and len(parts) == len(group) else 0.0
    ratios = [(part.contrast.ratio, part.contrast_needed) for part in parts if part.contrast is not None]
    contrast, needed = min(ratios, key=lambda pair: pair[0] / pair[1], default=(None, 4.5))
    size = min((part.region.font_size for part in parts), default=0.0)
    problem = _problem(parts, len(group), ned, contrast, needed, size, least_size)
    return TextQuality(
        text=text, elements=list(group), ned=round(ned, 4), read=read,
        contrast=None if contrast is None else round(contrast, 2), contrast_needed=needed, size_px=round(size, 1),
        size_needed=round(least_size, 1), problem=problem,
        sentence=_sentence(problem, text, read, ned, contrast, needed, size, least_size),
    )  # fmt: skip


def _problem(
    parts: Sequence[_Measured], wanted: int, ned: float, contrast: float | None, needed: float, size: float,
    least_size: float,
) -> Problem | None:  # fmt: skip
    """The cause before the symptom: what is too small or too faint is often unreadable as well."""
    if len(parts) < wanted or not parts:
        return "hidden"
    if any(part.clipped for part in parts):
        return "clipped"
    if size < least_size - 0.05:
        return "size"
    too_faint = contrast is not None and contrast < needed - 0.005
    if ned < LEAST_NED and (not too_faint or any(part.covered for part in parts)):
        return "unreadable"
    return "contrast" if too_faint else None


def _sentence(
    problem: Problem | None, text: str, read: str, ned: float, contrast: float | None, needed: float, size: float,
    least_size: float,
) -> str:  # fmt: skip
    name = f"“{' '.join(text.split())[:60]}”" if text.strip() else "A required text"
    match problem:
        case "hidden":
            return f"{name} is empty or hidden; show it."
        case "clipped":
            return f"{name} runs over the edge of the poster; move it inside or make it smaller."
        case "size":
            return f"{name} is {size:.0f} px; it needs at least {least_size:.0f} px to be read."
        case "unreadable":
            return f"{name} cannot be read: the reader saw “{read[:60]}” (match {ned:.2f} of {LEAST_NED})."
        case "contrast":
            return f"{name} has contrast {contrast:.1f}:1 with what is around it; it needs {needed:.1f}:1."
        case _:
            return f"{name} is readable."
