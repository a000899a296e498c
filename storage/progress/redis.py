"""The Redis adapter: the same stored events, read when a channel says that there are new ones."""

import threading
import time
from collections.abc import AsyncGenerator, Collection

from typing_extensions import override

from storage.database.base import Database
from storage.documents.progress import TaskEvent
from storage.errors import UnavailableError
from storage.progress.stored import StoredFeed
from storage.progress.subscription import Subscription
from storage.redis_link import RedisLink

# A message may be lost on the way, so the events are looked at anyway, but rarely.
SAFETY_SECONDS = 3.0


class RedisFeed(StoredFeed):
    """Woken by messages; while the subscription is broken it polls every ``poll_seconds``."""

    def __init__(
        self, database: Database, link: RedisLink, poll_seconds: float, safety_seconds: float = SAFETY_SECONDS
    ) -> None:
        super().__init__(database)
        self._link = link
        self._poll_seconds = poll_seconds
        self._safety_seconds = safety_seconds
        self._hints_lock = threading.Lock()
        self._hints: set[str] = set()
        self._look = False
        self._looked_at = 0.0
        self._subscription = Subscription(link.client, self._hint, self._look_at_all)

    @override
    def follow(self, task_id: str, since_seq: int) -> AsyncGenerator[TaskEvent, None]:
        self._subscription.start()
        return super().follow(task_id, since_seq)

    @override
    def ping(self) -> None:
        self._link.ping()
        if self._subscription.started and not self._subscription.healthy:
            raise UnavailableError("Redis answers, but progress is not subscribed to yet; it is polled.", part="redis")

    @override
    def close(self) -> None:
        super().close()
        self._subscription.close()
        self._link.close()

    def _hint(self, task_id: str) -> None:
        """A task has news. While nobody follows any, there is no thread to tell."""
        if self._thread is None:
            return
        with self._hints_lock:
            self._hints.add(task_id)
        self._wake.set()

    def _look_at_all(self) -> None:
        """Messages may have been missed, or will be."""
        with self._hints_lock:
            self._look = True
        self._wake.set()

    @override
    def _wait(self, hurry: bool) -> Collection[str] | None:
        healthy = self._subscription.healthy
        until_look = max(0.0, self._looked_at + self._safety_seconds - time.monotonic())
        self._wake.wait(min(until_look, self._poll_seconds) if hurry or not healthy else until_look)
        self._wake.clear()
        now = time.monotonic()
        with self._hints_lock:
            hints, self._hints = self._hints, set()
            look, self._look = self._look, False
        if look or not healthy or now - self._looked_at >= self._safety_seconds:
            self._looked_at = now
            return None
        return hints
