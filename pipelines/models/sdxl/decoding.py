"""Finished latents on their way to pixels, a few decoder stages between two steps."""

from collections import deque
from collections.abc import Callable, Iterator
from math import ceil
from typing import Any

from pipelines.models.sdxl.work import Work

Deliver = Callable[[Work, Any, Any, int], None]


class Decoding:
    """``spread``: over how many steps the waiting stages are spread, so that none of them is long."""

    def __init__(self, vae: Any, spread: int, deliver: Deliver) -> None:
        self._vae, self._spread, self._deliver = vae, spread, deliver
        self._queue: deque[tuple[Work, Any, int, Iterator[Any]]] = deque()
        self._done = 0

    @property
    def pictures(self) -> int:
        """Pictures not decoded to their end."""
        return len(self._queue)

    def add(self, work: Work, latent: Any, steps: int) -> None:
        """Queues a latent (4 x h x w)."""
        self._queue.append((work, latent, steps, self._vae.decode(latent)))

    def run(self, idle: bool) -> None:
        """Runs this step's share of the stages; one whole picture when no batch waits for it."""
        left = len(self._queue) * self._vae.stages - self._done
        share = self._vae.stages - self._done if idle else ceil(left / self._spread)
        for _ in range(min(share, left)):
            work, latent, steps, stages = self._queue[0]
            pixels = next(stages)
            self._done += 1
            if pixels is not None:
                self._queue.popleft()
                self._done = 0
                self._deliver(work, latent, pixels, steps)

    def warm(self, latent: Any) -> None:
        """Decodes a latent for nothing."""
        for _ in self._vae.decode(latent):
            pass
