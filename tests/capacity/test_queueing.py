"""The simulated queue hands out tasks in the order in which the service's own database does."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.capacity.arrivals import Arrival, with_bulk
from cluster.capacity.queueing import FairQueue
from cluster.capacity.simulation import simulate
from storage.database.fairness import Fairness
from storage.database.sqlite import SqliteDatabase
from storage.documents.task import TaskLane
from storage.documents.usage import UsageEntry
from tests.capacity.profiles import single
from tests.contract.conftest import FakeClock
from tests.contract.helpers import PARAMS, claim_one, complete

SHARED = Fairness(shares={"three": 3.0}, bulk_every=3)
SECONDS = {"ana": 10.0, "bo": 20.0, "three": 40.0}
FINISH = "finish"


@dataclass
class Both:
    """The real queue and the simulated one, with so many places for tasks at work."""

    database: SqliteDatabase
    clock: FakeClock
    places: int
    env: simpy.Environment = field(default_factory=simpy.Environment)
    numbers: dict[str, int] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)
    entered: list[simpy.Event] = field(default_factory=list)
    attempts: dict[int, int] = field(default_factory=dict)
    at_work: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue = FairQueue(self.env, self.places, SHARED)

    def wait(self, seconds: int) -> None:
        self.env.run(until=self.env.now + seconds)
        self.clock.now += seconds

    def enter(self, user: str, lane: TaskLane, priority: int) -> None:
        number = len(self.arrivals)
        self.arrivals.append(Arrival(self.env.now, user=user, lane=lane, priority=priority))
        self.entered.append(self.queue.enter(self.arrivals[number]))
        self.numbers[self.database.create_task(user, PARAMS, priority, lane=lane).id] = number
        self.claim()

    def finish(self) -> None:
        """The task that has been at work for longest."""
        number = self.at_work.pop(0)
        took = SECONDS[self.arrivals[number].user]
        task = self.database.get_task(next(task_id for task_id, found in self.numbers.items() if found == number))
        entry = UsageEntry(stage="background", step="s", model="m", seconds=took, gpus=1)
        self.database.append_usage(task.id, self.attempts[number], entry)
        complete(self.database, task, self.attempts[number])
        self.database.rebalance_turns()
        self.queue.leave(self.arrivals[number], took)
        self.claim()

    def claim(self) -> None:
        while len(self.at_work) < self.places and self.database.backlog():
            claim = claim_one(self.database, 10**6)
            self.at_work.append(self.numbers[claim.task_id])
            self.attempts[self.at_work[-1]] = claim.attempt

    def compare(self) -> None:
        assert {number for number, event in enumerate(self.entered) if event.triggered} == set(self.attempts)
        assert self.queue.waiting == self.database.backlog()


ENTER = st.tuples(st.sampled_from(["ana", "bo", "three"]), st.sampled_from(["interactive", "bulk"]), st.integers(4, 5))
STEPS = st.lists(st.one_of(ENTER, ENTER, st.just(FINISH), st.integers(1, 5000)), min_size=20, max_size=50)


@given(steps=STEPS, places=st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_lanes_turns_weights_and_costs_are_the_services_own(
    steps: list[tuple[str, TaskLane, int] | str | int], places: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock = FakeClock()
        database = SqliteDatabase(Path(folder) / "a.db", clock, fairness=SHARED)
        database.migrate()
        both = Both(database, clock, places)
        for step in steps:
            if isinstance(step, tuple):
                both.enter(*step)
            elif isinstance(step, int):
                both.wait(step)
            elif both.at_work:
                both.finish()
            both.compare()
        while both.at_work:
            both.finish()
            both.compare()
        database.close()


def test_who_waits_for_a_poster_hardly_notices_a_night_of_bulk() -> None:
    alone = [Arrival(20.0 * index) for index in range(200)]
    bulk = [Arrival(0, user="night", lane="bulk") for _ in range(800)]
    outcome = simulate(single((8.0,), slots=2), alone + bulk)
    assert outcome.lanes == ["interactive", "bulk"]
    # Two places: the next one is free within a task's length, and one claim in five is not theirs.
    assert outcome.quantile(0.99, "interactive") <= 8 + 2 * 8
    assert outcome.quantile(0.5, "bulk") > 10 * outcome.quantile(0.99, "interactive")


def test_a_share_of_the_tasks_is_drawn_into_bulk() -> None:
    arrivals = [Arrival(float(index)) for index in range(1000)]
    drawn = with_bulk(arrivals, 0.3, seed=1)
    assert 250 <= sum(one.lane == "bulk" for one in drawn) <= 350
    assert [one.at for one in drawn] == [one.at for one in arrivals]
    assert drawn == with_bulk(arrivals, 0.3, seed=1)
