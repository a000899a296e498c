"""How the pool is shared, as the operator sets it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fairness:
    """``shares``: weights of users, 1 for who is not named. ``bulk_every``: while both lanes have tasks, one claim in
    so many is of the bulk lane.
    """

    shares: Mapping[str, float] = field(default_factory=dict)
    bulk_every: int = 5

    def weight(self, user_id: str) -> float:
        """This user's."""
        return self.shares.get(user_id, 1.0)


EQUAL = Fairness()
