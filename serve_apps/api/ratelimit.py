"""How many requests a minute one key may make. Each API replica counts for itself."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from serve_apps.api.auth import User
from storage.errors import TooManyError


class RequestLimit:
    """Minutes counted per key, each from its first request on.

    Who needs no key, on this machine or by a signed link, is not counted.
    """

    def __init__(self, per_minute: int) -> None:
        self._rate = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def count(self, user: User) -> None:
        """Count a request. Raises TooManyError."""
        if user.key_id is None or await self._limiter.hit(self._rate, user.key_id):
            return
        window = await self._limiter.get_window_stats(self._rate, user.key_id)
        raise TooManyError(
            f"This key made {self._rate.amount} requests in a minute; go on more slowly.",
            retry_after=max(1, math.ceil(window.reset_time - time.time())),
        )
