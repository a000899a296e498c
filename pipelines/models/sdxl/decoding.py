"""Finished latents on their way to pixels, a few decoder stages between two steps."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from math import ceil
from typing import Any

from pipelines.models.sdxl.work import Work

Deliver = Callable[[Work, Any, Any, int], None]
Failed = Callable[[Work, Exception], bool]


class Decoding:
    """``spread``: over how many steps the waiting stages are spread, so that none of them is long.

    ``failed`` is told of a picture whose stage raised; True: it is decoded once more, else it is dropped.
    """

    def __init__(self, vae: Any, spread: int, deliver: Deliver, failed: Failed) -> None:
        self._vae, self._spread, self._deliver, self._failed = vae, spread, deliver, failed
        self._queue: deque[tuple[Work, Any, int, Iterator[Any]]] = deque()
        self._done = 0

    @property
    def pictures(self) -> int:
        """Pictures not decoded to their end."""
        return len(self._queue)

    def add(self, work: Work, latent: Any, steps: int) -> None:
        """Queues a latent (4 x h x w)."""
        self._queue.append((work, latent, steps, self._vae.decode(latent)))

    def drop(self, work: Work) -> bool:
        """Forgets a picture; whether it was here."""
        for at, (queued, _, _, _) in enumerate(self._queue):
            if queued is work:
                del self._queue[at]
                self._done = self._done if at else 0
                return True
        return False

    def run(self, idle: bool) -> None:
        """Runs this step's share of the stages; one whole picture when no batch waits for it."""
        left = len(self._queue) * self._vae.stages - self._done
        share = self._vae.stages - self._done if idle else ceil(left / self._spread)
        for _ in range(min(share, left)):
            work, latent, steps, stages = self._queue[0]
            began = time.perf_counter()
            try:
                pixels = next(stages)
            except Exception as error:
                self._queue.popleft()
                self._done = 0
                if self._failed(work, error):
                    self._queue.appendleft((work, latent, steps, self._vae.decode(latent)))
                return
            work.seconds += time.perf_counter() - began
            self._done += 1
            if pixels is not None:
                self._queue.popleft()
                self._done = 0
                self._deliver(work, latent, pixels, steps)
