"""The same arrivals sent to a running service and simulated, side by side."""

import statistics
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from rich.table import Table

from cluster.capacity.arrivals import Arrival
from cluster.capacity.profile import CapacityProfile
from cluster.capacity.requests import request
from cluster.capacity.simulation import simulate
from cluster.client import Client

RUNS = 20


@dataclass(frozen=True, slots=True)
class Span:
    """A task of the real run: seconds from the first arrival to its own, and to its end."""

    arrived: float
    ended: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run came to."""

    mean: float
    p50: float
    worst: float
    whole: float

    @classmethod
    def of(cls, spans: Sequence[Span]) -> "Figures":
        """Of a run's tasks."""
        seconds = [span.ended - span.arrived for span in spans]
        whole = max(span.ended for span in spans) - min(span.arrived for span in spans)
        return cls(statistics.fmean(seconds), statistics.median(seconds), max(seconds), whole)


def send(client: Client, arrivals: Sequence[Arrival]) -> list[Span]:
    """Ask for posters at these moments, and wait for all. Raises TaskFailed for one that fails."""
    began = time.monotonic()

    def one(index: int, arrival: Arrival) -> Span:
        threading.Event().wait(max(0.0, began + arrival.at - time.monotonic()))
        prompt, options = request(
            index, {"width": arrival.width, "height": arrival.height}, arrival.priority, arrival.lane
        )
        arrived = time.monotonic() - began
        task = client.create_task(prompt, **options)
        for _ in client.watch(task.id):
            pass
        ended = time.monotonic() - began
        client.wait(task.id)
        return Span(arrived, ended)

    with ThreadPoolExecutor(len(arrivals), thread_name_prefix="poster") as threads:
        return list(threads.map(one, range(len(arrivals)), arrivals))


def left_over(profile: CapacityProfile, others: float) -> CapacityProfile:
    """The profile on the cores that other programs, which kept so many busy, left."""
    cores = max(0.1, profile.host.cores - others)
    return profile.model_copy(update={"host": profile.host.model_copy(update={"cores": cores})})


def simulated(profile: CapacityProfile, arrivals: Sequence[Arrival], spans: Sequence[Span]) -> list[Figures]:
    """The same tasks at the moments at which they really came, with several seeds."""
    came = [replace(arrival, at=span.arrived) for arrival, span in zip(arrivals, spans, strict=True)]
    outcomes = [simulate(profile, came, seed) for seed in range(RUNS)]
    return [Figures.of([Span(task.arrived, task.ended) for task in outcome.tasks]) for outcome in outcomes]


def render(real: Figures, runs: Sequence[Figures], title: str) -> Table:
    """Measured and simulated figures, the latter the median of the runs and their range."""
    table = Table(title=title, title_justify="left")
    for name in ("seconds", "measured", "simulated", "least - most", "simulated / measured"):
        table.add_column(name, justify="right")
    rows = {"mean": "mean", "p50": "median", "worst": "longest", "whole": "first arrival to last end"}
    for name, label in rows.items():
        true, drawn = getattr(real, name), [getattr(run, name) for run in runs]
        middle = statistics.median(drawn)
        spread = f"{min(drawn):.2f} - {max(drawn):.2f}"
        table.add_row(label, f"{true:.2f}", f"{middle:.2f}", spread, f"{middle / true:.2f}")
    return table
