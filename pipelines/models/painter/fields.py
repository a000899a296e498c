"""Measures that let a field of marks dissolve before text."""

import numpy as np
from numpy.typing import NDArray

from pipelines.geometry import Box
from pipelines.models.base import Scene
from pipelines.models.painter.colors import apart, lightness, mix, with_lightness

Points = NDArray[np.float64]


def text_distance(scene: Scene, points: Points) -> NDArray[np.float64]:
    """Pixels from each point (N x 2) to the nearest quiet box; 0 inside, a large number without text."""
    distance = np.full(len(points), 1e9)
    for box in scene.quiet:
        dx = np.maximum(0, np.maximum(box.x - points[:, 0], points[:, 0] - box.right))
        dy = np.maximum(0, np.maximum(box.y - points[:, 1], points[:, 1] - box.bottom))
        distance = np.minimum(distance, np.hypot(dx, dy))
    return distance


def open_text(scene: Scene) -> tuple[Box, ...]:
    """The quiet boxes that do not stand on the info strip."""
    return tuple(box for box in scene.quiet if not (scene.strip and box.overlaps(scene.strip)))


def fade(distance: NDArray[np.float64], near: float, far: float) -> NDArray[np.float64]:
    """0 up to ``near``, 1 from ``far``, smooth between."""
    share = np.clip((distance - near) / max(1e-6, far - near), 0, 1)
    return share * share * (3 - 2 * share)


def bright_pair(scene: Scene) -> tuple[str, str]:
    """The two colours a field runs between: away from the page towards the accent."""
    palette = scene.palette
    page = scene.page_color or palette.bg
    if palette.mode == "vivid":
        start = with_lightness(
            page, min(0.88, lightness(page) + 0.28) if lightness(page) < 0.66 else lightness(page) - 0.28
        )
    else:
        start = palette.primary
    return apart(start, page, 0.2), apart(mix(palette.accent, start, 0.08), page, 0.2)


def focus(scene: Scene) -> tuple[float, float]:
    """``params["center"]`` in pixels, or the zone's middle."""
    center = scene.params.get("center")
    return (float(center[0]), float(center[1])) if center else scene.zone.center
