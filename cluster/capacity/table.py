"""What fleets of several sizes carry and cost, one row each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.table import Table

from cluster.capacity.arrivals import Arrival
from cluster.capacity.profile import CapacityProfile
from cluster.capacity.simulation import Outcome, simulate
from cluster.capacity.sizing import ceiling, sized

DAY_SECONDS = 86400.0
Load = Callable[[int], Sequence[Arrival]]


@dataclass(frozen=True, slots=True)
class Row:
    """A fleet under a load. ``most_per_day``: what it could carry; ``waits``: p50 and p99 of each lane, seconds;
    ``replicas``: mean and most of each pool.
    """

    gpus: int
    per_day: float
    most_per_day: float
    waits: dict[str, tuple[float, float]]
    replicas: dict[str, tuple[float, int]]
    gpu_hours_per_day: float
    cost_per_day: float
    cost_per_poster: float


def row(profile: CapacityProfile, arrivals: Sequence[Arrival], gpus: int, seed: int, *, standing: bool) -> Row:
    """Simulate one fleet. Raises CapacityError when it is too small for the profile."""
    outcome = simulate(profile, arrivals, seed, gpus, standing=standing)
    whole = sized(profile, arrivals, gpus, standing=standing)
    days = outcome.span_seconds / DAY_SECONDS
    return Row(
        gpus=gpus,
        per_day=outcome.throughput * DAY_SECONDS,
        most_per_day=ceiling(whole, arrivals) * DAY_SECONDS,
        waits={lane: (outcome.quantile(0.5, lane), outcome.quantile(0.99, lane)) for lane in outcome.lanes},
        replicas=_replicas(outcome),
        gpu_hours_per_day=outcome.gpu_hours / days,
        cost_per_day=outcome.cost / days,
        cost_per_poster=outcome.cost / len(outcome.tasks),
    )


def _replicas(outcome: Outcome) -> dict[str, tuple[float, int]]:
    until = max(task.ended for task in outcome.tasks)
    return {
        name: (outcome.replica_seconds[name] / until, max(count for _, count in counts))
        for name, counts in outcome.replicas.items()
    }


def render(rows: Sequence[Row], title: str) -> Table:
    """The rows as a table for a terminal."""
    table = Table(title=title, title_justify="left")
    pools = list(rows[0].replicas)
    lanes = list(rows[0].waits)
    waits = [f"{'bulk ' if lane == 'bulk' else ''}{name}" for lane in lanes for name in ("p50 s", "p99 s")]
    names = ["GPUs", "posters/day", "at most", *waits, *(f"{pool} mean (most)" for pool in pools),
             "GPU h/day", "cost/day", "cost/poster"]  # fmt: skip
    for name in names:
        table.add_column(name, justify="right")
    for one in rows:
        replicas = [f"{mean:.1f} ({most})" for mean, most in one.replicas.values()]
        waits = [f"{seconds:.2f}" for lane in lanes for seconds in one.waits[lane]]
        table.add_row(
            str(one.gpus), f"{one.per_day:,.0f}", f"{one.most_per_day:,.0f}", *waits,
            *replicas, f"{one.gpu_hours_per_day:,.1f}", f"{one.cost_per_day:,.2f}", f"{one.cost_per_poster:.4f}",
        )  # fmt: skip
    return table
