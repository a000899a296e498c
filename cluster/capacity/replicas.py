"""A pool of replicas of one model, scaled as Ray Serve scales a deployment."""

import heapq
import math
import random
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import count
from typing import Any

import simpy

from cluster.capacity.fleet import Fleet, Node
from cluster.capacity.profile import Pool
from cluster.capacity.shared import SharedServer

Process = Generator[simpy.Event, Any, None]


@dataclass(eq=False)
class Replica:
    """One of a pool: ``jobs`` at work on it; ``leaving``: it takes no more."""

    server: SharedServer
    node: Node | None
    number: int
    jobs: int = 0
    ready: bool = False
    leaving: bool = False
    gone: bool = False


@dataclass
class Steady:
    """Serve's rule: a wish has to last for its delay before it is followed."""

    pool: Pool
    _since: float | None = None
    _upwards: bool = True

    def target(self, now: float, current: int, ongoing: float) -> int:
        """How many replicas there should be, given calls at work and waiting (mean of the look-back)."""
        wish = math.ceil(ongoing / self.pool.target_ongoing - 1e-9)
        wish = min(max(wish, self.pool.min_replicas), self.pool.max_replicas)
        if current == 0 and wish > 0:
            self._since = None
            return wish  # from zero there is no delay
        if wish == current:
            self._since = None
            return current
        upwards = wish > current
        if self._since is None or upwards != self._upwards:
            self._since, self._upwards = now, upwards
        if now - self._since < (self.pool.upscale_delay if upwards else self.pool.downscale_delay):
            return current
        self._since = None
        return wish if upwards or current == 1 else max(1, wish)


class ReplicaPool:
    """Jobs wait here in order until a replica has room; it is given to the one that has the fewest.

    It is scaled by its jobs and by the tasks that wait for a worker, for each of them will come here.
    """

    def __init__(
        self, env: simpy.Environment, pool: Pool, fleet: Fleet, draw: random.Random,
        tasks_waiting: Callable[[], int], running: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._env, self.pool, self.fleet, self._draw = env, pool, fleet, draw
        self._tasks_waiting, self._running = tasks_waiting, running
        self._replicas: dict[int, Replica] = {}
        self._numbers = count()
        self._waiting: deque[simpy.Event] = deque()
        # (jobs, number) of replicas with room; an entry whose count is no longer true is dropped when it comes up.
        self._able: list[tuple[int, int]] = []
        self._at_work = self._ready = self._leaving = 0
        self.counts: list[tuple[float, int]] = []
        self.ready_seconds = 0.0
        self._noted = 0.0

    def start(self) -> None:
        """The replicas at rest are there already; scaling begins."""
        for _ in range(self.pool.min_replicas):
            self._add(warm=True)
        self._note(0)
        if self.pool.max_replicas > self.pool.min_replicas:
            self._env.process(self._scale())

    def enter(self) -> simpy.Event:
        """An event whose value is a replica with a place for the job."""
        entered = self._env.event()
        self._waiting.append(entered)
        self._hand_out()
        return entered

    def leave(self, replica: Replica) -> None:
        """The job is done."""
        replica.jobs -= 1
        self._at_work -= 1
        self._offer(replica)
        if replica.leaving and replica.jobs == 0:
            self._remove(replica)
        self._hand_out()

    @property
    def ongoing(self) -> int:
        """Jobs at work and waiting."""
        return len(self._waiting) + self._at_work

    def settle(self) -> None:
        """Count the time of the replicas until now."""
        self._note(0)

    def _offer(self, replica: Replica) -> None:
        if replica.ready and not replica.leaving and replica.jobs < self.pool.batching.most:
            heapq.heappush(self._able, (replica.jobs, replica.number))

    def _hand_out(self) -> None:
        while self._waiting and self._able:
            jobs, number = heapq.heappop(self._able)
            replica = self._replicas.get(number)
            if replica is None or replica.leaving or replica.jobs != jobs:
                continue
            replica.jobs += 1
            self._at_work += 1
            self._offer(replica)
            self._waiting.popleft().succeed(replica)

    def _scale(self) -> Process:
        steady = Steady(self.pool)
        seen: deque[int] = deque(maxlen=max(1, round(self.pool.look_back / self.pool.metrics_seconds)))
        while self._running():
            yield self._env.timeout(self.pool.metrics_seconds)
            seen.append(self.ongoing + self._tasks_waiting())
            current = len(self._replicas) - self._leaving
            target = steady.target(self._env.now, current, sum(seen) / len(seen))
            for _ in range(target - current):
                if not self._add(warm=False):
                    break
            if target < current:
                self._dismiss(current - target)

    def _dismiss(self, many: int) -> None:
        staying = [replica for replica in self._replicas.values() if not replica.leaving]
        # Those that are not ready yet first, then those with the least work.
        for replica in sorted(staying, key=lambda one: (one.ready, one.jobs))[:many]:
            replica.leaving = True
            self._leaving += 1
            if replica.jobs == 0:
                self._remove(replica)

    def _add(self, *, warm: bool) -> bool:
        node = None
        if self.pool.gpus > 0:
            node = self.fleet.take(self.pool.gpus, warm=warm)
            if node is None:
                return False
        server = SharedServer(self._env, lambda jobs, _weight: 1 / self.pool.batching.slowdown(jobs))
        replica = Replica(server, node, next(self._numbers))
        self._replicas[replica.number] = replica
        if warm:
            self._ready_now(replica)
        else:
            self._env.process(self._awake(replica))
        return True

    def _awake(self, replica: Replica) -> Process:
        if replica.node is not None and not replica.node.up.triggered:
            yield replica.node.up
        yield self._env.timeout(self._draw.choice(self.pool.start_seconds))
        if not replica.gone:
            self._ready_now(replica)
            self._hand_out()

    def _ready_now(self, replica: Replica) -> None:
        replica.ready = True
        self._note(1)
        self._offer(replica)

    def _remove(self, replica: Replica) -> None:
        del self._replicas[replica.number]
        replica.gone = True
        self._leaving -= 1
        if replica.node is not None:
            self.fleet.give_back(replica.node, self.pool.gpus)
        if replica.ready:
            self._note(-1)

    def _note(self, change: int) -> None:
        self.ready_seconds += self._ready * (self._env.now - self._noted)
        self._noted = self._env.now
        self._ready += change
        if self.counts and self.counts[-1][0] == self._env.now:
            self.counts.pop()
        if change or not self.counts:
            self.counts.append((self._env.now, self._ready))
