"""Two lanes: who waits for a poster goes before who needs many by tomorrow, and those are never starved.

In the outbox, in turns and in the bands of a broker a task has a level: its priority, and for the bulk lane so much
below, so that one order has both.
"""

from collections.abc import Iterator

from storage.documents.task import TaskLane

BELOW = 20
LOWEST, HIGHEST = 0, 9


def level_of(lane: TaskLane, priority: int) -> int:
    """Where a task of that lane and priority is in the queue's order."""
    return priority - BELOW if lane == "bulk" else priority


def priority_of(level: int) -> int:
    """The priority of a task at that level."""
    return level + BELOW if level < 0 else level


class LaneTurns:
    """Whose claim is next while both lanes have tasks: the bulk lane's is one in ``bulk_every``.

    Counted by each process that claims: then each keeps the share, and none waits for another.
    """

    def __init__(self, bulk_every: int) -> None:
        self._every = bulk_every
        self._claimed = 0

    def next_are_bulk(self, count: int) -> Iterator[bool]:
        """Whether each of the next claims is the bulk lane's."""
        return ((self._claimed + ahead + 1) % self._every == 0 for ahead in range(count))

    def note(self, count: int) -> None:
        """So many were claimed."""
        self._claimed += count


def place_of_interactive(rank: int, bulk: int, bulk_every: int) -> int:
    """Place in the whole queue of the ``rank``-th of its lane, beside so many of the bulk lane."""
    return rank + min(bulk, (rank - 1) // (bulk_every - 1))


def place_of_bulk(rank: int, interactive: int, bulk_every: int) -> int:
    """Place in the whole queue of the ``rank``-th of the bulk lane, beside so many of the other."""
    return rank + min(interactive, rank * (bulk_every - 1))
