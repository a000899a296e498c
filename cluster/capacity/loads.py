"""Loads to simulate: the same for every fleet, or a share of what each could carry."""

import math
from collections.abc import Sequence
from pathlib import Path

from cluster.capacity import arrivals
from cluster.capacity.arrivals import DAY_SECONDS, Arrival, diurnal, poisson, read_arrivals
from cluster.capacity.profile import CapacityProfile
from cluster.capacity.sizing import ceiling, sized
from cluster.capacity.table import Load

# So many times over is what is at work at once replaced, so that beginning and end do not decide.
TURNS = 5


def from_file(path: Path) -> Load:
    """The tasks of a file."""
    found = read_arrivals(path)
    return lambda _gpus: found


def at_rate(per_day: float, days: float, seed: int, peak: float) -> Load:
    """So many tasks a day on average; ``peak`` above 1: with a day's wave whose top is so many times the mean."""
    rate, seconds = per_day / DAY_SECONDS, days * DAY_SECONDS
    drawn = diurnal(rate, seconds, seed, peak) if peak > 1 else poisson(rate, seconds, seed)
    return lambda _gpus: drawn


def with_bulk(load: Load, share: float, seed: int) -> Load:
    """The same of which this share is in the bulk lane."""
    return lambda gpus: arrivals.with_bulk(load(gpus), share, seed)


def at_share(profile: CapacityProfile, share: float, seed: int, least_tasks: int) -> Load:
    """A steady load of this share of each fleet's ceiling, long enough to be steady."""

    def of(gpus: int) -> Sequence[Arrival]:
        whole = sized(profile, [Arrival(0)], gpus, standing=True)
        rate = share * ceiling(whole, [Arrival(0)])
        places = min(whole.host.slots, sum(pool.max_replicas * pool.batching.most for pool in whole.pools) or math.inf)
        return poisson(rate, max(least_tasks, TURNS * places) / rate, seed)

    return of
