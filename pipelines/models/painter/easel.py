"""Turns outlines into elements: the one place that knows how a shape is stored."""

from dataclasses import dataclass

import skia

from pipelines.models.painter.paths import bounds, moved
from pipelines.models.painter.svg import dots_path, svg_path
from storage.documents.element import ElementContent, ElementSpec, Transform
from storage.documents.style import BlendMode, ElementStyle, Fill, Filter, Shadow, Stroke, solid

LIMIT = 90_000.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a drawing goes: its origin in poster pixels, pixels per drawing unit, clockwise turn in degrees."""

    x: float = 0
    y: float = 0
    scale: float = 1
    turn: float = 0


def round_stroke(color: str, width: float) -> Stroke:
    """A line with round ends and corners."""
    return Stroke(color=color, width=max(1.0, round(width, 2)), line_cap="round", line_join="round")


class Easel:
    """Collects a drawing's elements, bottom to top. Lengths given are drawing units; ``place`` scales them."""

    def __init__(self, role: str, place: Place = Place()) -> None:
        self.role = role
        self.place = place
        self.elements: list[ElementSpec] = []

    def shape(
        self, name: str, path: skia.Path, fill: Fill | str | None = None, *, line: str | None = None,
        width: float = 0, shadow: tuple[str, float, float, float] | None = None, blur: float = 0,
        opacity: float = 1, blend: BlendMode = "normal", dash: tuple[float, float] | None = None,
    ) -> None:  # fmt: skip
        """Add an outline: ``fill`` a colour or paint, ``line`` and ``width`` a round stroke, ``shadow`` colour with
        alpha, dx, dy and blur, ``dash`` on and off lengths, ``blur`` a sigma. An empty outline adds nothing."""
        place = self.place
        path = moved(path, place.x, place.y, scale=place.scale, turn=place.turn)
        left, top, right, bottom = bounds(path)
        if path.countVerbs() < 2 or max(right - left, bottom - top) <= 0:
            return
        style = ElementStyle(
            opacity=opacity, blend_mode=blend, fill=solid(fill) if isinstance(fill, str) else fill,
            stroke=round_stroke(line, width * place.scale) if line else None,
            filters=[Filter(type="blur", value=round(blur * place.scale, 2))] if blur else None,
        )  # fmt: skip
        if dash and style.stroke:
            style.stroke.dash_array = [round(length * place.scale, 2) for length in dash]
        if shadow:
            color, dx, dy, spread = shadow
            style.shadow = Shadow(color=color, offset_x=round(dx * place.scale, 2),
                                  offset_y=round(dy * place.scale, 2), blur=round(spread * place.scale, 2))  # fmt: skip
        self._add(name, svg_path(path, -left, -top), (left, top, right, bottom), style)

    def dots(self, name: str, points: list[tuple[float, float]], color: str, width: float, opacity: float = 1) -> None:
        """Round dots of one size (diameter) and colour, in poster pixels."""
        if not points:
            return
        left, top = min(x for x, _ in points), min(y for _, y in points)
        box = (left, top, max(x for x, _ in points), max(y for _, y in points))
        style = ElementStyle(opacity=opacity, stroke=round_stroke(color, width))
        self._add(name, dots_path([(x - left, y - top) for x, y in points]), box, style)

    def _add(self, name: str, data: str, box: tuple[float, float, float, float], style: ElementStyle) -> None:
        left, top, right, bottom = box
        self.elements.append(
            ElementSpec(
                type="shape",
                transform=Transform(x=round(left, 2), y=round(top, 2), width=round(min(LIMIT, right - left), 2),
                                    height=round(min(LIMIT, bottom - top), 2)),
                style=style,
                content=ElementContent(shape_type="path", shape_path=data, name=name, role=self.role),
            )
        )  # fmt: skip
