"""Outlines: small constructors over ``skia.Path``, boolean operations, and SVG path data out.

Shapes wind clockwise; holes are turned around, so that every outline fills right under the nonzero rule.
"""

from collections.abc import Iterable, Iterator, Sequence

import skia

from pipelines.rendering.paths import parse_path

Point = tuple[float, float]
_LETTERS = {skia.Path.kMove_Verb: "M", skia.Path.kLine_Verb: "L", skia.Path.kQuad_Verb: "Q",
            skia.Path.kCubic_Verb: "C", skia.Path.kClose_Verb: "Z"}  # fmt: skip
_HOLE = skia.PathDirection.kCCW


def circle(cx: float, cy: float, r: float, *, hole: bool = False) -> skia.Path:
    """A disc; ``hole`` winds it the other way."""
    return ellipse(cx, cy, r, r, hole=hole)


def ellipse(cx: float, cy: float, rx: float, ry: float, *, hole: bool = False) -> skia.Path:
    """An axis-parallel ellipse."""
    box = skia.Rect.MakeLTRB(cx - rx, cy - ry, cx + rx, cy + ry)
    return skia.Path.Oval(box, _HOLE) if hole else skia.Path.Oval(box)


def ring(cx: float, cy: float, outer: float, inner: float) -> skia.Path:
    """The area between two circles."""
    return group([circle(cx, cy, outer), circle(cx, cy, inner, hole=True)])


def rect(x: float, y: float, width: float, height: float, radius: float = 0) -> skia.Path:
    """A rectangle, corners rounded by ``radius``."""
    box = skia.Rect.MakeXYWH(x, y, width, height)
    if radius <= 0:
        return skia.Path.Rect(box)
    radius = min(radius, width / 2, height / 2)
    return skia.Path.RRect(skia.RRect.MakeRectXY(box, radius, radius))


def polygon(points: Iterable[Point]) -> skia.Path:
    """A closed polygon."""
    return skia.Path.Polygon([skia.Point(x, y) for x, y in points], True)


def polyline(points: Iterable[Point]) -> skia.Path:
    """An open line through the points."""
    return skia.Path.Polygon([skia.Point(x, y) for x, y in points], False)


def wedge(cx: float, cy: float, r: float, start: float, sweep: float) -> skia.Path:
    """A slice of a disc; degrees, 0 to the right, clockwise."""
    builder = skia.PathBuilder()
    builder.moveTo(cx, cy)
    builder.arcTo(skia.Rect.MakeLTRB(cx - r, cy - r, cx + r, cy + r), start, sweep, False)
    builder.close()
    return builder.detach()


def arc(cx: float, cy: float, rx: float, ry: float, start: float, sweep: float) -> skia.Path:
    """An open elliptical arc; degrees as in ``wedge``."""
    builder = skia.PathBuilder()
    builder.arcTo(skia.Rect.MakeLTRB(cx - rx, cy - ry, cx + rx, cy + ry), start, sweep, True)
    return builder.detach()


def pen(*commands: tuple[str, float] | tuple[str, float, float] | tuple[str, float, float, float, float]
        | tuple[str, float, float, float, float, float, float] | tuple[str]) -> skia.Path:  # fmt: skip
    """A path from commands named as in SVG: ("M", x, y), ("L", ...), ("Q", ...), ("C", ...), ("Z",)."""
    builder = skia.PathBuilder()
    steps = {"M": builder.moveTo, "L": builder.lineTo, "Q": builder.quadTo, "C": builder.cubicTo}
    for name, *numbers in commands:
        if name == "Z":
            builder.close()
        else:
            steps[str(name)](*numbers)
    return builder.detach()


def drawn(data: str) -> skia.Path:
    """A path from SVG path data."""
    return skia.Path(parse_path(data))


def smooth(points: Sequence[Point], *, closed: bool = False, tension: float = 1.0) -> skia.Path:
    """A curve through the points (Catmull-Rom as cubics)."""
    builder = skia.PathBuilder()
    builder.moveTo(*points[0])
    count = len(points)
    for index in range(count if closed else count - 1):
        p1, p2 = points[index], points[(index + 1) % count]
        p0 = points[index - 1] if closed or index else p1
        p3 = points[(index + 2) % count] if closed or index + 2 < count else p2
        k = tension / 6
        builder.cubicTo(p1[0] + (p2[0] - p0[0]) * k, p1[1] + (p2[1] - p0[1]) * k,
                        p2[0] - (p3[0] - p1[0]) * k, p2[1] - (p3[1] - p1[1]) * k, p2[0], p2[1])  # fmt: skip
    if closed:
        builder.close()
    return builder.detach()


def group(paths: Iterable[skia.Path]) -> skia.Path:
    """The paths as one compound path, nothing merged."""
    compound = skia.Path()
    for path in paths:
        compound.addPath(path)
    return compound


def moved(path: skia.Path, dx: float = 0, dy: float = 0, *, scale: float = 1, turn: float = 0) -> skia.Path:
    """Scaled and turned (degrees) about the origin, then moved."""
    matrix = skia.Matrix.Translate(dx, dy)
    matrix.preRotate(turn)
    matrix.preScale(scale, scale)
    result = skia.Path()
    path.transform(matrix, result)
    return result


def stretched(path: skia.Path, x: float, y: float) -> skia.Path:
    """Scaled by x and y about the origin; a negative factor mirrors, the winding is kept clockwise."""
    result = skia.Path()
    path.transform(skia.Matrix.Scale(x, y), result)
    if x * y > 0:
        return result
    turned = skia.Path()
    turned.reverseAddPath(result)
    return turned


def union(paths: Iterable[skia.Path]) -> skia.Path:
    """All areas as one outline without inner seams."""
    merged = skia.Path()
    for path in paths:
        merged = skia.Op(merged, path, skia.kUnion_PathOp)
    return _wound(merged)


def cut(path: skia.Path, *holes: skia.Path) -> skia.Path:
    """The area less the holes."""
    for hole in holes:
        path = skia.Op(path, hole, skia.kDifference_PathOp)
    return _wound(path)


def clip(path: skia.Path, area: skia.Path) -> skia.Path:
    """The common area."""
    return _wound(skia.Op(path, area, skia.kIntersect_PathOp))


def stroked(path: skia.Path, width: float, *, round_ends: bool = True) -> skia.Path:
    """The line as an area."""
    paint = skia.Paint(Style=skia.Paint.kStroke_Style, StrokeWidth=width)
    if round_ends:
        paint.setStrokeCap(skia.Paint.kRound_Cap)
        paint.setStrokeJoin(skia.Paint.kRound_Join)
    outline = skia.Path()
    paint.getFillPath(path, outline)
    return union([outline])


def bounds(path: skia.Path) -> tuple[float, float, float, float]:
    """Left, top, right, bottom."""
    box = path.computeTightBounds()
    return box.left(), box.top(), box.right(), box.bottom()


def segments(path: skia.Path) -> Iterator[tuple[str, list[skia.Point]]]:
    """The path's commands as SVG letters (M L Q C Z) with their new points; conics as the nearest cubics."""
    iterator = skia.Path.Iter(path, False)
    while True:
        # Not a for loop: that walks a copy, whose conic weights this object does not have.
        verb, points = iterator.next()
        if verb == skia.Path.kDone_Verb:
            return
        if verb == skia.Path.kConic_Verb:
            weight = iterator.conicWeight()
            k = 4 * weight / (3 * (1 + weight))
            start, middle, end = points
            yield "C", [start + (middle - start) * k, end + (middle - end) * k, end]
        else:
            yield _LETTERS[verb], points[:1] if verb == skia.Path.kMove_Verb else points[1:]


def _contours(path: skia.Path) -> list[skia.Path]:
    contours: list[skia.Path] = []
    for letter, points in segments(path):
        if letter == "M":
            contours.append(skia.Path())
            contours[-1].moveTo(points[0])
        elif letter == "Z":
            contours[-1].close()
        else:
            {"L": contours[-1].lineTo, "Q": contours[-1].quadTo, "C": contours[-1].cubicTo}[letter](*points)
    return contours


def _signed_area(path: skia.Path) -> float:
    points = [(point.x(), point.y()) for point in path.getPoints(path.countPoints())]
    return sum(float(x0 * y1 - x1 * y0) for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True))


def _wound(path: skia.Path) -> skia.Path:
    """Boolean results fill by the even-odd rule: turn holes around so that nonzero gives the same."""
    contours = _contours(path)
    if len(contours) < 2:
        path.setFillType(skia.PathFillType.kWinding)
        return path
    result = skia.Path()
    for contour in contours:
        start = contour.getPoint(0)
        depth = sum(other is not contour and other.contains(start.x(), start.y()) for other in contours)
        if (_signed_area(contour) > 0) == (depth % 2 == 0):
            result.addPath(contour)
        else:
            result.reverseAddPath(contour)
    return result
