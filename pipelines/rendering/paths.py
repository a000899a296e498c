"""SVG path data to skia paths and back, and the outlines of plain shapes."""

import math
import re
from collections.abc import Iterator
from functools import lru_cache

import skia

from storage.documents.element import ElementContent
from storage.errors import ValidationError

_TOKEN = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|[\s,]+")
_FLAG = re.compile(r"[\s,]*([01])")
_OPERANDS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_POLYGON_SIDES = 6


def validate_path(data: str) -> None:
    """Raises ValidationError naming the place where the SVG path data is wrong."""
    for _ in _commands(data):
        pass


@lru_cache(maxsize=256)
def parse_path(data: str) -> skia.Path:
    """The path of SVG path data, non-zero winding. Shared: do not change it. Raises ValidationError."""
    pen = _Pen()
    for command, numbers in _commands(data):
        pen.draw(command, numbers)
    return pen.path


def to_svg(path: skia.Path) -> str:
    """SVG path data of a path, at hundredths of a pixel."""
    letters = {skia.Path.kMove_Verb: "M", skia.Path.kLine_Verb: "L", skia.Path.kQuad_Verb: "Q",
               skia.Path.kCubic_Verb: "C"}  # fmt: skip
    parts: list[str] = []
    iterator = skia.Path.Iter(path, False)
    while True:
        verb, points = iterator.next()
        if verb == skia.Path.kDone_Verb:
            return "".join(parts)
        if verb == skia.Path.kClose_Verb:
            parts.append("Z")
        elif verb == skia.Path.kConic_Verb:
            quads = skia.Path.ConvertConicToQuads(*points[:3], iterator.conicWeight(), 2)
            parts += [_segment("Q", quads[index : index + 2]) for index in range(1, len(quads) - 1, 2)]
        else:
            parts.append(_segment(letters[verb], points if verb == skia.Path.kMove_Verb else points[1:]))


def shape_outline(content: ElementContent, width: float, height: float) -> skia.Path:
    """Outline of a shape element in its own pixels, for a box of this size.

    ``shape_path`` wins. A circle is the largest in the box, a polygon the regular hexagon with a corner at the top
    stretched to the box, a line goes from the top-left to the bottom-right corner. Raises ValidationError.
    """
    if content.shape_path is not None:
        return parse_path(content.shape_path)
    path = skia.Path()
    box = skia.Rect.MakeWH(width, height)
    match content.shape_type:
        case "path":
            pass
        case "rounded_rect":
            radius = min(content.radius or 0.0, width / 2, height / 2)
            path.addRoundRect(box, radius, radius)
        case "ellipse":
            path.addOval(box)
        case "circle":
            path.addCircle(width / 2, height / 2, min(width, height) / 2)
        case "line":
            path.moveTo(0, 0)
            path.lineTo(width, height)
        case "polygon":
            turns = [math.tau * step / _POLYGON_SIDES for step in range(_POLYGON_SIDES)]
            corners = [
                skia.Point(width / 2 * (1 + math.sin(turn)), height / 2 * (1 - math.cos(turn))) for turn in turns
            ]
            path.addPoly(corners, True)
        case _:
            path.addRect(box)
    return path


def _segment(letter: str, points: list[skia.Point]) -> str:
    return letter + " ".join(f"{round(point.x(), 2):g} {round(point.y(), 2):g}" for point in points)


def _error(data: str, place: int) -> ValidationError:
    near = data[place : place + 16]
    return ValidationError(f"shape_path is not SVG path data at character {place + 1}: {near!r}", fields=["shape_path"])


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    """Commands with the operands of exactly one segment each; an implicit repeat of M is L."""
    command, place, pending = "", 0, False
    numbers: list[float] = []
    while place < len(data):
        if command in ("A", "a") and len(numbers) in (3, 4):  # flags may stand without a separator
            flag = _FLAG.match(data, place)
            if flag is None:
                raise _error(data, place)
            numbers.append(float(flag[1]))
            place = flag.end()
            continue
        token = _TOKEN.match(data, place)
        if token is None:
            raise _error(data, place)
        if token[1]:
            if numbers or (not command and token[1] not in "Mm"):
                raise _error(data, place)
            if command and command not in "Zz" and pending:
                raise _error(data, place)
            command, pending = token[1], True
            if command in "Zz":
                yield command, []
        elif token[2]:
            value = float(token[2])
            if not command or command in "Zz" or not abs(value) < 1e7:
                raise _error(data, place)
            numbers.append(value)
            if len(numbers) == _OPERANDS[command.upper()]:
                yield command, numbers
                numbers, pending = [], False
                command = {"M": "L", "m": "l"}.get(command, command)
        place = token.end()
    if numbers or (command and command not in "Zz" and pending):
        raise _error(data, len(data))


class _Pen:
    """Draws SVG commands; keeps the last control point for S and T."""

    def __init__(self) -> None:
        self.path = skia.Path()
        self.x = self.y = self.start_x = self.start_y = 0.0
        self.control: tuple[float, float] | None = None
        self.last = ""

    def draw(self, command: str, n: list[float]) -> None:
        upper = command.upper()
        dx, dy = (self.x, self.y) if command.islower() else (0.0, 0.0)
        if self.last == "Z" and upper not in "MZ":
            self.path.moveTo(self.x, self.y)
        control: tuple[float, float] | None = None
        match upper:
            case "M":
                self.x, self.y = n[0] + dx, n[1] + dy
                self.start_x, self.start_y = self.x, self.y
                self.path.moveTo(self.x, self.y)
            case "L" | "H" | "V":
                self.x = n[0] + dx if upper != "V" else self.x
                self.y = n[-1] + dy if upper != "H" else self.y
                self.path.lineTo(self.x, self.y)
            case "C" | "S":
                first = (n[0] + dx, n[1] + dy) if upper == "C" else self._reflected("CS")
                control = (n[-4] + dx, n[-3] + dy)
                self.x, self.y = n[-2] + dx, n[-1] + dy
                self.path.cubicTo(*first, *control, self.x, self.y)
            case "Q" | "T":
                control = (n[0] + dx, n[1] + dy) if upper == "Q" else self._reflected("QT")
                self.x, self.y = n[-2] + dx, n[-1] + dy
                self.path.quadTo(*control, self.x, self.y)
            case "A":
                self.x, self.y = n[5] + dx, n[6] + dy
                large = skia.Path.kLarge_ArcSize if n[3] else skia.Path.kSmall_ArcSize
                sweep = skia.PathDirection.kCW if n[4] else skia.PathDirection.kCCW
                self.path.arcTo(abs(n[0]), abs(n[1]), n[2], large, sweep, self.x, self.y)
            case _:
                self.path.close()
                self.x, self.y = self.start_x, self.start_y
        self.control, self.last = control, upper

    def _reflected(self, kinds: str) -> tuple[float, float]:
        if self.control is None or self.last not in kinds:
            return self.x, self.y
        return 2 * self.x - self.control[0], 2 * self.y - self.control[1]
