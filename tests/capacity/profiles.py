"""Profiles and durations that the tests simulate."""

import math

from cluster.capacity.profile import CapacityProfile, Host, Nodes, Pool, Stage


def exponential(mean: float, points: int = 2000) -> tuple[float, ...]:
    """Equally likely durations that stand for an exponential distribution."""
    drawn = [-math.log(1 - (index + 0.5) / points) for index in range(points)]
    scale = mean * points / math.fsum(drawn)
    return tuple(one * scale for one in drawn)


def squares(seconds: tuple[float, ...]) -> float:
    """Mean of the squares."""
    return math.fsum(one * one for one in seconds) / len(seconds)


def single(seconds: tuple[float, ...], slots: int = 1, cores: float = 0, of: float = 1) -> CapacityProfile:
    """One stage in the orchestrator's process; ``cores`` it keeps busy ``of`` those that there are."""
    return CapacityProfile(
        source="a test", stages=(Stage(name="work", seconds=seconds, cores=cores),), host=Host(cores=of, slots=slots)
    )


def pooled(seconds: tuple[float, ...], pool: Pool, slots: int = 10_000, nodes: Nodes | None = None) -> CapacityProfile:
    """One stage on the replicas of a pool."""
    return CapacityProfile(
        source="a test",
        stages=(Stage(name="work", seconds=seconds, pool=pool.name),),
        pools=(pool,),
        nodes=nodes or Nodes(),
        host=Host(cores=1, slots=slots),
    )
