"""Picture sizes take turns, whatever arrives."""

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from pipelines.models.sdxl.batches import Batches


@dataclass(eq=False)
class Asked:
    kind: str
    rows: int


def batches(cap: int = 8, total: int = 64) -> Batches[Asked]:
    return Batches(cap, total, lambda kind: {"large": 4.0}.get(kind, 1.0))


def test_a_small_picture_does_not_wait_for_a_crowd_of_large_ones() -> None:
    queue = batches()
    for _ in range(50):
        queue.add(Asked("large", 2))
    queue.add(Asked("small", 1))
    while queue.admit():
        pass
    assert "small" in {queue.next()[0].kind for _ in range(3)}


def test_kinds_get_equal_shares_of_the_cost() -> None:
    queue = batches()
    for kind in ("large", "small"):
        for _ in range(4):
            queue.add(Asked(kind, 2))
    while queue.admit():
        pass
    turns = Counter(queue.next()[0].kind for _ in range(500))
    assert 3.9 <= turns["small"] / turns["large"] <= 4.1


@given(st.lists(st.tuples(st.sampled_from(["small", "large"]), st.integers(1, 2)), max_size=40), st.integers(2, 9))
def test_all_requests_run_in_order_within_the_cap(asked: list[tuple[str, int]], cap: int) -> None:
    queue = batches(cap)
    requests = [Asked(kind, rows) for kind, rows in asked]
    for request in requests:
        queue.add(request)
    admitted: list[Asked] = []
    while queue.waiting or queue.running:
        while (request := queue.admit()) is not None:
            admitted.append(request)
        running = queue.next()
        assert 0 < sum(one.rows for one in running) <= cap
        queue.remove(running[0])
    for kind in ("small", "large"):
        assert [one for one in admitted if one.kind == kind] == [one for one in requests if one.kind == kind]


def test_a_size_that_runs_nothing_gets_the_next_room() -> None:
    queue = batches(cap=8, total=8)
    crowd = [Asked("large", 2) for _ in range(40)]
    for one in crowd:
        queue.add(one)
    running = [queue.admit() for _ in range(4)]
    assert running == crowd[:4]
    late = Asked("small", 1)
    queue.add(late)
    assert queue.admit() is None
    queue.remove(crowd[0])
    assert queue.admit() is late


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 2)), min_size=1, max_size=60), st.integers(2, 12))
def test_no_size_waits_for_ever_and_the_rows_of_all_are_capped(asked: list[tuple[int, int]], total: int) -> None:
    queue = batches(cap=4, total=total)
    waiting = [Asked(f"size {kind}", rows) for kind, rows in asked]
    for one in waiting:
        queue.add(one)
    running: list[Asked] = []
    admitted: list[Asked] = []
    while queue.waiting or queue.running:
        while (request := queue.admit()) is not None:
            running.append(request)
            admitted.append(request)
        assert sum(one.rows for one in running) <= total
        queue.remove(done := queue.next()[0])
        running.remove(done)
    assert {id(one) for one in admitted} == {id(one) for one in waiting}
