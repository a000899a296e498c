"""Two orchestrator replicas: both drain, a stuck one is replaced, and a dead one's cancelled task leaves nothing."""

from collections.abc import Iterator

import httpx
import pytest

from cluster.jobs.faults import LATE
from cluster.state import process_start
from storage.checkpoints.sqlite import SqliteCheckpointer
from tests.durability.rig import BODY, Held, HeldService, until
from tests.serving import free_port

pytestmark = pytest.mark.stack
# A held step must not be overdue while a busy machine takes the service down.
PHASE_SECONDS = 75


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeldService]:
    options = {"ORCHESTRATOR_REPLICAS": "2", "PHASE_SECONDS": str(PHASE_SECONDS), "MAX_IN_FLIGHT": "1"}
    running = HeldService(tmp_path_factory.mktemp("replicas"), free_port(), options)
    running.up()
    yield running
    running.down()


def test_down_drains_every_replica(service: HeldService) -> None:
    held = [Held(service, "layout"), Held(service, "layout")]
    # Each has room for one.
    assert sorted(task.worker() for task in held) == sorted(service.pids("Orchestrator"))
    service.down()
    for task in held:
        waiting = task.stored_task()
        assert (waiting.status, waiting.progress.message) == ("pending", "等待继续处理")
    held[0].let_go()
    service.up()
    for task in held:
        task.completes(attempts=2)


def test_stuck_replica_is_replaced(service: HeldService) -> None:
    held = Held(service, "layout")
    stuck = held.worker()
    born = process_start(stuck)
    until(lambda: process_start(stuck) != born, "the end of the stuck replica", LATE)
    held.let_go()
    held.completes(attempts=None)
    until(lambda: len(service.pids("Orchestrator")) == 2, "a new replica")
    assert stuck not in service.pids("Orchestrator")
    next_task = Held(service, "intent")
    next_task.let_go()
    next_task.completes(attempts=1)


def test_deleted_task_of_a_dead_executor_leaves_nothing(service: HeldService) -> None:
    held = Held(service, "background")
    left = service.data / "objects" / "data" / "tasks" / held.task_id
    assert left.is_dir()
    worker = held.worker()
    assert httpx.post(f"{service.url}/api/v1/tasks/{held.task_id}/cancel", timeout=60).status_code == 200
    service.kill_process(worker)
    assert httpx.delete(f"{service.url}/api/v1/tasks/{held.task_id}", timeout=60).status_code == 200
    checkpoints = SqliteCheckpointer(service.data / "design_agent.db")
    thread = {"configurable": {"thread_id": held.task_id}}
    until(lambda: checkpoints.get_tuple(thread) is None, "the checkpoints gone")  # type: ignore[arg-type]
    checkpoints.close()
    assert not left.exists()
    held.let_go()
    service.create(BODY)
