"""Each part killed by SIGKILL while a step is in flight: the task still ends once, with one poster."""

import pytest

from tests.durability.rig import Held, HeldService, until

pytestmark = pytest.mark.stack


@pytest.mark.parametrize("step", ["layout", "read"])
@pytest.mark.parametrize("part", ["Orchestrator", "Ingress", "Api", "TextReader", "ServeController"])
def test_killed_part_costs_no_task(service: HeldService, part: str, step: str) -> None:
    held = Held(service, step)
    before = held.stream.connections
    service.kill(part)
    held.let_go()
    held.completes()
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
    held.completes()
