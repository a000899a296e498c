"""Who runs next: requests wait by kind (what can share a forward), and kinds take turns by deficit round robin."""

from collections import deque
from collections.abc import Callable, Hashable
from itertools import count
from typing import Any, Generic, Protocol, TypeVar


class Waiting(Protocol):
    """A request, as the queue sees it."""

    @property
    def rows(self) -> int:
        """UNet rows a step of it takes."""

    @property
    def kind(self) -> Hashable:
        """Requests of one kind can share a forward."""


W = TypeVar("W", bound=Waiting)


class Batches(Generic[W]):
    """Waiting and running requests of all kinds.

    ``cap``: rows that run of one kind; ``total``: of all. ``cost``: of one row of a kind, in any unit. Each kind with
    work gets an equal share of the cost (Shreedhar and Varghese, 1995), so a small picture waits little behind a batch
    of large ones. Room goes to the kind that runs least, among equals to the request that has waited longest.
    """

    def __init__(self, cap: int, total: int, cost: Callable[[Any], float]) -> None:
        self.cap, self.total, self._cost = cap, total, cost
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
        """The next request that has room among the running ones, moved to them; first come first within a kind."""
        able = [kind for kind, waiting in self._waiting.items() if waiting and self._has_room(kind, waiting[0][1])]
        if not able:
            return None
        kind = min(able, key=lambda kind: (self._bill(kind), self._waiting[kind][0][0]))
        _, request = self._waiting[kind].popleft()
        self._running[kind].append(request)
        return request

    def _has_room(self, kind: Hashable, request: W) -> bool:
        used, all_used = self._rows(kind), sum(map(self._rows, self._running))
        # What is alone may be larger than the caps: it could never run otherwise.
        return (used + request.rows <= self.cap or not used) and (all_used + request.rows <= self.total or not all_used)

    def next(self) -> list[W]:
        """The requests of the kind whose turn it is; [] when nothing runs."""
        able = [kind for kind, running in self._running.items() if running]
        if not able:
            return []
        quantum = max(self._bill(kind) for kind in able)
        while True:
            kind = self._ring[0]
            if kind in able:
                if self._deficit[kind] >= self._bill(kind):
                    self._deficit[kind] -= self._bill(kind)
                    return list(self._running[kind])
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
        """Requests in the running batches."""
        return sum(len(running) for running in self._running.values())

    def _rows(self, kind: Hashable) -> int:
        return sum(request.rows for request in self._running[kind])

    def _bill(self, kind: Hashable) -> float:
        return self._rows(kind) * self._cost(kind)
