"""Calls of many threads that are done together: one does the work of all that wait meanwhile."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

WishT = TypeVar("WishT")
ResultT = TypeVar("ResultT")


@dataclass(slots=True, eq=False)
class _Call(Generic[WishT, ResultT]):
    wish: WishT
    turn: threading.Event = field(default_factory=threading.Event)
    results: list[ResultT] = field(default_factory=list)
    error: BaseException | None = None


class Together(Generic[WishT, ResultT]):
    """``work`` takes wishes, ``most`` at once, and gives a result for each or raises for all of them.

    A call that comes alone is done at once; those that come while it is done are done together after it. Where the
    work raises one of ``faults`` for several, each is done by itself, for it is the fault of one; anything else is
    everybody's.
    """

    def __init__(
        self, work: Callable[[Sequence[WishT]], Sequence[ResultT]], most: int, faults: tuple[type[Exception], ...]
    ) -> None:
        self._work, self._most, self._faults = work, most, faults
        self._lock = threading.Lock()
        self._waiting: deque[_Call[WishT, ResultT]] = deque()
        self._busy = False

    def call(self, wish: WishT) -> ResultT:
        """The wish's result. Raises what the work raised for it."""
        own: _Call[WishT, ResultT] = _Call(wish)
        with self._lock:
            self._waiting.append(own)
            leads = not self._busy
            self._busy = True
        if not leads:
            own.turn.wait()
        if not own.results and own.error is None:
            self._lead(own)
        if own.error is not None:
            raise own.error
        return own.results[0]

    def _lead(self, own: _Call[WishT, ResultT]) -> None:
        """Do what waits now, the own call among it, and name who does the next."""
        with self._lock:
            calls = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            self._do(calls)
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._busy = following is not None
            for call in calls:
                if call is not own:
                    call.turn.set()
            if following is not None:
                following.turn.set()

    def _do(self, calls: Sequence[_Call[WishT, ResultT]]) -> None:
        try:
            results = self._work([call.wish for call in calls])
            for call, result in zip(calls, results, strict=True):
                call.results.append(result)
        except BaseException as error:
            alone = len(calls) > 1 and isinstance(error, self._faults)
            for call in calls:
                if alone:
                    self._do([call])
                else:
                    call.error = error
