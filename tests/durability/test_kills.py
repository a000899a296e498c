"""Each part killed by SIGKILL while a step is in flight: the task still ends once, with one poster."""

import sqlite3

import httpx
import pytest

from tests.durability.rig import BODY, Held, HeldService, until

pytestmark = pytest.mark.stack


@pytest.mark.parametrize("step", ["layout", "read"])
# The controller first: those killed after it show that the one which took over does its work.
@pytest.mark.parametrize("part", ["ServeController", "Orchestrator", "Ingress", "Api", "TextReader"])
def test_killed_part_costs_no_task(service: HeldService, part: str, step: str) -> None:
    held = Held(service, step)
    before = held.stream.connections
    service.kill(part)
    held.let_go()
    # A call that lost its replica asks the next one.
    held.completes(attempts=2 if part == "Orchestrator" else 1)
    if part == "Api":
        assert held.stream.connections > before
    until(lambda: service.pids(part), f"a new {part}")


@pytest.mark.parametrize("step", ["layout", "read"])
def test_killed_service_goes_on_after_up(service: HeldService, step: str) -> None:
    held = Held(service, step)
    service.kill_process(service.state().pid)
    # Held until then: what the dead service left behind would go on, and be killed by "up" in a later step.
    service.up()
    held.let_go()
    held.completes(attempts=2)


def test_step_that_kills_its_worker_three_times_ends_the_task(service: HeldService) -> None:
    held = Held(service, "layout")
    for deaths in (1, 2, 3):
        until(lambda deaths=deaths: held.starts() == deaths, "the step at work again")
        service.kill("Orchestrator")
    error = held.ends("failed")[-1]["details"]
    assert error["code"] == "WORKER_LOST"
    assert held.starts() == 3


def test_locked_database_costs_no_task(service: HeldService) -> None:
    held = Held(service, "layout")
    with sqlite3.connect(service.data / "design_agent.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        held.let_go()
        refused = httpx.post(f"{service.url}/api/v1/tasks", json=BODY, timeout=60)
        other.execute("ROLLBACK")
    assert (refused.status_code, refused.json()["details"]["part"]) == (503, "database")
    held.completes(attempts=None)
