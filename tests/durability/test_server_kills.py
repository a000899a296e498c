"""On MySQL, Redis, Kafka and S3: each part killed by SIGKILL with tasks in flight; each ends once, with one poster."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from cluster.jobs.faults import LATE
from cluster.jobs.held import HeldTask, outcome_of
from storage.database.mysql import MysqlDatabase
from storage.database.tables import TaskLeaseRow
from tests.durability.rig import BODY, Held, HeldService, until
from tests.serving import free_port
from tests.stack.production import shared_servers

pytestmark = pytest.mark.stack
# Behind the one that is held: published, and not claimed while nobody has room.
WAITING = 2
REPLICAS = {"Ingress": 2}
OPTIONS = {
    "INGRESS_REPLICAS": str(REPLICAS["Ingress"]),
    "MAX_IN_FLIGHT": "1",
    "KAFKA_SESSION_SECONDS": "6",
    "KAFKA_LOST_SECONDS": "5",
    "RETRY_SECONDS": "0.5",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeldService]:
    folder = tmp_path_factory.mktemp("server_kills")
    servers = shared_servers(folder, redis_database=4)
    options = {name.removeprefix("DESIGN_AGENT_"): value for name, value in servers.items()} | OPTIONS
    running = HeldService(folder / "data", free_port(), options)
    running.up()
    yield running
    running.down()


@dataclass
class Load:
    """A task that is held in a step, and others that wait behind it."""

    service: HeldService
    step: str = "layout"

    def __post_init__(self) -> None:
        self.held = Held(self.service, self.step)
        self.waiting = [self.service.create(BODY | {"seed": seed}) for seed in range(WAITING)]

    def completes(self, *, attempts: int) -> None:
        """All of them, once each, with one poster each; the held one in so many attempts."""
        self.held.completes(attempts=attempts)
        for task_id in self.waiting:
            outcome = outcome_of(self.service, task_id, partial(self._lines, task_id))
            assert outcome.broken("completed") == []

    def _lines(self, task_id: str) -> list[dict[str, Any]]:
        return [line for line in self.service.lines() if line["task"] == task_id]


def claimer(service: HeldService) -> str:
    """The ingress that claims a new task; which one does, lies with the partition that the task falls into."""
    held = HeldTask(service, "layout")
    database = service.open_database()
    assert isinstance(database, MysqlDatabase)
    lease = database._read(lambda session: session.get(TaskLeaseRow, held.task_id))
    database.close()
    held.let_go()
    outcome = held.outcome()
    assert (outcome.broken("completed"), outcome.attempts) == ([], 1)
    assert lease is not None and lease.owner is not None
    return lease.owner


def test_both_ingresses_claim_and_one_goes_on_when_the_other_is_killed(service: HeldService) -> None:
    claimers: set[str] = set()

    def both_claim() -> bool:
        claimers.add(claimer(service))
        return len(claimers) == REPLICAS["Ingress"]

    until(both_claim, "claims by each ingress", LATE)
    service.kill("Ingress")
    # One that takes its place has a new name.
    until(lambda: claimer(service) in claimers, "a claim by the one that was left", LATE)
    until(lambda: len(service.pids("Ingress")) == REPLICAS["Ingress"], "a new Ingress")


# The controller first: those killed after it show that the one which took over does its work.
@pytest.mark.parametrize("part", ["ServeController", "Orchestrator", "Ingress", "Api", "OutboxRelay"])
def test_killed_part_costs_no_task(service: HeldService, part: str) -> None:
    load = Load(service)
    service.kill(part)
    load.held.let_go()
    load.completes(attempts=2 if part == "Orchestrator" else 1)
    until(lambda: len(service.pids(part)) >= REPLICAS.get(part, 1), f"a new {part}")


def test_killed_service_goes_on_after_up(service: HeldService) -> None:
    load = Load(service)
    service.kill_all()
    service.up()
    load.held.let_go()
    load.completes(attempts=2)
