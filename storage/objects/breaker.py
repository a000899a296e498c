"""Not asking a server that is known to be away: callers would wait for it with all their threads."""

import threading
import time

from storage.errors import UnavailableError

PAUSE_SECONDS = 1.0


class Breaker:
    """Open from a failure to the next success: then one caller in each PAUSE_SECONDS tries, the others fail at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failure: UnavailableError | None = None
        self._next_try = 0.0

    def check(self) -> None:
        """Raise the last failure's UnavailableError unless this caller may try."""
        with self._lock:
            if self._failure is None:
                return
            now = time.monotonic()
            if now < self._next_try:
                raise UnavailableError(self._failure.message, **self._failure.details)
            self._next_try = now + PAUSE_SECONDS

    def failed(self, failure: UnavailableError) -> None:
        """The server was away."""
        with self._lock:
            self._failure, self._next_try = failure, time.monotonic() + PAUSE_SECONDS

    def answered(self) -> None:
        """It is there."""
        with self._lock:
            self._failure = None
