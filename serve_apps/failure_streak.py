"""A replica that fails call after call is set aside: its health check says so, and Serve starts another."""

from collections.abc import Iterator
from contextlib import contextmanager

from storage.errors import DesignError


class FailureStreak:
    """Counts failures in a row; ``most`` of them, and the replica is not healthy.

    ``excused``: what its engine raises through no fault of its own, beside DesignError.
    """

    def __init__(self, most: int, *excused: type[Exception]) -> None:
        self._most = most
        self._excused: tuple[type[Exception], ...] = (DesignError, *excused)
        self.failures = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Around one call. What is the caller's own fault, a full queue or a cancelled call counts as nothing."""
        try:
            yield
        except self._excused:
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
