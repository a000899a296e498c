"""The Redis adapter: one thread a process writes to the server what the process committed."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import redis
import structlog
from typing_extensions import override

from storage.announcer.base import Announcer, Change
from storage.errors import UnavailableError
from storage.redis_link import PAUSE_SECONDS, RedisLink

log = structlog.get_logger()
# Adds the commands for a change to a pipeline; none for a change that is not its own.
Writer = Callable[[Any, Change], None]
BATCH = 100
LONGEST_QUEUE = 5_000
# News that could not be told for so long is old: its readers have asked the database meanwhile.
NEWS_SECONDS = 10.0
# Copies live for so long at most, so nothing needs to be taken away after it.
REMOVAL_SECONDS = 24 * 3600.0
CLOSE_SECONDS = 2.0


class RedisAnnouncer(Announcer):
    """Bounded: while the server is away old news are dropped, removals are kept longer.

    A batch whose answer was lost is sent again, so what writers add must be idempotent.
    """

    def __init__(self, link: RedisLink, writers: Sequence[Writer]) -> None:
        self._link = link
        self._writers = tuple(writers)
        self._changed = threading.Condition()
        self._queue: deque[tuple[float, Change]] = deque()
        self._closed = False
        self._thread: threading.Thread | None = None

    @override
    def announce(self, changes: Sequence[Change]) -> None:
        now = time.monotonic()
        with self._changed:
            if self._closed:
                return
            self._queue.extend((now, change) for change in changes)
            self._shed()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)
                self._thread.start()
            self._changed.notify()

    @override
    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(CLOSE_SECONDS)
        self._link.close()

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                self._send([change for _, change in batch])
            except UnavailableError:
                with self._changed:
                    self._queue.extendleft(reversed(batch))
                    self._shed()
                    if self._changed.wait_for(lambda: self._closed, PAUSE_SECONDS):
                        return

    def _next_batch(self) -> list[tuple[float, Change]]:
        """The next changes worth telling; none when it is over."""
        with self._changed:
            while True:
                batch: list[tuple[float, Change]] = []
                while self._queue and len(batch) < BATCH:
                    since, change = self._queue.popleft()
                    if time.monotonic() - since <= (REMOVAL_SECONDS if change.removes else NEWS_SECONDS):
                        batch.append((since, change))
                if batch or self._closed:
                    return batch
                self._changed.wait()

    def _send(self, changes: Sequence[Change]) -> None:
        def execute(client: "redis.Redis") -> list[Any]:
            with client.pipeline(transaction=False) as pipeline:
                for change in changes:
                    for write in self._writers:
                        write(pipeline, change)
                return pipeline.execute(raise_on_error=False)

        refused = [answer for answer in self._link.call(execute) if isinstance(answer, redis.ResponseError)]
        if refused:
            log.warning("Redis refuses changes", count=len(refused), error=str(refused[0]))

    def _shed(self) -> None:
        """Make room: news first, then the oldest removals."""
        if len(self._queue) > LONGEST_QUEUE:
            removals = [entry for entry in self._queue if entry[1].removes]
            self._queue = deque(removals[-LONGEST_QUEUE // 2 :])
