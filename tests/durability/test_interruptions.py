"""A service of one machine is interrupted with a step in flight: each task still ends once, with one poster."""

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from cluster.jobs.own_service import AGENT, COMMAND_SECONDS
from tests.durability.rig import BODY, Held, HeldService, said, until
from tests.serving import free_port

pytestmark = pytest.mark.stack
# A step that is let go must end within it, on a busy machine too.
DRAIN_SECONDS = 30


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeldService]:
    running = HeldService(tmp_path_factory.mktemp("durability"), free_port(), {"DRAIN_SECONDS": str(DRAIN_SECONDS)})
    running.up()
    yield running
    assert running.agent("down").returncode == 0


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
    error = held.ends("failed").task.error
    assert error is not None
    assert error.code == "WORKER_LOST"
    assert held.starts() == 3


def test_locked_database_costs_no_task(service: HeldService) -> None:
    held = Held(service, "layout")
    with sqlite3.connect(service.data / "design_agent.db", isolation_level=None, timeout=60) as other:
        other.execute("BEGIN IMMEDIATE")
        held.let_go()
        refused = httpx.post(f"{service.url}/api/v1/tasks", json=BODY, timeout=120)
        other.execute("ROLLBACK")
    assert (refused.status_code, refused.json()["details"]["part"]) == (503, "database")
    held.completes(attempts=None)


@pytest.mark.parametrize("step", ["layout", "read"])
def test_task_that_takes_longer_than_the_drain_goes_on_after_up(service: HeldService, step: str) -> None:
    held = Held(service, step)
    assert service.agent("down").returncode == 0
    waiting = held.stored_task()
    assert (waiting.status, waiting.progress.message) == ("pending", "等待继续处理")
    held.let_go()
    service.up()
    held.completes(attempts=2)


def test_task_at_work_finishes_before_the_service_is_down(service: HeldService) -> None:
    held = Held(service, "review")
    down = subprocess.Popen([str(AGENT), "down"], env=service.environment(), stdin=subprocess.DEVNULL)
    until(lambda: said(service, 'draining"', held.task_id), "the drain")
    held.let_go()
    assert down.wait(COMMAND_SECONDS) == 0
    assert held.stored_task().status == "completed"
    service.up()
    held.completes(attempts=1)


def test_up_waits_for_a_service_that_answers_late_and_does_not_replace_it(service: HeldService) -> None:
    pid = service.state().pid
    (busy,) = service.pids("Orchestrator")
    os.kill(busy, signal.SIGSTOP)
    try:
        up = subprocess.Popen([str(AGENT), "up"], env=service.environment(), stdin=subprocess.DEVNULL, text=True,
                              stderr=subprocess.PIPE)  # fmt: skip
        assert up.stderr is not None
        assert any("not ready; waiting" in line for line in up.stderr)
    finally:
        os.kill(busy, signal.SIGCONT)
    assert up.wait(COMMAND_SECONDS) == 0
    assert (service.state().pid, service.pids("Orchestrator")) == (pid, [busy])


def test_redeploy_costs_no_task_and_streams_resume(service: HeldService) -> None:
    held = Held(service, "layout")
    (old,) = service.pids("Orchestrator")
    deploying = service.redeploy()
    # The old replica drains, gives the task back, and a new one takes it from where it was.
    until(lambda: held.starts() == 2, "the step at work in a new replica")
    held.let_go()
    assert deploying.wait(COMMAND_SECONDS) == 0
    held.completes(attempts=2)
    until(lambda: old not in service.pids("Orchestrator"), "the end of the old replica")
