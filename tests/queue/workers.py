"""Consumers that go round in threads of their own, as the ingress does."""

import threading
import time
from contextlib import suppress

from storage.database.base import Claim
from storage.errors import UnavailableError
from tests.contract.lanes import Lane


class Worker:
    """Publishes and takes until it is stopped; ``limit`` may change on the way, 0 is no room."""

    def __init__(self, lane: Lane, limit: int = 1) -> None:
        self.lane = lane
        self.limit = limit
        self.claims: list[Claim] = []
        self.published = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop and leave the group."""
        self._stop.set()
        self._thread.join()
        self.lane.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(UnavailableError):
                self.published += self.lane.publisher.publish()
            with suppress(UnavailableError):
                self.claims += self.lane.queue.take("worker", self.limit, 600)
            time.sleep(0.01)
