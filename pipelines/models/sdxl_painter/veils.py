"""Veils of the page's colour between picture and texts: as much as each text needs over the very pixels under it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from pipelines.geometry import Box
from pipelines.models.base import Scene
from pipelines.picture_wish import PageText
from pipelines.quality.contrast import contrast_ratio, luminance
from storage.documents.element import ElementContent, ElementSpec, Transform
from storage.documents.style import ElementStyle, Filter, solid

_EDGE = 3.5  # u: deviation of the veil's soft edge
_ROOM = 2.0  # deviations around the text at which the veil has its full strength
_NEAR = 12.0  # u: a veil that comes so near to the page's edge goes on over it
_MARGIN = 1.12  # of the contrast needed: grain and antialiasing take some of it
_WORST = 5  # percentile, as the quality check judges
_BUSY = 0.045  # deviation of the ground's lightness under which small letters keep their shapes
_SMALL = 4.0  # u: larger type bears more, in proportion
_BEARS = 2.5  # times as much, at most
_STEPS = 20
_SAMPLES = 40_000  # pixels looked at under a text
Pixels = NDArray[np.uint8]


def veils(scene: Scene, texts: Sequence[PageText], picture: Pixels) -> list[ElementSpec]:
    """``picture``: height x width x 3, of the page's size. None where it is calm and contrasts already."""
    color = scene.page_color or scene.palette.bg
    found = []
    for place, (room, members) in enumerate(_groups(texts, scene)):
        strength = max(_strength(text, picture, color, scene.u) for text in members)
        if strength > 0:
            found.append(_veil(room, color, strength, _EDGE * scene.u, place))
    return found


def _room(box: Box, scene: Scene) -> Box:
    """The texts' box with the veil's edges, which run out in the picture or lie beyond the page."""
    room, near = _ROOM * _EDGE * scene.u, _NEAR * scene.u
    left = -room if box.x < near else box.x - room
    top = -room if box.y < near else box.y - room
    right = scene.width + room if scene.width - box.right < near else box.right + room
    bottom = scene.height + room if scene.height - box.bottom < near else box.bottom + room
    return Box(left, top, right - left, bottom - top)


def _groups(texts: Sequence[PageText], scene: Scene) -> list[tuple[Box, list[PageText]]]:
    """Texts whose veils would meet share one, and so do those in one row along the page's head or foot."""
    groups: list[tuple[Box, list[PageText]]] = []
    for text in texts:
        room, members = _room(text.box, scene), [text]
        while near := [group for group in groups if _meet(group[0], room, scene)]:
            for group in near:
                groups.remove(group)
                room, members = room.union(group[0]), [*group[1], *members]
        groups.append((room, members))
    return groups


def _meet(one: Box, other: Box, scene: Scene) -> bool:
    low, high = sorted((one.height, other.height))
    row = low >= 0.5 * high and (max(one.y, other.y) < 0 or min(one.bottom, other.bottom) > scene.height)
    return row or one.overlaps(other)


def _strength(text: PageText, picture: Pixels, color: str, u: float) -> float:
    """The least opacity (0-1, in steps) of the page's colour that leaves the text its contrast and a calm ground."""
    ground = _sampled(text, picture)
    page = np.array(ImageColor.getrgb(color), np.float32)
    busy = _BUSY * min(max(text.size / (_SMALL * u), 1.0), _BEARS)
    inks = [luminance(np.array(ImageColor.getrgb(ink)[:3], np.uint8)) for ink in text.colors]
    for step in range(_STEPS + 1):
        share = step / _STEPS
        veiled = ground * (1 - share) + page * share
        if float(veiled.mean(axis=2).std()) / 255 > busy:
            continue
        light = luminance(np.rint(veiled).astype(np.uint8))
        if text.outlined or all(_keeps(ink, light, text.needed) for ink in inks):
            return share
    return 1.0


def _keeps(ink: NDArray[np.float32], ground: NDArray[np.float32], needed: float) -> bool:
    return float(np.percentile(contrast_ratio(ink, ground), _WORST)) >= needed * _MARGIN


def _sampled(text: PageText, picture: Pixels) -> NDArray[np.float32]:
    """The pixels under a text, averaged as finely as its strokes are wide."""
    height, width = picture.shape[:2]
    around = text.box.outset(0.3 * text.size)
    left, top = (min(max(0, int(at)), most - 1) for at, most in ((around.x, width), (around.y, height)))
    right, bottom = min(width, int(around.right) + 1), min(height, int(around.bottom) + 1)
    part = picture[top : max(bottom, top + 1), left : max(right, left + 1)].astype(np.float32)
    cell = min(max(1, round(0.06 * text.size)), *part.shape[:2])
    high, wide = part.shape[0] // cell, part.shape[1] // cell
    cells = part[: high * cell, : wide * cell].reshape(high, cell, wide, cell, 3).mean(axis=(1, 3))
    skip = max(1, int((high * wide / _SAMPLES) ** 0.5))
    return np.asarray(cells[::skip, ::skip], np.float32)


def _veil(box: Box, color: str, strength: float, edge: float, place: int) -> ElementSpec:
    return ElementSpec(
        type="shape",
        transform=Transform(x=round(box.x, 2), y=round(box.y, 2), width=round(box.width, 2),
                            height=round(box.height, 2)),
        style=ElementStyle(fill=solid(color), opacity=round(strength, 4),
                           filters=[Filter(type="blur", value=round(edge, 2))]),
        content=ElementContent(shape_type="rect", name=f"Veil {place + 1}", role="scrim"),
    )  # fmt: skip
