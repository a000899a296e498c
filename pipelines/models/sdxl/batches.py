"""Who runs next: requests wait by kind (what can share a forward), kinds take turns by deficit round robin, and within
a kind those that are nearest to their end step first."""

from collections import deque
from collections.abc import Callable, Hashable
from itertools import count
from typing import Any, Generic, Protocol, TypeVar

PATIENCE = 8
"""Turns of its kind that a running request is passed over at most."""


class Waiting(Protocol):
    """A request, as the queue sees it. ``passed`` is the queue's own count."""

    passed: int

    @property
    def rows(self) -> int:
        """UNet rows a step of it takes."""

    @property
    def left(self) -> int:
        """Rows until its end."""

    @property
    def kind(self) -> Hashable:
        """Requests of one kind can share a forward."""


W = TypeVar("W", bound=Waiting)


class Batches(Generic[W]):
    """Waiting and running requests of all kinds.

    ``cap``: rows in one forward. ``slots``: requests of one kind that run; ``most``: of all. ``cost``: of one row of a
    kind, in any unit. Each kind with work gets an equal share of the cost (Shreedhar and Varghese, 1995), so a small
    picture waits little behind a batch of large ones. A slot goes to the kind that runs least, among equals to the
    request that has waited longest. Where a kind runs more than a forward holds, the least rows left go first
    (Schrage, 1968), so a picture of 4 steps is not held up by those of 30; one passed over ``PATIENCE`` times goes
    before all.
    """

    def __init__(self, cap: int, slots: int, most: int, cost: Callable[[Any], float]) -> None:
        self.cap, self.slots, self.most, self._cost = cap, slots, most, cost
        self._arrivals = count()
        self._waiting: dict[Hashable, deque[tuple[int, W]]] = {}
        self._running: dict[Hashable, list[W]] = {}
        self._deficit: dict[Hashable, float] = {}
        self._ring: deque[Hashable] = deque()

    def add(self, request: W) -> None:
        """Queues a request behind the others of its kind."""
        kind = request.kind
        if kind not in self._deficit:
            self._deficit[kind] = 0.0
            self._waiting[kind], self._running[kind] = deque(), []
            self._ring.append(kind)
        self._waiting[kind].append((next(self._arrivals), request))

    def admit(self) -> W | None:
        """The next request that gets a slot, moved to the running ones; first come first within a kind."""
        if self.running >= self.most:
            return None
        able = [kind for kind, waiting in self._waiting.items() if waiting and len(self._running[kind]) < self.slots]
        if not able:
            return None
        kind = min(able, key=lambda kind: (self._weight(kind), self._waiting[kind][0][0]))
        _, request = self._waiting[kind].popleft()
        self._running[kind].append(request)
        return request

    def next(self) -> list[W]:
        """The requests that step now, all of the kind whose turn it is; [] when nothing runs."""
        able = {kind: self._chosen(running) for kind, running in self._running.items() if running}
        if not able:
            return []
        bills = {kind: sum(request.rows for request in chosen) * self._cost(kind) for kind, chosen in able.items()}
        quantum = max(bills.values())
        while True:
            kind = self._ring[0]
            if kind in able:
                if self._deficit[kind] >= bills[kind]:
                    self._deficit[kind] -= bills[kind]
                    for request in self._running[kind]:
                        request.passed += 1
                    for request in able[kind]:
                        request.passed = 0
                    return able[kind]
                self._deficit[kind] += quantum
            self._ring.rotate(-1)

    def remove(self, request: W) -> None:
        """Forgets a request, waiting or running; an empty kind loses what it had saved up."""
        kind = request.kind
        if request in self._running[kind]:
            self._running[kind].remove(request)
        else:
            self._waiting[kind] = deque(pair for pair in self._waiting[kind] if pair[1] is not request)
        if not self._running[kind] and not self._waiting[kind]:
            del self._running[kind], self._waiting[kind], self._deficit[kind]
            self._ring.remove(kind)

    def holds(self, request: W) -> bool:
        """Whether the request waits or runs here."""
        kind = request.kind
        return request in self._running.get(kind, ()) or any(
            waits is request for _, waits in self._waiting.get(kind, ())
        )

    @property
    def waiting(self) -> int:
        """Requests that wait."""
        return sum(len(waiting) for waiting in self._waiting.values())

    @property
    def running(self) -> int:
        """Requests that have a slot."""
        return sum(len(running) for running in self._running.values())

    def _chosen(self, running: list[W]) -> list[W]:
        """Those that step when it is their kind's turn; one that is larger than a forward steps alone."""
        chosen: list[W] = []
        rows = 0
        for request in sorted(running, key=lambda request: (request.passed < PATIENCE, request.left)):
            if rows + request.rows <= self.cap or not chosen:
                chosen.append(request)
                rows += request.rows
        return chosen

    def _weight(self, kind: Hashable) -> float:
        return sum(request.rows for request in self._running[kind]) * self._cost(kind)
