"""Time for leases and rows."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]


def system_clock() -> float:
    """Epoch seconds."""
    return time.time()


def at(epoch: float) -> datetime:
    """Epoch seconds as a UTC time of whole seconds."""
    return datetime.fromtimestamp(int(epoch), UTC)


def milliseconds(epoch: float) -> int:
    """Epoch seconds as whole milliseconds."""
    return int(epoch * 1000)
