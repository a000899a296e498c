"""``serve.run`` over a running application: replicas are replaced while a task is at work."""

import pytest

from cluster.jobs.own_service import COMMAND_SECONDS
from tests.durability.rig import Held, HeldService, until

pytestmark = pytest.mark.stack


def test_redeploy_costs_no_task_and_streams_resume(service: HeldService) -> None:
    held = Held(service, "layout")
    (old,) = service.pids("Orchestrator")
    deploying = service.redeploy()
    # The old replica drains, gives the task back, and a new one takes it from where it was.
    until(lambda: held.starts() == 2, "the step at work in a new replica")
    held.let_go()
    assert deploying.wait(COMMAND_SECONDS) == 0
    held.completes(attempts=2)
    assert old not in service.pids("Orchestrator")
