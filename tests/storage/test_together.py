"""Calls of many threads that are done together."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.database.together import Together

SECONDS = 30


class Fault(Exception):
    """Of one wish."""


class Gate:
    """Work that stops at its first batch until it is let go on."""

    def __init__(self, work: Callable[[int], int] = lambda wish: wish * 10) -> None:
        self.batches: list[list[int]] = []
        self.began, self.go_on = threading.Event(), threading.Event()
        self._work = work

    def __call__(self, wishes: Sequence[int]) -> list[int]:
        self.batches.append(list(wishes))
        self.began.set()
        assert self.go_on.wait(SECONDS)
        return [self._work(wish) for wish in wishes]


def waiting(together: Together[int, int], count: int) -> None:
    """Return once so many calls wait."""
    deadline = threading.Event()
    for _ in range(SECONDS * 100):
        if len(together._waiting) == count:
            return
        deadline.wait(0.01)
    raise AssertionError("they do not come")


def run(gate: Gate, wishes: range, most: int = 64) -> dict[int, int | Exception]:
    """The first wish is at work while the others come."""
    together: Together[int, int] = Together(gate, most, (Fault,))
    with ThreadPoolExecutor(len(wishes)) as pool:
        futures = {wishes[0]: pool.submit(together.call, wishes[0])}
        assert gate.began.wait(SECONDS)
        futures |= {wish: pool.submit(together.call, wish) for wish in wishes[1:]}
        waiting(together, len(wishes) - 1)
        gate.go_on.set()
        outcomes: dict[int, int | Exception] = {}
        for wish, future in futures.items():
            error = future.exception(SECONDS)
            assert error is None or isinstance(error, Exception)
            outcomes[wish] = error or future.result()
    assert not together._busy
    assert not together._waiting
    return outcomes


def test_a_lone_call_is_done_at_once() -> None:
    gate = Gate()
    gate.go_on.set()
    assert Together(gate, 8, ()).call(3) == 30
    assert gate.batches == [[3]]


def test_those_that_wait_are_done_together_each_with_its_own_result() -> None:
    gate = Gate()
    assert run(gate, range(9)) == {wish: wish * 10 for wish in range(9)}
    assert [len(batch) for batch in gate.batches] == [1, 8]


def test_a_batch_has_its_most() -> None:
    gate = Gate()
    assert len(run(gate, range(9), most=3)) == 9
    assert [len(batch) for batch in gate.batches] == [1, 3, 3, 2]


def test_one_ones_fault_is_nobody_elses() -> None:
    def work(wish: int) -> int:
        if wish == 5:
            raise Fault("five")
        return wish

    outcomes = run(Gate(work), range(1, 9))
    assert isinstance(outcomes.pop(5), Fault)
    assert outcomes == {wish: wish for wish in range(1, 9) if wish != 5}


def test_an_outage_is_everybodys_and_asked_once() -> None:
    def work(_wish: int) -> int:
        raise OSError("away")

    gate = Gate(work)
    outcomes = run(gate, range(6))
    assert all(isinstance(outcome, OSError) for outcome in outcomes.values())
    assert [len(batch) for batch in gate.batches] == [1, 5]


def test_after_an_error_it_goes_on() -> None:
    broken = True

    def work(wishes: Sequence[int]) -> Sequence[int]:
        if broken:
            raise OSError("away")
        return wishes

    together: Together[int, int] = Together(work, 4, (Fault,))
    with pytest.raises(OSError, match="away"):
        together.call(1)
    broken = False
    assert together.call(2) == 2
