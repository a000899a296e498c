"""How long a task waits before it is tried again."""

import random
from dataclasses import dataclass

FACTOR = 4.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """``base_seconds`` after the first error, four times as long after each more, at most ``cap_seconds``.

    Each wait is shortened by up to the share ``jitter``, so that what one outage sent back does not return at once.
    """

    base_seconds: float = 2.0
    cap_seconds: float = 60.0
    jitter: float = 0.25

    def seconds(self, retries: int) -> float:
        """The wait before the retry with this number, 1 is the first."""
        # Past twenty any cap is reached, and a float would overflow.
        longest = min(self.cap_seconds, self.base_seconds * FACTOR ** (min(retries, 20) - 1))
        return longest * (1 - self.jitter * random.random())  # noqa: S311 - spreads load, guards nothing


DEFAULT_BACKOFF = Backoff()
