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


START = np.random.default_rng(1).integers(0, 255, (96, 160, 3), np.uint8)
KINDS = [
    wish("long", steps=9, seed=1),
    wish("short", steps=2, seed=2, guidance=1.0),
    wish("other words", steps=5, seed=3, prompt="jazz", negative="text", guidance=3.0),
    wish("from a picture", steps=8, seed=4, start=START, strength=0.6),
    wish("wide", steps=4, seed=5, width=192, height=96),
]


def run(loop: Any, arrivals: list[tuple[int, Generation]]) -> tuple[list[NDArray[np.float32]], int]:
    """Latents in the order of ``arrivals`` (tick, what), and the forwards they took."""
    done: dict[int, NDArray[np.float32]] = {}
    live: dict[int, tuple[Any, int]] = {}
    tick = forwards = 0
    while len(done) < len(arrivals):
        for number, (when, generation) in enumerate(arrivals):
            if when == tick:
                live[number] = (loop.size(generation), loop.prepare(generation))
        for size in sorted({size for size, _ in live.values()}):
            loop.denoise_step(size, [slot for at, slot in live.values() if at == size])
            forwards += 1
        for number, (size, slot) in list(live.items()):
            entry = loop.entry(size, slot)
            if entry.step == entry.schedule.steps:
                done[number] = loop.finish(size, slot).numpy()
                del live[number]
        tick += 1
    return [done[number] for number in range(len(arrivals))], forwards
