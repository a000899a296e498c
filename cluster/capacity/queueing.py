"""The queue before the orchestrators, in the service's own order: lanes, priorities, users by turns of their cost."""

from collections import deque
from dataclasses import dataclass, field
from itertools import count

import simpy

from cluster.capacity.arrivals import Arrival
from storage.database import fair_cost, lanes
from storage.database.fairness import EQUAL, Fairness


@dataclass(slots=True)
class _Cost:
    charge: float = 0.0
    tasks: float = 0.0
    at: int = 0
    step: int = fair_cost.STEP


@dataclass(slots=True)
class _Level:
    """Tasks of one lane and priority: each user's, with their turns and the order of coming."""

    served: int = 0
    taken: dict[str, int] = field(default_factory=dict)
    users: dict[str, deque[tuple[int, int, simpy.Event]]] = field(default_factory=dict)


class FairQueue:
    """``slots`` tasks are at work, the others wait. ``waiting``: how many.

    Without the service's other rules: delays of retries, windows of the broker, a second between a cost and the turns
    that follow from it.
    """

    def __init__(self, env: simpy.Environment, slots: int, fairness: Fairness = EQUAL) -> None:
        self._env, self._free, self._fairness = env, slots, fairness
        self._lanes = lanes.LaneTurns(fairness.bulk_every)
        self._levels: dict[int, _Level] = {}
        self._costs: dict[str, _Cost] = {}
        self._everybody = _Cost()
        self._numbers = count()
        self.waiting = 0

    def enter(self, arrival: Arrival) -> simpy.Event:
        """An event that comes when the task has a slot."""
        entered = self._env.event()
        level = self._levels.setdefault(lanes.level_of(arrival.lane, arrival.priority), _Level())
        mine = level.users.setdefault(arrival.user, deque())
        last = mine[-1][0] if mine else level.taken.get(arrival.user)
        turn = level.served if last is None else max(level.served, last + self._step(arrival.user))
        mine.append((turn, next(self._numbers), entered))
        self.waiting += 1
        self._hand_out()
        return entered

    def leave(self, arrival: Arrival, took: float) -> None:
        """The task is done and took so many GPU seconds."""
        self._free += 1
        self._settle(arrival.user, took)
        self._hand_out()

    def _step(self, user: str) -> int:
        cost = self._costs.get(user)
        return fair_cost.weighted(fair_cost.STEP if cost is None else cost.step, self._fairness.weight(user))

    def _settle(self, user: str, took: float) -> None:
        now = round(self._env.now * 1000)
        cost = self._costs.setdefault(user, _Cost(at=now))
        fair_cost.add(self._everybody, took, now)
        fair_cost.add(cost, took, now)
        wanted = fair_cost.step_wanted(cost, self._everybody)
        if fair_cost.far_off(cost.step, wanted):
            for level in self._levels.values():
                self._draw(level, user, cost.step, wanted)
            cost.step = wanted

    def _draw(self, level: _Level, user: str, step: int, wanted: int) -> None:
        """Together or apart; the first keeps its turn."""
        if mine := level.users.get(user):
            first = mine[0][0]
            level.users[user] = deque(
                (first + (turn - first) * wanted // step, number, entered) for turn, number, entered in mine
            )

    def _hand_out(self) -> None:
        while self._free and self.waiting:
            level = self._next_level()
            user = min(level.users, key=lambda name: level.users[name][0][:2])
            turn, _, entered = level.users[user].popleft()
            if not level.users[user]:
                del level.users[user]
            level.taken[user] = turn
            level.served = max(level.served, turn)
            self._free -= 1
            self.waiting -= 1
            entered.succeed()

    def _next_level(self) -> _Level:
        """The most urgent of the lane whose turn it is, or of the other where that has none."""
        (bulk,) = self._lanes.next_are_bulk(1)
        self._lanes.note(1)
        waiting = [number for number, level in self._levels.items() if level.users]
        return self._levels[max(waiting, key=lambda number: ((number < 0) == bulk, number))]
