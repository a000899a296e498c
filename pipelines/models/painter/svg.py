"""``skia.Path`` to SVG path data: absolute M L Q C Z, two decimals."""

import skia

from pipelines.models.painter.paths import segments


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def svg_path(path: skia.Path, dx: float = 0, dy: float = 0) -> str:
    """Path data, moved by (dx, dy)."""
    return "".join(
        letter
        + (
            ""
            if letter == "Z"
            else " ".join(f"{_number(point.x() + dx)} {_number(point.y() + dy)}" for point in points)
        )
        for letter, points in segments(path)
    )


def dots_path(points: list[tuple[float, float]]) -> str:
    """Zero-length segments: a stroke with round caps draws a dot at each."""
    return "".join(f"M{_number(x)} {_number(y)}L{_number(x)} {_number(y)}" for x, y in points)
