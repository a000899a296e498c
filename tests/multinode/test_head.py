"""The head dies and another one comes: nodes, replicas and tasks at work outlast it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster.jobs.faults import LATE, HeldService, until
from cluster.jobs.held import HeldTask
from cluster.jobs.prepare import prepare
from cluster.multinode.application import ON_HEAD, ClusterApplication
from configs.settings import Settings
from serve_apps.api.deployment import APP_NAME
from tests.multinode.lasting import LastingCluster
from tests.servers.valkey import Valkey
from tests.serving import free_port

pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class Lasting:
    """The cluster and the service on it."""

    cluster: LastingCluster
    service: HeldService

    def replicas(self) -> dict[str, set[int]]:
        """Pids of those that take calls, by deployment; empty before Serve knows the application."""
        answer = self.cluster.dashboard.client.get("/api/serve/applications/").raise_for_status().json()
        deployments = answer["applications"].get(APP_NAME, {"deployments": {}})["deployments"]
        return {
            name: {replica["pid"] for replica in described["replicas"] if replica["state"] == "RUNNING"}
            for name, described in deployments.items()
        }


@pytest.fixture(scope="module")
def lasting(alone: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lasting]:
    data: Path = tmp_path_factory.mktemp("lasting")
    service = HeldService(data, free_port(), {"READER_THREADS": "1", "READER_MAX_REPLICAS": "1"})
    options = {name: value for name, value in service.environment().items() if name.startswith("DESIGN_AGENT_")}
    prepare(Settings(data=data, port=service.port))
    redis = Valkey(data / "gcs-redis")
    redis.start()
    cluster = LastingCluster(data, redis, options)
    try:
        cluster.start_head()
        cluster.start_node(cpus=4)
        application = ClusterApplication(cluster.dashboard, service.port, proxies="EveryNode")
        application.deploy("first")
        application.wait()
        yield Lasting(cluster, service)
    finally:
        cluster.close()
        redis.close()
    until(lambda: not cluster.left(), "the end of every process")


def test_tasks_end_without_a_head_and_the_next_one_goes_on(lasting: Lasting) -> None:
    cluster, service = lasting.cluster, lasting.service
    before = lasting.replicas()
    assert before.keys() == set(ON_HEAD) and all(before.values())
    held = HeldTask(service, "layout")
    cluster.kill_head()

    # Nobody is at the head: what is at work ends, what comes is begun.
    held.let_go()
    outcome = held.outcome()
    assert (outcome.broken("completed"), outcome.attempts) == ([], 1)
    late = HeldTask(service, "background")

    cluster.start_head()
    until(lambda: cluster.living() == 2, "the node at the new head", LATE)
    until(lambda: lasting.replicas() == before, "the same replicas", LATE)
    late.let_go()
    assert late.outcome().broken("completed") == []

    # The new one does what a head is for.
    (dead,) = before["TextReader"]
    service.kill_process(dead)
    until(lambda: lasting.replicas().get("TextReader", {dead}) - {dead}, "another text reader", LATE)
    again = HeldTask(service, "review")
    again.let_go()
    assert again.outcome().broken("completed") == []
