"""The product on a cluster of several nodes: tiny SDXL on logical GPUs, one node for each replica."""

import fcntl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from cluster.client import Client
from cluster.jobs.prepare import prepare
from cluster.lifecycle import members
from cluster.multinode.application import TINY_MODELS, ClusterApplication
from cluster.multinode.config import NodeType
from cluster.multinode.head import MultinodeCluster
from cluster.multinode.timeline import Sample, Timeline
from configs.settings import Settings
from serve_apps.api.deployment import APP_NAME
from tests.durability.rig import HeldService, until
from tests.serving import free_port

MODEL, READER = "ImageModel", "TextReader"
LONG = 360.0
MOST = 3
GPU_NODE = NodeType("gpu-worker", "sdxl", cpus=1, gpus=1, most=MOST)
SETTINGS = TINY_MODELS | {
    "READER_MAX_REPLICAS": "2",
    "READER_THREADS": "1",
    "SCALE_DOWN_SECONDS": "12",
    # Long enough to be killed in the middle.
    "IMAGE_STEPS": "200",
}


@dataclass(frozen=True)
class Pool:
    """A running cluster and the application on it."""

    cluster: MultinodeCluster
    application: ClusterApplication
    service: HeldService

    def client(self) -> Client:
        return Client(self.application.url, api_key="")

    def timeline(self) -> Timeline:
        return Timeline(self.cluster.dashboard, APP_NAME)

    def replicas(self, deployment: str) -> set[int]:
        """Pids of its living replicas."""
        return set(self.cluster.pids(rf"ray::ServeReplica:{APP_NAME}:{deployment}\b"))


def sees(timeline: Timeline, condition: Callable[[Sample], bool], what: str, seconds: float = LONG) -> None:
    """Return once the newest sample says so."""
    until(lambda: timeline.samples and condition(timeline.samples[-1]), what, seconds)


def at_rest(sample: Sample) -> bool:
    return (sample.gpu_nodes, sample.running(MODEL), sample.wanted(MODEL)) == (0, 0, 0)


@pytest.fixture(scope="package")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No other process of this run has a cluster of several nodes: two of them are too much for two cores."""
    with (tmp_path_factory.getbasetemp().parent / "multinode.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="package")
def pool(alone: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    data = tmp_path_factory.mktemp("multinode")
    service = HeldService(data, free_port(), SETTINGS)
    options = {name: value for name, value in service.environment().items() if name.startswith("DESIGN_AGENT_")}
    prepare(Settings(data=data, port=service.port))
    with MultinodeCluster(data, (GPU_NODE,), options=options) as cluster:
        application = ClusterApplication(cluster.dashboard, service.port)
        application.deploy("first")
        application.wait()
        leader = cluster.leader
        yield Pool(cluster, application, service)
    until(lambda: not members(leader), "the end of every process")
