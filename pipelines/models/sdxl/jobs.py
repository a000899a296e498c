"""What the engine is asked for, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[int, int], None]
"""Told (steps done, steps in all) after each step, in the engine's thread: be quick. What it raises ends the job."""


@dataclass(frozen=True, slots=True, eq=False)
class Generation:
    """A picture to make. The same generation on the same weights gives the same picture, alone or in any batch.

    ``job`` names the work over replicas and restarts. ``width`` x ``height``: the exact size wanted, in pixels.
    ``guidance`` <= 1 takes one row a step, more takes two. ``start``: a picture to start from (img2img), height x
    width x 3 uint8 RGB of any size, followed to ``1 - strength``.
    """

    job: str
    prompt: str
    negative: str
    width: int
    height: int
    seed: int
    steps: int
    guidance: float
    start: NDArray[np.uint8] | None = None
    strength: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A finished picture.

    ``pixels``: height x width x 3, RGB. ``latent``: 4 x h/8 x w/8 float32, as denoised, before the decoder.
    ``steps``: denoising steps of the request; ``steps_run``: those run here; ``first_step``: where a saved latent let
    it go on. ``seconds``: its part, by rows, of the time of the engine's thread. ``labels``: lossy lanes used; empty
    means exact.
    """

    pixels: NDArray[np.uint8]
    latent: NDArray[np.float32]
    steps: int
    steps_run: int
    first_step: int
    seconds: float = 0.0
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stats:
    """Counters since start, and what is in hand now.

    ``rows``: useful UNet rows run; ``padded``: rows added to fill a bucket; ``rows_by_step``: useful rows -> forwards.
    ``alone``: forwards the same steps would have taken one request at a time.
    """

    forwards: int
    rows: int
    padded: int
    alone: int
    waiting: int
    running: int
    decoding: int
    finished: int
    cancelled: int
    failed: int
    row_cap: int
    rows_by_step: dict[int, int] = field(default_factory=dict)
