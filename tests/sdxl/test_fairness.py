"""Picture sizes take turns, and short requests do not wait for long ones, whatever arrives."""

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from pipelines.models.sdxl.batches import PATIENCE, Batches


@dataclass(eq=False)
class Asked:
    kind: str
    rows: int
    steps: int = 1
    passed: int = 0

    @property
    def left(self) -> int:
        return self.rows * self.steps


def batches(cap: int = 8, slots: int = 100, most: int = 1000) -> Batches[Asked]:
    return Batches(cap, slots, most, lambda kind: {"large": 4.0}.get(kind, 1.0))


def filled(queue: Batches[Asked], asked: list[Asked]) -> None:
    for one in asked:
        queue.add(one)
    while queue.admit():
        pass


def test_a_small_picture_does_not_wait_for_a_crowd_of_large_ones() -> None:
    queue = batches()
    filled(queue, [*(Asked("large", 2) for _ in range(50)), Asked("small", 1)])
    assert "small" in {queue.next()[0].kind for _ in range(3)}


def test_kinds_get_equal_shares_of_the_cost() -> None:
    queue = batches()
    filled(queue, [Asked(kind, 2) for kind in ("large", "small") for _ in range(4)])
    turns = Counter(queue.next()[0].kind for _ in range(500))
    assert 3.9 <= turns["small"] / turns["large"] <= 4.1


def test_a_size_that_runs_nothing_gets_the_next_slot() -> None:
    queue = batches(most=4)
    crowd = [Asked("large", 2) for _ in range(40)]
    filled(queue, crowd)
    late = Asked("small", 1)
    queue.add(late)
    assert queue.admit() is None
    queue.remove(crowd[0])
    assert queue.admit() is late


def test_those_nearest_to_their_end_step_first_and_no_other_is_forgotten() -> None:
    queue = batches(cap=4)
    long = [Asked("large", 2, steps=30) for _ in range(3)]
    filled(queue, long)
    assert queue.next() == long[:2]
    short = Asked("large", 1, steps=4)
    filled(queue, [short])
    assert short in queue.next()
    endless = [Asked("large", 1, steps=1) for _ in range(4)]
    filled(queue, endless)
    steps = [queue.next() for _ in range(2 * PATIENCE)]
    assert all(any(one in step for step in steps) for one in long)


Wishes = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 2), st.integers(1, 5)), min_size=1, max_size=40)


@given(Wishes, st.integers(2, 9), st.integers(1, 5), st.integers(1, 12))
def test_all_requests_end_within_the_caps(asked: list[tuple[int, int, int]], cap: int, slots: int, most: int) -> None:
    queue = batches(cap, slots, most)
    requests = [Asked(f"size {kind}", rows, steps) for kind, rows, steps in asked]
    for request in requests:
        queue.add(request)
    admitted: list[Asked] = []
    running: list[Asked] = []
    while queue.waiting or queue.running:
        while (one := queue.admit()) is not None:
            admitted.append(one)
            running.append(one)
        assert len(running) <= most
        assert max(Counter(one.kind for one in running).values()) <= slots
        stepping = queue.next()
        assert 0 < sum(one.rows for one in stepping) <= cap
        assert len({one.kind for one in stepping}) == 1
        assert all(one.passed <= PATIENCE + len(running) for one in running)
        for one in stepping:
            one.steps -= 1
            if one.steps == 0:
                queue.remove(one)
                running.remove(one)
    for kind in {request.kind for request in requests}:
        assert [one for one in admitted if one.kind == kind] == [one for one in requests if one.kind == kind]
