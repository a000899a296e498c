"""A profile of the running service: posters made one at a time, with the time and the cores that each phase takes."""

import os
import platform
import statistics
import time
from collections import defaultdict
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime

from cluster.capacity.observing import Moment, ServiceProcesses, busiest, others_cores
from cluster.capacity.profile import CapacityProfile, Host, Pool, Shares, Stage
from cluster.capacity.requests import SIZE, request
from cluster.client import Client
from configs.settings import Settings

READER = "text_reader"
CHECK = "quality_check"
REST_SECONDS = 3.0
WARM_UP = 2
DIGITS = 4


@dataclass(frozen=True, slots=True)
class _Spent:
    """Between two moments: seconds, those that worker and reader waited for a core, or the reader ran; CPU seconds."""

    wall: float = 0
    waited: float = 0
    read: float = 0
    reader_waited: float = 0
    cpu: float = 0
    reader_cpu: float = 0

    @classmethod
    def between(cls, before: Moment, after: Moment, idle: float) -> "_Spent":
        wall, reader_cpu = after.at - before.at, after.reader_cpu - before.reader_cpu
        _, waited = busiest(before.workers, after.workers)
        read, reader_waited = busiest(before.reader_threads, after.reader_threads)
        cpu = max(0.0, after.cpu - before.cpu - reader_cpu - idle * wall)
        return cls(wall, waited, read, reader_waited, cpu, reader_cpu)

    def __add__(self, other: "_Spent") -> "_Spent":
        return _Spent(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


@dataclass
class _Times:
    wall: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, stage: str, wall: float, cpu: float) -> None:
        self.wall[stage].append(round(max(0.0, wall), DIGITS))
        self.cpu[stage].append(cpu)


def measure(client: Client, leader: int, settings: Settings, posters: int) -> CapacityProfile:
    """Make so many posters, after two that warm it up, and describe what they took."""
    for index in range(WARM_UP):
        prompt, options = request(index)
        client.wait(client.create_task(prompt, **options).id)
    processes = ServiceProcesses(leader)
    idle = _idle_cores(processes)
    times = _Times()
    began = processes.now()
    for index in range(posters):
        _time_one(client, processes, idle, index, times)
    others = others_cores(began, processes.now())
    cores = (os.cpu_count() or 1) - idle
    return CapacityProfile(
        source=(
            f"measured {datetime.now(UTC):%Y-%m-%d}: {posters} posters of {SIZE['width']}x{SIZE['height']}, one at a "
            f"time, on {os.cpu_count()} cores ({platform.machine()}) of which other programs kept {others:.1f} "
            f"busy, {statistics.fmean(_totals(times)):.2f} s each without waiting for a core"
        ),
        stages=tuple(_stage(name, times) for name in times.wall),
        pools=(
            Pool(
                name=READER, min_replicas=settings.reader_min_replicas or 1, max_replicas=settings.reader_max_replicas
            ),
        ),
        host=Host(cores=round(cores, 2), slots=settings.max_in_flight * settings.orchestrator_replicas),
        shares=Shares(bulk_every=settings.bulk_every, weights=settings.shares),
    )


def _idle_cores(processes: ServiceProcesses) -> float:
    """What the service keeps busy when nobody asks it for anything."""
    before = processes.now()
    time.sleep(REST_SECONDS)
    after = processes.now()
    return (after.cpu - before.cpu) / (after.at - before.at)


def _time_one(client: Client, processes: ServiceProcesses, idle: float, index: int, times: _Times) -> None:
    prompt, options = request(index)
    before = processes.now()
    task = client.create_task(prompt, **options)
    phase = "accepting"
    spent: dict[str, _Spent] = defaultdict(_Spent)
    # From the first event on: phases that passed before the stream was open come, too, as of no length.
    for event in client.watch(task.id, since=0):
        if event.type == "snapshot" or event.phase in {phase, "init"}:
            continue
        after = processes.now()
        spent[phase] += _Spent.between(before, after, idle)
        phase, before = event.phase, after
    client.wait(task.id)
    check = spent.pop(CHECK)
    for name, one in spent.items():
        times.add(name, one.wall - one.waited, one.cpu + one.reader_cpu)
    times.add(READER, check.read, check.reader_cpu)
    times.add(CHECK, check.wall - check.waited - check.read - check.reader_waited, check.cpu)


def _stage(name: str, times: _Times) -> Stage:
    wall = sum(times.wall[name])
    return Stage(
        name=name,
        seconds=tuple(times.wall[name]),
        pool=READER if name == READER else None,
        cores=round(sum(times.cpu[name]) / wall, 2) if wall else 0,
    )


def _totals(times: _Times) -> list[float]:
    return [sum(one) for one in zip(*times.wall.values(), strict=True)]
