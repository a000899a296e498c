"""Nodes and replicas over time, read off the dashboard while something else happens."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

import httpx

from cluster.multinode.dashboard import Dashboard, Replicas

SAMPLE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Sample:
    """What was there at a time (monotonic seconds)."""

    at: float
    gpu_nodes: int
    replicas: dict[str, Replicas]

    def running(self, deployment: str) -> int:
        """Its replicas that take calls."""
        known = self.replicas.get(deployment)
        return known.running if known else 0

    def wanted(self, deployment: str) -> int:
        """The replicas that its policy asks for."""
        known = self.replicas.get(deployment)
        return known.wanted if known else 0


@dataclass
class Timeline:
    """A context that samples in a thread while it is open."""

    dashboard: Dashboard
    application: str
    samples: list[Sample] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="timeline")
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            try:
                # Whatever came while this look took: no replica is seen without its node.
                before = self._gpu_nodes()
                replicas = self.dashboard.deployments(self.application)
                gpu_nodes = max(before, self._gpu_nodes())
            except httpx.HTTPError:
                continue  # a busy dashboard; the next look tells
            self.samples.append(Sample(time.monotonic(), gpu_nodes, replicas))

    def _gpu_nodes(self) -> int:
        return sum(node.alive and node.gpus > 0 for node in self.dashboard.nodes())

    def first(self, reached: Callable[[Sample], bool], since: float) -> float | None:
        """When it was so for the first time; None if it never was."""
        return next((sample.at for sample in list(self.samples) if sample.at >= since and reached(sample)), None)

    def levels(self, count: Callable[[Sample], int]) -> list[int]:
        """The values it took, one after the other."""
        found: list[int] = []
        for sample in list(self.samples):
            if not found or found[-1] != count(sample):
                found.append(count(sample))
        return found

    def rows(self, deployments: Sequence[str], began: float) -> Iterator[list[str]]:
        """A row of cells whenever something changed: seconds, GPU nodes, running/wanted of each deployment."""
        last: list[str] = []
        for sample in list(self.samples):
            cells = [str(sample.gpu_nodes), *(_cell(sample, name) for name in deployments)]
            if cells != last:
                yield [f"{sample.at - began:.1f}", *cells]
                last = cells


def _cell(sample: Sample, deployment: str) -> str:
    return f"{sample.running(deployment)}/{sample.wanted(deployment)}"


def passes(levels: Sequence[int], wanted: Sequence[int]) -> bool:
    """Whether the levels reach the wanted ones in that order, whatever lies between."""
    rest = iter(levels)
    return all(level in rest for level in wanted)
