"""A replica that fails call after call is set aside: its health check says so, and Serve starts another."""

from collections.abc import Iterator
from contextlib import contextmanager

from ray.serve.exceptions import BackPressureError

from storage.errors import DesignError


class FailureStreak:
    """Counts failures in a row; ``most`` of them, and the replica is not healthy."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.failures = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Around one call. What is the caller's own fault, a full queue or a cancelled call counts as nothing."""
        try:
            yield
        except (DesignError, BackPressureError):
            raise
        except Exception:
            self.failures += 1
            raise
        else:
            self.failures = 0

    def check(self) -> None:
        """Raises RuntimeError from ``most`` failures on."""
        if self.failures >= self._most:
            raise RuntimeError(f"{self.failures} calls in a row failed; see this replica's log")
