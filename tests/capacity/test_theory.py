"""The simulation against what queueing theory says exactly."""

import math
import statistics

import pytest

from cluster.capacity.arrivals import poisson
from cluster.capacity.profile import Batching, Pool
from cluster.capacity.simulation import Outcome, simulate
from tests.capacity.profiles import exponential, pooled, single, squares

TASKS = 30_000


def mean_seconds(outcome: Outcome) -> float:
    return statistics.fmean(task.seconds for task in outcome.tasks)


def erlang_c(servers: int, load: float) -> float:
    """Probability that a task of M/M/c waits; ``load``: arrivals times service time."""
    terms = [load**n / math.factorial(n) for n in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (math.fsum(terms) + last)


@pytest.mark.parametrize("busy", [0.3, 0.6, 0.8])
@pytest.mark.parametrize("kind", ["exponential", "fixed", "either"])
def test_one_server_waits_as_pollaczek_and_khinchine_say(busy: float, kind: str) -> None:
    """M/M/1, M/D/1, and M/G/1 with short and long tasks."""
    seconds = {"exponential": exponential(2.0), "fixed": (2.0,), "either": (0.5, 0.5, 0.5, 6.5)}[kind]
    rate = busy / 2.0
    outcome = simulate(single(seconds), poisson(rate, TASKS / rate, seed=11), seed=5)
    expected = 2.0 + rate * squares(seconds) / (2 * (1 - busy))
    assert mean_seconds(outcome) == pytest.approx(expected, rel=0.06)


def test_times_of_a_markov_queue_are_exponential() -> None:
    """M/M/1: the share s of tasks is done within -ln(1-s) mean times."""
    rate, busy = 0.5, 0.5
    outcome = simulate(single(exponential(1.0)), poisson(rate, TASKS / rate, seed=3), seed=4)
    for share in (0.5, 0.9, 0.99):
        assert outcome.quantile(share) == pytest.approx(-math.log(1 - share) / (1 - busy), rel=0.06)


@pytest.mark.parametrize("servers", [2, 5, 20])
@pytest.mark.parametrize("place", ["slots", "replicas"])
def test_many_servers_wait_as_erlang_says(servers: int, place: str) -> None:
    """M/M/c, as places of orchestrators and as replicas of a pool."""
    seconds, busy = exponential(1.0), 0.8
    rate = busy * servers
    if place == "slots":
        profile = single(seconds, slots=servers)
    else:
        profile = pooled(seconds, Pool(name="model", min_replicas=servers, max_replicas=servers))
    outcome = simulate(profile, poisson(rate, 2 * TASKS / rate, seed=7), seed=9)
    wait = erlang_c(servers, rate) / (servers - rate)
    assert mean_seconds(outcome) - 1.0 == pytest.approx(wait, rel=0.08)


@pytest.mark.parametrize("kind", ["exponential", "fixed", "either"])
def test_shared_cores_slow_tasks_down_whatever_their_lengths(kind: str) -> None:
    """M/G/1 with processor sharing: mean time is that alone over the idle share."""
    seconds = {"exponential": exponential(1.0), "fixed": (1.0,), "either": (0.25, 0.25, 0.25, 3.25)}[kind]
    profile = single(seconds, slots=10_000, cores=1, of=1)
    outcome = simulate(profile, poisson(0.6, TASKS / 0.6, seed=2), seed=6)
    assert mean_seconds(outcome) == pytest.approx(1 / (1 - 0.6), rel=0.06)


def test_tasks_that_fit_on_the_cores_do_not_slow_each_other_down() -> None:
    outcome = simulate(single((2.0,), slots=3, cores=1, of=4), poisson(1.0, 500, seed=1))
    assert all(task.ended - task.began == pytest.approx(2.0) for task in outcome.tasks)


def test_a_full_replica_does_its_rows_in_the_time_of_a_full_step() -> None:
    """A burst that fills the rows: 8 at once, each 4 times slower, is twice the rate of one after the other."""
    pool = Pool(name="model", batching=Batching(rows=(1, 8), seconds=(1.0, 4.0)))
    arrivals = poisson(1000.0, 0.8, seed=1)
    outcome = simulate(pooled((1.0,), pool), arrivals)
    assert outcome.throughput == pytest.approx(2.0, rel=0.02)


def test_a_batch_slows_down_straight_between_what_was_measured() -> None:
    batching = Batching(rows=(1, 4, 8), seconds=(2.0, 5.0, 8.0))
    assert [batching.slowdown(count) for count in (1, 2, 4, 6, 8, 9)] == pytest.approx([1, 1.5, 2.5, 3.25, 4, 4])
    assert batching.gain == pytest.approx(2)
