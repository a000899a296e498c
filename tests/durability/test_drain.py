"""``design-agent down`` with work in flight: a task finishes, or waits uncounted for the next ``up``."""

import subprocess

import pytest

from cluster.jobs.own_service import AGENT
from cluster.paths import ServicePaths
from tests.durability.rig import Held, HeldService, until

pytestmark = pytest.mark.stack


def draining(service: HeldService, task_id: str) -> bool:
    """Whether the orchestrator said that it drains with this task at work."""
    logs = ServicePaths(service.data).ray.glob("session_latest/logs/serve/replica_*Orchestrator*")
    said = [line for path in logs if path.is_file() for line in path.read_text(errors="replace").splitlines()]
    return any('"event": "draining"' in line and task_id in line for line in said)


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
    until(lambda: draining(service, held.task_id), "the drain")
    held.let_go()
    assert down.wait(60) == 0
    assert held.stored_task().status == "completed"
    service.up()
    held.completes(attempts=1)
