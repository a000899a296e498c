"""Tasks go through the service in simulated time."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import get_args

import simpy

from cluster.capacity.arrivals import Arrival
from cluster.capacity.errors import CapacityError
from cluster.capacity.fleet import Fleet
from cluster.capacity.profile import CapacityProfile, Pool, Stage
from cluster.capacity.queueing import FairQueue
from cluster.capacity.replicas import Process, ReplicaPool
from cluster.capacity.shared import SharedServer
from cluster.capacity.sizing import gpu_shares, sized
from storage.documents.task import TaskLane

HOUR_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Done:
    """A finished task: when it came, when work on it began, when it was done (seconds)."""

    number: int
    arrived: float
    began: float
    ended: float
    lane: TaskLane = "interactive"

    @property
    def seconds(self) -> float:
        """From accepted to completed."""
        return self.ended - self.arrived


@dataclass(frozen=True)
class Outcome:
    """What came of a run. ``replicas``: for each pool (moment, ready replicas) at every change."""

    tasks: tuple[Done, ...]
    gpu_hours: float
    cost: float
    replicas: dict[str, list[tuple[float, int]]]
    replica_seconds: dict[str, float] = field(default_factory=dict)
    stage_seconds: dict[str, list[float]] = field(default_factory=dict)

    @property
    def lanes(self) -> list[TaskLane]:
        """Those that have tasks, the first one first."""
        return [lane for lane in get_args(TaskLane) if any(task.lane == lane for task in self.tasks)]

    def quantile(self, share: float, lane: TaskLane | None = None) -> float:
        """Seconds from accepted to completed that this share of the tasks, or of a lane's, did not exceed.

        Nearest rank.
        """
        ordered = sorted(task.seconds for task in self.tasks if lane in {None, task.lane})
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    @property
    def span_seconds(self) -> float:
        """From the first arrival to the last end."""
        return max(task.ended for task in self.tasks) - min(task.arrived for task in self.tasks)

    @property
    def throughput(self) -> float:
        """Tasks a second over the middle six tenths of the ends, so that filling and emptying do not count."""
        ends = sorted(task.ended for task in self.tasks)
        low, high = int(0.2 * len(ends)), max(int(0.8 * len(ends)), int(0.2 * len(ends)) + 1)
        if high >= len(ends) or ends[high] <= ends[low]:
            return len(ends) / self.span_seconds
        return (high - low) / (ends[high] - ends[low])


def simulate(
    profile: CapacityProfile, arrivals: Sequence[Arrival], seed: int = 0, gpus: int = 0, *, standing: bool = False
) -> Outcome:
    """Run the arrivals through the profile's cluster with at most so many GPUs; one seed, one outcome.

    ``standing``: all replicas are there from the start. Raises CapacityError when GPUs are too few for the profile.
    """
    if not arrivals:
        raise CapacityError("There is nothing to simulate: no task arrives.")
    return _Run(profile, arrivals, seed, gpus, standing=standing).outcome()


class _Run:
    def __init__(
        self, profile: CapacityProfile, arrivals: Sequence[Arrival], seed: int, gpus: int, *, standing: bool
    ) -> None:
        self.arrivals = sorted(arrivals, key=lambda arrival: arrival.at)
        self.profile = sized(profile, self.arrivals, gpus, standing=standing)
        shares = gpu_shares(profile, self.arrivals, gpus)
        self.env = simpy.Environment()
        # Each use has dice of its own, so that more replicas do not change the work that tasks bring.
        self.work_dice = [random.Random(f"{seed}/{stage.name}") for stage in profile.stages]  # noqa: S311
        self.pools = {
            pool.name: self._pool(pool, shares.get(pool.name, 0), random.Random(f"{seed}/{pool.name}/starts"))  # noqa: S311
            for pool in self.profile.pools
        }
        cores = self.profile.host.cores
        self.host = SharedServer(self.env, lambda _count, wanted: min(1.0, cores / wanted))
        self.queue = FairQueue(self.env, self.profile.host.slots, self.profile.shares.fairness)
        self.done: list[Done] = []
        self.stage_seconds: dict[str, list[float]] = {stage.name: [] for stage in profile.stages}

    def _pool(self, pool: Pool, gpus: int, dice: random.Random) -> ReplicaPool:
        fleet = Fleet(self.env, self.profile.nodes, gpus, dice)
        return ReplicaPool(
            self.env, pool, fleet, dice, lambda: self.queue.waiting, lambda: len(self.done) < len(self.arrivals)
        )

    def outcome(self) -> Outcome:
        for pool in self.pools.values():
            pool.start()
        for number, arrival in enumerate(self.arrivals):
            # Drawn in the order of arrival, whatever happens later.
            work = [
                stage.work(dice.choice(stage.seconds), arrival.steps, arrival.pixels)
                for stage, dice in zip(self.profile.stages, self.work_dice, strict=True)
            ]
            self.env.timeout(arrival.at).callbacks.append(partial(self._come, number, arrival, work))
        while len(self.done) < len(self.arrivals):
            self.env.step()
        for pool in self.pools.values():
            pool.settle()
        gpu_hours = math.fsum(pool.fleet.gpu_seconds for pool in self.pools.values()) / HOUR_SECONDS
        core_hours = self.env.now / HOUR_SECONDS * self.profile.host.cores
        return Outcome(
            tasks=tuple(sorted(self.done, key=lambda one: one.number)),
            gpu_hours=gpu_hours,
            cost=gpu_hours * self.profile.nodes.price_per_gpu_hour + core_hours * self.profile.host.price_per_core_hour,
            replicas={name: pool.counts for name, pool in self.pools.items()},
            replica_seconds={name: pool.ready_seconds for name, pool in self.pools.items()},
            stage_seconds=self.stage_seconds,
        )

    def _come(self, number: int, arrival: Arrival, work: list[float], _event: simpy.Event) -> None:
        self.env.process(self._task(number, arrival, work))

    def _task(self, number: int, arrival: Arrival, work: list[float]) -> Process:
        yield self.queue.enter(arrival)
        began = self.env.now
        for stage, seconds in zip(self.profile.stages, work, strict=True):
            before = self.env.now
            yield from self._stage(stage, seconds)
            self.stage_seconds[stage.name].append(self.env.now - before)
        self.queue.leave(arrival, self.profile.charge(work))
        self.done.append(Done(number, arrival.at, began, self.env.now, arrival.lane))

    def _stage(self, stage: Stage, seconds: float) -> Process:
        if stage.pool is None:
            yield self.host.work(seconds, stage.cores) if stage.cores else self.env.timeout(seconds)
            return
        pool = self.pools[stage.pool]
        replica = yield pool.enter()
        yield self.host.work(seconds, stage.cores) if stage.cores else replica.server.work(seconds)
        pool.leave(replica)
