"""Reading the poster's texts off the finished picture, each at its own place."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.geometry import Box
from pipelines.models.base import TextLine, TextReader
from pipelines.quality.matching import similarity
from pipelines.quality.regions import TextRegion
from pipelines.rendering.typeset import Line


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read where a text element is, lines in order."""

    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All lines together."""
        return "".join(self.lines)


def read_back(
    regions: Sequence[TextRegion], picture: NDArray[np.uint8], reader: TextReader, exempt: frozenset[str]
) -> list[Reading]:
    """One reading per region. ``picture``: the finished poster, H x W x 3 RGB.

    The whole picture is read first. A line that comes back missing or different is cut from the same picture, turned
    level and read again; the best reading counts.
    """
    found = reader.read(picture)
    read = [[_at_place(region, line, found) for line in region.lines] for region in regions]
    again = [
        (index, number)
        for index, region in enumerate(regions)
        for number, line in enumerate(region.lines)
        if _match(region, line, read[index][number], exempt) < 1
    ]
    if again:
        image = Image.fromarray(picture)
        cuts = [(place, strip) for place in again for strip in _strips(regions, place, image)]
        for ((index, number), _), text in zip(cuts, reader.read_lines([strip for _, strip in cuts]), strict=True):
            region, line = regions[index], regions[index].lines[number]
            if _match(region, line, text, exempt) > _match(region, line, read[index][number], exempt):
                read[index][number] = text
    return [Reading(tuple(lines)) for lines in read]


def _match(region: TextRegion, line: Line, seen: str, exempt: frozenset[str]) -> float:
    return similarity(region.comparable(line.text), region.comparable(seen), exempt)


def _strips(regions: Sequence[TextRegion], place: tuple[int, int], image: Image.Image) -> list[NDArray[np.uint8]]:
    region = regions[place[0]]
    return region.strips(region.lines[place[1]], image)


def _at_place(region: TextRegion, line: Line, found: Sequence[TextLine]) -> str:
    """The read lines that lie mostly on this line's ink, joined in reading order."""
    ink = region.line_box(line)
    here: list[tuple[float, str]] = []
    for candidate in found:
        points = region.to_frame(np.array(candidate.polygon, dtype=np.float64))
        box = Box(*points.min(axis=0), *np.ptp(points, axis=0))
        common = box.intersection(ink)
        along, across = (common.height, common.width) if region.vertical else (common.width, common.height)
        length, breadth = (box.height, box.width) if region.vertical else (box.width, box.height)
        own_breadth = ink.width if region.vertical else ink.height
        if along >= 0.5 * length and across >= 0.5 * min(breadth, own_breadth):
            here.append((box.y if region.vertical else box.x, candidate.text))
    return "".join(text for _, text in sorted(here))
