"""The same cluster for another number of GPUs: who gets how many, and what that could carry at most."""

import math
from collections.abc import Sequence

from cluster.capacity.arrivals import Arrival
from cluster.capacity.errors import TooSmall
from cluster.capacity.profile import CapacityProfile, Pool


def gpu_shares(profile: CapacityProfile, arrivals: Sequence[Arrival], gpus: int) -> dict[str, int]:
    """GPUs of each pool that takes any: first what one replica needs, the rest where the most work waits for it.

    Pools have machines of their own, as their images differ. Raises TooSmall when not each can have a replica.
    """
    pools = profile.gpu_pools
    shares = {pool.name: math.ceil(pool.gpus) for pool in pools}
    least = sum(shares.values())
    if gpus < least:
        raise TooSmall(f"A replica of each of {', '.join(shares)} needs {least} GPUs, and this fleet has {gpus}.")
    if not pools:
        return shares
    demand = {pool.name: gpu_demand(profile, pool, arrivals) for pool in pools}
    for _ in range(gpus - least):
        # The next GPU goes where each carries the most.
        neediest = max(pools, key=lambda pool: demand[pool.name] / shares[pool.name])
        shares[neediest.name] += 1
    return shares


def gpu_demand(profile: CapacityProfile, pool: Pool, arrivals: Sequence[Arrival]) -> float:
    """GPU seconds of an average task in a pool whose replicas are full."""
    return mean_work(profile, pool.name, arrivals) * pool.gpus / pool.batching.gain


def mean_work(profile: CapacityProfile, pool: str | None, arrivals: Sequence[Arrival]) -> float:
    """Seconds alone of an average task of these in a pool."""
    total = math.fsum(profile.work_of(pool, arrival.steps, arrival.pixels) for arrival in arrivals)
    return total / len(arrivals)


def sized(profile: CapacityProfile, arrivals: Sequence[Arrival], gpus: int, *, standing: bool) -> CapacityProfile:
    """The profile with the replicas and the host that a fleet of so many GPUs has.

    ``standing``: all replicas are there from the start and stay. Raises TooSmall for too few GPUs.
    """
    shares = gpu_shares(profile, arrivals, gpus)
    pools = []
    for pool in profile.pools:
        most = pool.holds(shares[pool.name]) if pool.gpus else pool.max_replicas + int(pool.replicas_per_gpu * gpus)
        least = most if standing else min(pool.min_replicas, most)
        pools.append(pool.model_copy(update={"max_replicas": most, "min_replicas": least}))
    return profile.model_copy(update={"pools": tuple(pools), "host": profile.host.for_gpus(gpus)})


def ceiling(profile: CapacityProfile, arrivals: Sequence[Arrival]) -> float:
    """Tasks a second that a sized profile could carry at most: the part that is full first decides.

    Cores, replicas, and the places for tasks at work, each as if the others were without limit.
    """
    limits = [math.inf]
    for pool in profile.pools:
        if work := mean_work(profile, pool.name, arrivals):
            limits.append(pool.max_replicas * pool.batching.gain / work)
    cores = math.fsum(
        stage.work(stage.mean, one.steps, one.pixels) * stage.cores for stage in profile.stages for one in arrivals
    ) / len(arrivals)
    if cores:
        limits.append(profile.host.cores / cores)
    alone = math.fsum(stage.work(stage.mean, one.steps, one.pixels) for stage in profile.stages for one in arrivals)
    limits.append(profile.host.slots * len(arrivals) / alone)
    return min(limits)
