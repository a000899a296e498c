"""What holds in every simulation, whatever it is fed."""

import math
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.capacity.__main__ import PROFILES
from cluster.capacity.arrivals import Arrival, poisson
from cluster.capacity.errors import CapacityError
from cluster.capacity.loads import at_share
from cluster.capacity.profile import Batching, CapacityProfile, Host, Nodes, Pool, Stage, read_profile
from cluster.capacity.simulation import simulate
from cluster.capacity.sizing import ceiling, gpu_shares, sized
from cluster.capacity.table import row
from tests.capacity.profiles import pooled, single

MIXED = CapacityProfile(
    source="a test",
    stages=(
        Stage(name="words", seconds=(0.5, 1.0), pool="language"),
        Stage(name="paint", seconds=(0.05,), unit="step", per_pixel=True, pool="image"),
        Stage(name="draw", seconds=(0.8, 1.2), cores=1),
        Stage(name="read", seconds=(0.7,), cores=2, pool="reader"),
    ),
    pools=(
        Pool(
            name="language",
            gpus=0.5,
            min_replicas=0,
            start_seconds=(5.0,),
            batching=Batching(rows=(1, 4), seconds=(1, 2)),
        ),
        Pool(name="image", gpus=1, min_replicas=0, start_seconds=(8.0, 12.0), downscale_delay=30),
        Pool(name="reader", replicas_per_gpu=1),
    ),
    nodes=Nodes(provision_seconds=(20.0, 40.0), idle_seconds=60, price_per_gpu_hour=2),
    host=Host(cores=4, slots=6, cores_per_gpu=1, slots_per_gpu=2, price_per_core_hour=0.1),
)

ARRIVAL = st.builds(
    Arrival,
    at=st.floats(0, 300),
    steps=st.integers(1, 40),
    width=st.sampled_from([540, 1080]),
    user=st.sampled_from(["ana", "bo", "chi"]),
    priority=st.integers(0, 9),
    lane=st.sampled_from(["interactive", "bulk"]),
)


@given(arrivals=st.lists(ARRIVAL, min_size=1, max_size=30), gpus=st.integers(2, 8), standing=st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_task_ends_once_and_takes_at_least_its_own_work(
    arrivals: list[Arrival], gpus: int, standing: bool
) -> None:
    outcome = simulate(MIXED, arrivals, seed=1, gpus=gpus, standing=standing)
    assert [task.number for task in outcome.tasks] == list(range(len(arrivals)))
    for task, arrival in zip(outcome.tasks, sorted(arrivals, key=lambda one: one.at), strict=True):
        shortest = 0.5 + 0.05 * arrival.steps * arrival.pixels / (1080 * 1920) + 0.8 + 0.7
        assert task.arrived == arrival.at <= task.began
        assert task.ended - task.began >= shortest - 1e-6
    assert all(len(seconds) == len(arrivals) for seconds in outcome.stage_seconds.values())
    at_work = math.fsum(task.ended - task.began for task in outcome.tasks)
    assert math.fsum(map(math.fsum, outcome.stage_seconds.values())) == pytest.approx(at_work)


@given(arrivals=st.lists(ARRIVAL, min_size=1, max_size=30), gpus=st.integers(2, 8))
@settings(max_examples=40, deadline=None)
def test_no_fleet_grows_over_its_gpus_and_idle_ones_cost(arrivals: list[Arrival], gpus: int) -> None:
    outcome = simulate(MIXED, arrivals, seed=2, gpus=gpus)
    shares = gpu_shares(MIXED, arrivals, gpus)
    assert sum(shares.values()) == gpus
    assert max(count for _, count in outcome.replicas["image"]) <= shares["image"]
    assert max(count for _, count in outcome.replicas["language"]) <= 2 * shares["language"]
    hours = max(task.ended for task in outcome.tasks) / 3600
    ready = outcome.replica_seconds["image"] + outcome.replica_seconds["language"] / 2
    assert ready / 3600 <= outcome.gpu_hours + 1e-9 <= gpus * hours + 2e-9
    assert outcome.cost == pytest.approx(2 * outcome.gpu_hours + 0.1 * (4 + gpus) * hours)


def test_one_seed_gives_one_outcome() -> None:
    arrivals = poisson(0.5, 600, seed=1)
    assert simulate(MIXED, arrivals, 3, 4) == simulate(MIXED, arrivals, 3, 4)
    assert simulate(MIXED, arrivals, 3, 4) != simulate(MIXED, arrivals, 4, 4)


def test_a_larger_fleet_does_not_draw_other_work() -> None:
    """Else two sizes could not be compared."""
    arrivals = [Arrival(index * 1000.0) for index in range(40)]
    small, large = (simulate(MIXED, arrivals, 3, gpus, standing=True) for gpus in (2, 20))
    assert [task.seconds for task in small.tasks] == pytest.approx([task.seconds for task in large.tasks])


def test_cold_starts_are_waited_for_and_warm_ones_are_not() -> None:
    pool = Pool(name="model", gpus=1, min_replicas=0, metrics_seconds=1, look_back=1, start_seconds=(30.0,))
    profile = pooled((2.0,), pool, nodes=Nodes(provision_seconds=(100.0,)))
    (cold,) = simulate(profile, [Arrival(0)], gpus=1).tasks
    (warm,) = simulate(profile, [Arrival(0)], gpus=1, standing=True).tasks
    assert cold.seconds == pytest.approx(1 + 100 + 30 + 2)
    assert warm.seconds == pytest.approx(2)


def test_replicas_and_machines_go_when_nobody_needs_them() -> None:
    pool = Pool(name="model", gpus=1, min_replicas=0, downscale_delay=20, metrics_seconds=1, look_back=1)
    profile = pooled((5.0,), pool, nodes=Nodes(idle_seconds=100))
    outcome = simulate(profile, [Arrival(0), Arrival(3600)], gpus=1)
    counts = [count for _, count in outcome.replicas["model"]]
    assert counts == [0, 1, 0, 1]
    assert 5 + 20 + 100 < outcome.gpu_hours * 3600 < 5 + 20 + 100 + 5 + 10


def test_scaling_up_waits_for_its_delay() -> None:
    pool = Pool(name="model", gpus=1, max_replicas=2, upscale_delay=30, metrics_seconds=1, look_back=1)
    outcome = simulate(pooled((100.0,), pool), [Arrival(0), Arrival(0)], gpus=2)
    (moment,) = [moment for moment, count in outcome.replicas["model"] if count == 2]
    assert 30 <= moment <= 33


def test_tasks_that_wait_for_a_worker_wake_replicas_before_they_call() -> None:
    """One worker, so one call at a time; a second replica is asked for nevertheless."""
    pool = Pool(name="model", gpus=1, max_replicas=2, upscale_delay=2, metrics_seconds=1, look_back=1)
    profile = pooled((100.0,), pool, slots=1)
    (alone,) = simulate(profile, [Arrival(0)], gpus=2).replicas["model"]
    assert alone[1] == 1
    counts = [count for _, count in simulate(profile, [Arrival(0), Arrival(0)], gpus=2).replicas["model"]]
    assert max(counts) == 2


def test_urgent_tasks_pass_and_users_take_turns() -> None:
    arrivals = [Arrival(0, user="ana")]
    arrivals += [Arrival(1 + index / 10, user="ana") for index in range(4)]
    arrivals += [Arrival(2, user="bo"), Arrival(3, user="chi", priority=9)]
    outcome = simulate(single((10.0,), slots=2), arrivals)
    order = [arrivals[task.number] for task in sorted(outcome.tasks, key=lambda task: (task.began, task.number))]
    waiting = [(one.user, one.priority) for one in order[2:]]
    assert waiting == [("chi", 9), ("bo", 5), ("ana", 5), ("ana", 5), ("ana", 5)]


def test_fleets_too_small_for_a_replica_of_each_are_refused() -> None:
    with pytest.raises(CapacityError, match="needs 2 GPUs"):
        simulate(MIXED, [Arrival(0)], gpus=1)
    with pytest.raises(CapacityError, match="no task"):
        simulate(MIXED, [], gpus=2)


@pytest.mark.parametrize("gpus", [2, 7, 40])
def test_no_load_is_carried_faster_than_the_ceiling_and_overload_nearly_reaches_it(gpus: int) -> None:
    whole = sized(MIXED, [Arrival(0)], gpus, standing=True)
    most = ceiling(whole, [Arrival(0)])
    over = simulate(MIXED, poisson(3 * most, 400 / most, seed=4), 5, gpus, standing=True)
    assert 0.8 * most < over.throughput <= 1.02 * most


def test_a_thousand_gpus_take_seconds_to_simulate() -> None:
    profile = read_profile(PROFILES / "gpu.toml")
    started = time.process_time()
    found = row(profile, at_share(profile, 0.8, 1, 5000)(1000), 1000, seed=1, standing=True)
    assert time.process_time() - started < 120
    assert found.gpus == 1000
    assert found.per_day == pytest.approx(0.8 * found.most_per_day, rel=0.03)
    assert found.cost_per_day == pytest.approx(24 * (1000 * 2.5 + profile.host.for_gpus(1000).cores * 0.04), rel=1e-4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source = 'x'", "stages: Field required"),
        ("source = 'x'\n[[stages]]\nname = 'a'\nseconds = []", "stages.0.seconds"),
        ("source = 'x'\n[[stages]]\nname = 'a'\nseconds = [1]\npool = 'p'", "pools that are not there"),
        ("source = 'x'\n[[stages]]\nname = 'a'\nseconds = [1]\n[[pools]]\nname = 'p'\ngpus = 1.5", "whole number"),
        ("source = 'x'\n[[stages]]\nname = 'a'\nseconds = [1]\n[[pools]]\nname = 'p'\ngpus = 2", "more GPUs than"),
        ("source = ", "is no TOML"),
    ],
)
def test_a_wrong_profile_is_refused_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CapacityError, match=said):
        read_profile(path)
