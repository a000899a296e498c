"""One process's subscription to the tasks' channels, and whether it is alive."""

import threading
import time
from collections.abc import Callable
from typing import Any

import redis
import structlog

from storage.progress.redis_keys import COMPLETE, PROGRESS
from storage.redis_link import ANSWER_SECONDS

log = structlog.get_logger()
# A connection that says nothing for so long is asked; no answer in ANSWER_SECONDS means that it is dead.
SILENCE_SECONDS = 0.5
RECONNECT_SECONDS = 0.5


class Subscription:
    """A thread with the one subscribed connection: it reconnects for ever, until ``close``.

    ``on_task`` is called with the id of a task that has news, ``on_change`` whenever the subscription begins or
    breaks: messages between the two are lost.
    """

    def __init__(self, client: "redis.Redis", on_task: Callable[[str], None], on_change: Callable[[], None]) -> None:
        self._client = client
        self._on_task = on_task
        self._on_change = on_change
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self.healthy = False

    @property
    def started(self) -> bool:
        """Whether anybody needed it yet."""
        return self._thread is not None

    def start(self) -> None:
        """Subscribe, if that was not done before."""
        with self._lock:
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._run, name="progress-subscription", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread."""
        with self._lock:
            self._closed.set()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                with self._client.pubsub() as channels:  # type: ignore[no-untyped-call]
                    channels.psubscribe(f"{PROGRESS}*", f"{COMPLETE}*")
                    self._listen(channels)
            except Exception as error:  # whatever it is, this thread must not end
                if self.healthy:
                    log.warning("the subscription broke; progress is polled", error=str(error))
                    self.healthy = False
                    self._on_change()
                self._closed.wait(RECONNECT_SECONDS)

    def _listen(self, channels: Any) -> None:
        """Until it is closed. Raises RedisError for a connection that broke or does not answer."""
        confirmed = 0
        asked_at: float | None = None
        while not self._closed.is_set():
            message = channels.get_message(timeout=SILENCE_SECONDS if asked_at is None else ANSWER_SECONDS)
            if message is None:
                if asked_at is None:
                    channels.ping()
                    asked_at = time.monotonic()
                elif time.monotonic() - asked_at >= ANSWER_SECONDS:
                    raise redis.TimeoutError("the subscribed connection does not answer")
                continue
            asked_at = None
            if message["type"] == "pmessage":
                self._on_task(message["channel"].removeprefix(PROGRESS).removeprefix(COMPLETE))
            elif message["type"] == "psubscribe":
                # The client subscribes again by itself, and whatever was published meanwhile is lost.
                confirmed += 1
                if confirmed >= 2:
                    self.healthy = True
                    self._on_change()
