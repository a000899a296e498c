"""A machine that works on several jobs at once, all equally fast."""

import heapq
from collections.abc import Callable
from itertools import count

import simpy

ROUNDING = 1e-9


class SharedServer:
    """Processor sharing: ``speed(jobs, weight)`` is how fast each of the jobs at work goes, 1 being as fast as alone.

    With a virtual clock that all jobs share, a change costs O(log n): each job ends at a fixed virtual time. A machine
    that batches at step boundaries is this for steps that are short beside a job.
    """

    def __init__(self, env: simpy.Environment, speed: Callable[[int, float], float]) -> None:
        self._env, self._speed = env, speed
        self._clock = self._weight = 0.0
        self._settled = env.now
        self._ends: list[tuple[float, int, float, simpy.Event]] = []
        self._numbers, self._timer = count(), 0
        self.busy_seconds = 0.0

    def work(self, seconds: float, weight: float = 1.0) -> simpy.Event:
        """An event that comes when work of so many seconds alone is done."""
        self._settle()
        done = self._env.event()
        heapq.heappush(self._ends, (self._clock + seconds, next(self._numbers), weight, done))
        self._weight += weight
        self._wake()
        return done

    def _settle(self) -> None:
        passed = self._env.now - self._settled
        if self._ends:
            self._clock += passed * self._speed(len(self._ends), self._weight)
            self.busy_seconds += passed
        self._settled = self._env.now

    def _wake(self) -> None:
        self._timer += 1
        if not self._ends:
            self._weight = 0.0  # what rounding left
            return
        rest = max(0.0, self._ends[0][0] - self._clock) / self._speed(len(self._ends), self._weight)
        timer = self._timer
        self._env.timeout(rest).callbacks.append(lambda _event: self._end(timer))

    def _end(self, timer: int) -> None:
        if timer != self._timer:
            return  # somebody came meanwhile, and a later timer stands
        self._settle()
        # The first one is due by construction, whatever the clock's rounding says.
        self._clock = max(self._clock, self._ends[0][0])
        while self._ends and self._ends[0][0] <= self._clock + ROUNDING:
            _, _, weight, done = heapq.heappop(self._ends)
            self._weight -= weight
            done.succeed()
        self._wake()
