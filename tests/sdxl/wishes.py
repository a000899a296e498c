"""Generations that the tests ask for."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.models.sdxl.jobs import Generation


def wish(job: str = "one", **changes: Any) -> Generation:
    given: dict[str, Any] = {
        "prompt": "a tea festival", "negative": "", "width": 128, "height": 128, "seed": 7, "steps": 6,
        "guidance": 5.0,
    } | changes  # fmt: skip
    return Generation(job=job, **given)


def apart(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Largest difference, relative to the largest value."""
    return float(np.abs(one - other).max() / np.abs(other).max())
