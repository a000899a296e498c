"""``design-agent pool`` on three nodes: nothing new on a cordoned one, and a drained one loses no work."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from cluster.jobs.faults import BODY, LATE, HeldService, until
from cluster.jobs.held import run_again
from cluster.jobs.own_service import AGENT, COMMAND_SECONDS
from cluster.jobs.prepare import prepare
from cluster.lifecycle import members
from cluster.multinode import probe
from cluster.multinode.application import ClusterApplication
from cluster.multinode.config import NodeType
from cluster.multinode.head import MultinodeCluster
from configs.settings import Settings
from serve_apps.api.deployment import APP_NAME
from storage.documents.task import Task
from tests.serving import free_port

pytestmark = pytest.mark.stack
LONG = 300.0
WORKER = NodeType("worker", "app", cpus=2, gpus=1, most=2, least=2)
FEW, MANY, AT_ONCE = 3, 5, 1
WAITING = 3
SETTINGS = {
    "ORCHESTRATOR_REPLICAS": str(FEW), "ORCHESTRATOR_MAX_REPLICAS": str(MANY), "MAX_IN_FLIGHT": str(AT_ONCE),
    "SCALE_UP_SECONDS": "0.5", "SCALE_DOWN_SECONDS": "600", "READER_THREADS": "1",
}  # fmt: skip


def probes(count: int) -> dict[str, Any]:
    """The application with so many replicas, a GPU each."""
    scaling = {"min_replicas": count, "max_replicas": count}
    return probe.CONFIG | {"deployments": [{"name": "Probe", "autoscaling_config": scaling}]}


PROBE, ORCHESTRATOR = (probe.NAME, "Probe"), (APP_NAME, "Orchestrator")


@dataclass(frozen=True)
class Replica:
    """One that is alive; ``node_id`` and ``pid`` are None while it has no place."""

    deployment: tuple[str, str]
    node_id: str | None
    pid: int | None
    state: str


@dataclass(frozen=True)
class Small:
    """The cluster and the application on it."""

    cluster: MultinodeCluster
    application: ClusterApplication
    service: HeldService

    def does(self, *arguments: str) -> str:
        """``design-agent pool``, as an operator on the head would run it."""
        done = subprocess.run(
            [str(AGENT), "pool", *arguments], text=True, capture_output=True, timeout=COMMAND_SECONDS,
            env=self.cluster.environment() | {"RAY_ADDRESS": self.cluster.address}, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def status(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """``design-agent status`` of one who is not on the cluster and knows its database."""
        return self.service.agent("status", *arguments)

    def node(self, node_id: str) -> dict[str, Any]:
        return next(node for node in json.loads(self.does("--json")) if node["node_id"] == node_id)

    def replicas(self, deployment: tuple[str, str] | None = None) -> list[Replica]:
        answer = self.cluster.dashboard.client.get("/api/serve/applications/").raise_for_status().json()
        return [
            Replica((application, name), replica.get("node_id"), replica.get("pid"), replica["state"])
            for application, known in answer["applications"].items()
            for name, described in known["deployments"].items()
            for replica in described["replicas"]
            if deployment in {None, (application, name)}
        ]

    def on(self, node_id: str) -> set[Replica]:
        return {replica for replica in self.replicas() if replica.node_id == node_id}

    def running(self, deployment: tuple[str, str]) -> list[Replica]:
        return [replica for replica in self.replicas(deployment) if replica.state == "RUNNING"]

    def holders(self) -> set[int]:
        return set(self.cluster.pids("ray::CordonHolder"))

    def workers(self) -> set[str]:
        return {node.node_id for node in self.cluster.dashboard.nodes() if node.alive and node.gpus}

    def tasks(self, task_ids: list[str]) -> list[Task]:
        database = self.service.open_database()
        try:
            return [database.get_task(task_id) for task_id in task_ids]
        finally:
            database.close()

    def at_work(self, task_ids: list[str], node_id: str) -> bool:
        """Whether a replica of that node began one of the tasks."""
        pids = {replica.pid for replica in self.on(node_id)}
        return any(line["pid"] in pids for line in self.service.lines() if line["task"] in task_ids)

    def complete(self, task_ids: list[str]) -> None:
        """All of them complete once, each with one poster."""
        until(lambda: all(task.final for task in self.tasks(task_ids)), "the tasks' end", LONG)
        assert [task.status for task in self.tasks(task_ids)] == ["completed"] * len(task_ids)
        database = self.service.open_database()
        try:
            assert [len(database.list_posters(task_id=task_id).items) for task_id in task_ids] == [1] * len(task_ids)
        finally:
            database.close()
        assert run_again([line for line in self.service.lines() if line["task"] in task_ids]) == []


@pytest.fixture(scope="module")
def small(alone: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    data = tmp_path_factory.mktemp("small")
    service = HeldService(data, free_port(), SETTINGS)
    options = {name: value for name, value in service.environment().items() if name.startswith("DESIGN_AGENT_")}
    prepare(Settings(data=data, port=service.port))
    with MultinodeCluster(data, (WORKER,), options=options, idle_seconds=60.0) as cluster:
        until(lambda: sum(node.alive for node in cluster.dashboard.nodes()) == 3, "two workers", LONG)
        application = ClusterApplication(cluster.dashboard, service.port)
        application.deploy("first", (probes(2),))
        application.wait()
        leader = cluster.leader
        small = Small(cluster, application, service)
        until(lambda: len(small.running(PROBE)) == 2, "every GPU in use")
        yield small
    until(lambda: not members(leader), "the end of every process")


def busiest(small: Small) -> str:
    """The worker with the most replicas of the orchestrator."""
    placed = [replica.node_id for replica in small.running(ORCHESTRATOR)]
    return max(small.workers(), key=placed.count)


def test_nothing_new_comes_on_a_cordoned_node_and_what_is_there_goes_on(small: Small) -> None:
    until(lambda: len(small.running(ORCHESTRATOR)) == FEW, "the orchestrators of a service at rest")
    node_id = busiest(small)
    before = small.on(node_id)
    assert {replica.deployment for replica in before} >= {PROBE, ORCHESTRATOR}
    small.does("cordon", node_id, "--reason", "new disk", "--by", "ann")

    def held_all() -> dict[str, Any] | None:
        """What was free is a holder's from its start on, and seen to be once it lives."""
        told = small.node(node_id)
        return told if told["cpus_used"] == 0 and small.holders() else None

    told = until(held_all, "what was free held", LATE)
    assert (told["state"], told["by"], told["reason"], told["role"]) == ("cordoned", "ann", "new disk", "worker")
    assert (told["cpus_used"], told["gpus_used"], told["gpus"]) == (0, 1, 1)
    assert told["replicas"]["Orchestrator"] == len([one for one in before if one.deployment == ORCHESTRATOR])

    # They have what was free; those that wait for what replicas have are no processes yet.
    assert 1 <= len(small.holders()) <= 2  # CPUs, and the right to run the application

    # Load: as many tasks as bring all orchestrators there may be.
    small.service.barrier("layout").touch()
    task_ids = [small.service.create(BODY | {"seed": seed}) for seed in range(MANY * AT_ONCE)]
    until(lambda: len(small.running(ORCHESTRATOR)) == MANY, "as many orchestrators as there may be", LONG)
    until(lambda: small.at_work(task_ids, node_id), "a task at work on the cordoned node")
    assert small.on(node_id) == before
    small.service.barrier("layout").unlink()
    small.complete(task_ids)

    # What becomes free there is taken, or taken back, from replicas that wait for any GPU. Serve spreads these, so that
    # of three at least one waits in this worker's own queue.
    small.application.deploy("first", (probes(2 + WAITING),))
    until(lambda: len(small.replicas(PROBE)) == 2 + WAITING, "those that wait")
    held = small.holders()
    (probed,) = (replica for replica in before if replica.deployment == PROBE)
    assert probed.pid is not None
    os.kill(probed.pid, signal.SIGKILL)
    until(lambda: small.holders() - held, "the GPU held", LATE)
    until(
        lambda: len([one for one in small.replicas(PROBE) if one.node_id is None]) == WAITING + 1, "all that wait", LATE
    )
    assert small.on(node_id) == before - {probed}

    small.does("resume", node_id)
    until(lambda: PROBE in {replica.deployment for replica in small.on(node_id)}, "the node used again")
    until(lambda: not small.holders(), "the end of what held it")


def test_status_tells_of_the_cluster_that_is_named(small: Small) -> None:
    token = ("--token-file", str(small.cluster.paths.token))
    node_id = busiest(small)
    small.does("cordon", node_id)

    def answered() -> dict[str, Any] | None:
        told = small.status("--json", "--address", small.cluster.address, *token)
        status = dict(json.loads(told.stdout))
        rows = status["deployments"] or ()
        whole = status["problems"] == [] and all(row["running"] == row["wanted"] for row in rows)
        return status if told.returncode == 0 and whole else None

    status = until(answered, "an answer of every part")
    small.does("resume", node_id)
    assert status["pid"] is None
    deployments = {row["name"]: row for row in status["deployments"]}
    assert deployments.keys() == {"Api", "Ingress", "Orchestrator", "OutboxRelay", "TextReader"}
    assert deployments["Api"] | {"name": ""} == {
        "name": "", "status": "HEALTHY", "wanted": 1, "running": 1, "starting": 0, "stopping": 0
    }  # fmt: skip
    nodes = {node["node_id"]: node for node in status["nodes"]}
    assert nodes.keys() == {*small.workers(), status["nodes"][0]["node_id"]}
    assert [(node["role"], node["type"]) for node in status["nodes"]][1:] == [("worker", "worker")] * 2
    assert {known for known, node in nodes.items() if node["state"] == "cordoned"} == {node_id}
    assert (nodes[node_id]["cpus"], nodes[node_id]["gpus"]) == (2, 1)
    assert status["queue"]["waiting"] == 0 and status["usage"] is not None

    # By its dashboard, which tells no nodes; and to nobody without the token.
    dashboard = ("--address", small.cluster.dashboard.url)
    said = small.status(*dashboard, *token)
    assert said.returncode == 0
    assert "HEALTHY" in said.stdout and "no answer      nodes: " in said.stdout
    refused = small.status(*dashboard)
    assert refused.returncode == 1
    assert "give the cluster's with --token-file" in refused.stdout and "HEALTHY" not in refused.stdout


def test_a_node_is_drained_under_load_and_no_work_is_lost(small: Small) -> None:
    small.application.deploy("first")
    small.application.wait()
    until(lambda: not small.replicas(PROBE), "GPUs free")
    small.service.barrier("layout").touch()
    task_ids = [small.service.create(BODY | {"seed": seed}) for seed in range(4)]
    node_id = until(
        lambda: next((known for known in small.workers() if small.at_work(task_ids, known)), None), "work on a worker"
    )
    small.does("drain", node_id, "--wait")
    until(lambda: not small.on(node_id), "no replica on the node")
    small.service.barrier("layout").unlink()
    small.complete(task_ids)
    until(lambda: node_id not in small.workers(), "the drained node's end", LONG)
