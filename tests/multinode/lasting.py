"""A cluster whose head may die: Ray's state is in a Redis, and another head finds it there."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cluster.jobs.faults import until
from cluster.lifecycle import end_session, members
from cluster.multinode.config import APP_PLACE
from cluster.multinode.dashboard import Dashboard
from cluster.multinode.head import RAY, node_environment
from cluster.paths import ServicePaths
from cluster.ports import free_port
from tests.servers.valkey import Valkey

LOOPBACK = "127.0.0.1"


@dataclass
class LastingCluster:
    """A head on which nothing runs, as in ``configs/kubernetes``, and a node for the application."""

    data: Path
    redis: Valkey
    options: Mapping[str, str]
    _heads: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    _nodes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.paths = ServicePaths(self.data)
        self._gcs, self._dashboard = free_port(), free_port()
        token = self.paths.ensure_token().read_text().strip()
        self.dashboard = Dashboard(f"http://{LOOPBACK}:{self._dashboard}", token)

    def start_head(self) -> None:
        """Return once its dashboard answers."""
        # Another machine has none; here Ray would take the node that is left for a cluster of its own.
        (self.paths.ray / "ray_current_cluster").unlink(missing_ok=True)
        self._heads.append(self._spawn(
            {"RAY_REDIS_ADDRESS": f"{LOOPBACK}:{self.redis.port}", "RAY_external_storage_namespace": "design-agent"},
            "--head", f"--port={self._gcs}", "--num-cpus=0", f"--redis-password={self.redis.password}",
            "--include-dashboard=true", f"--dashboard-host={LOOPBACK}", f"--dashboard-port={self._dashboard}",
            "--dashboard-agent-listen-port=0", f"--ray-client-server-port={free_port()}",
            f"--temp-dir={self.paths.ray}",
        ))  # fmt: skip
        until(lambda: any(node.alive for node in self.dashboard.nodes_or_none() or ()), "the head")

    def start_node(self, cpus: int) -> None:
        """Return once it has joined."""
        self._nodes.append(self._spawn(
            {}, f"--address={LOOPBACK}:{self._gcs}", f"--num-cpus={cpus}", f"--resources={json.dumps(APP_PLACE)}",
            "--dashboard-agent-listen-port=0",
        ))  # fmt: skip
        until(lambda: self.living() == 2, "the node")

    def living(self) -> int:
        """Nodes that the head knows to live."""
        return sum(node.alive for node in self.dashboard.nodes_or_none() or ())

    def kill_head(self) -> None:
        """SIGKILL each of its processes, as of a machine that is gone."""
        head = self._heads[-1]
        end_session(head.pid)
        head.wait()

    def close(self) -> None:
        """End every process, and nobody else's."""
        for process in (*self._nodes, *self._heads):
            end_session(process.pid)
            process.wait()

    def left(self) -> list[int]:
        """Its living processes."""
        return [pid for process in (*self._nodes, *self._heads) for pid in members(process.pid)]

    def _spawn(self, more: Mapping[str, str], *arguments: str) -> "subprocess.Popen[bytes]":
        # A node waits so long for a head.
        patient = {"RAY_gcs_rpc_server_reconnect_timeout_s": "600"}
        environment = node_environment(self.paths, self.data, self.options) | patient | dict(more)
        with (self.data / "lasting.log").open("ab") as log:
            return subprocess.Popen(
                [str(RAY), "start", "--block", f"--node-ip-address={LOOPBACK}", "--num-gpus=0",
                 f"--object-store-memory={128 * 2**20}", "--min-worker-port=0", "--max-worker-port=0",
                 f"--metrics-export-port={free_port()}", "--disable-usage-stats", *arguments],
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
