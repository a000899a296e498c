"""The queue before the orchestrators: priorities, then users by turns."""

import heapq
from collections import Counter, defaultdict
from itertools import count

import simpy

from cluster.capacity.arrivals import Arrival


class FairQueue:
    """``slots`` tasks are at work; of those that wait the highest priority goes first, in it the user of fewest.

    The service's own order, without its other rules (delays of retries, windows of the broker). ``waiting``: how many.
    """

    def __init__(self, env: simpy.Environment, slots: int) -> None:
        self._env, self._free = env, slots
        self._at_work: Counter[str] = Counter()
        self._waiting: dict[int, dict[str, list[tuple[int, simpy.Event]]]] = defaultdict(dict)
        self._numbers = count()
        self.waiting = 0

    def enter(self, arrival: Arrival) -> simpy.Event:
        """An event that comes when the task has a slot."""
        entered = self._env.event()
        mine = self._waiting[arrival.priority].setdefault(arrival.user, [])
        heapq.heappush(mine, (next(self._numbers), entered))
        self.waiting += 1
        self._hand_out()
        return entered

    def leave(self, arrival: Arrival) -> None:
        """The task is done."""
        self._free += 1
        self._at_work[arrival.user] -= 1
        self._hand_out()

    def _hand_out(self) -> None:
        while self._free and (priorities := [level for level, users in self._waiting.items() if users]):
            users = self._waiting[max(priorities)]
            user = min(users, key=lambda name: (self._at_work[name], users[name][0][0]))
            _, entered = heapq.heappop(users[user])
            if not users[user]:
                del users[user]
            self._free -= 1
            self.waiting -= 1
            self._at_work[user] += 1
            entered.succeed()
