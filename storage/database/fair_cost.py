"""What a user's tasks cost beside everybody's, as numbers: of a database's rows, or of a simulation.

A task that ends is one sample. Old samples fade.
"""

from typing import Protocol

STEP = 1000
"""Distance of turns of a user whose tasks cost as much as all do on average, or who is unknown yet."""
HALF_LIFE_SECONDS = 3600.0
MOST = 100.0
"""How much dearer, or cheaper, than the average a user's tasks may count."""


class Cost(Protocol):
    """Decayed sums of what tasks took and of their number, as of ``at`` (milliseconds)."""

    charge: float
    tasks: float
    at: int


def add(cost: Cost, took: float, now: int) -> None:
    """One more task took so much. ``now``: milliseconds."""
    left = 0.5 ** (max(0, now - cost.at) / 1000 / HALF_LIFE_SECONDS)
    cost.charge, cost.tasks, cost.at = cost.charge * left + took, cost.tasks * left + 1, now


def step_wanted(user: Cost, everybody: Cost) -> int:
    """How far apart the user's turns should be."""
    average = everybody.charge / everybody.tasks
    if average <= 0:
        return STEP
    relative = user.charge / user.tasks / average
    return round(STEP * min(max(relative, 1 / MOST), MOST))


def far_off(step: int, wanted: int) -> bool:
    """Whether turns that are ``step`` apart are a quarter too near or too far."""
    return wanted * 4 > step * 5 or wanted * 5 < step * 4


def weighted(step: int, weight: float) -> int:
    """The distance of a user's turns who has this weight."""
    return max(1, round(step / weight))
