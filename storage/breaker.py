"""Not asking a part that is known to be away: callers would wait for it with all their threads."""

import copy
import threading
import time

from storage.errors import UnavailableError

PAUSE_SECONDS = 1.0


class Breaker:
    """Open from a failure to the next success: one caller in each ``pause`` seconds tries, the others fail at once."""

    def __init__(self, pause: float = PAUSE_SECONDS) -> None:
        self._pause = pause
        self._lock = threading.Lock()
        self._failure: UnavailableError | None = None
        self._next_try = 0.0

    def check(self) -> None:
        """Raise the last failure again unless this caller may try."""
        with self._lock:
            if self._failure is None:
                return
            now = time.monotonic()
            if now < self._next_try:
                # A copy: the same error raised in many threads would gather all their tracebacks.
                raise copy.copy(self._failure)
            self._next_try = now + self._pause

    def failed(self, failure: UnavailableError) -> None:
        """The part was away."""
        with self._lock:
            self._failure, self._next_try = failure, time.monotonic() + self._pause

    def answered(self) -> None:
        """It is there."""
        with self._lock:
            self._failure = None
