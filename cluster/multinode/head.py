"""A head node in a session of its own, its autoscaler, and the worker nodes that this one starts."""

import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cluster.errors import ServiceError
from cluster.lifecycle import end_session, members
from cluster.multinode.config import APP_PLACE, NodeType, autoscaling_config, environment
from cluster.multinode.dashboard import Dashboard
from cluster.paths import ServicePaths
from cluster.ports import free_port
from cluster.ray_environment import ray_environment
from cluster.ray_start import NodeTooSlow, gave_up

START_SECONDS = 120.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.1
UPDATE_SECONDS = 1
PR_SET_PDEATHSIG = 1
LOOPBACK = "127.0.0.1"
RAY = Path(sys.executable).parent / "ray"


@dataclass
class MultinodeCluster:
    """A context: the cluster runs while it is open. ``options``: variables of all its processes.

    Everything is under ``data``, but for Ray's session folder, whose path must be short.
    """

    data: Path
    workers: tuple[NodeType, ...]
    head_cpus: int = 2
    idle_seconds: float = 5.0
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.paths = ServicePaths(self.data)
        self.log = self.data / "multinode.log"
        self._dashboard_port = free_port()
        self.dashboard = Dashboard(
            f"http://{LOOPBACK}:{self._dashboard_port}", self.paths.ensure_token().read_text().strip()
        )
        self.metrics_port = free_port()
        self._gcs_port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Of Ray's GCS."""
        return f"{LOOPBACK}:{self._gcs_port}"

    def environment(self) -> dict[str, str]:
        """Of every process of the cluster, and of a driver of it: nothing of the caller's own Ray or service."""
        return node_environment(self.paths, self.data, self.options)

    def __enter__(self) -> Self:
        """Return once the head answers. Raises ServiceError with the end of its log."""
        config = self.data / "autoscaling.json"
        config.write_text(
            json.dumps(autoscaling_config(self.address, self.head_cpus, self.workers, self.idle_seconds), indent=2)
        )
        try:
            try:
                self._start(config)
            except NodeTooSlow:
                self.close()
                self._start(config)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process of the cluster, and nobody else's."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        end_session(self._process.pid)
        self._process.wait()
        self._process = None
        with contextlib.suppress(OSError, shutil.Error):
            shutil.copytree(self.paths.ray / "session_latest" / "logs", self.data / "ray_logs", dirs_exist_ok=True)
        shutil.rmtree(self.paths.ray, ignore_errors=True)

    @property
    def leader(self) -> int:
        """Pid of the process that leads the session of all of them."""
        assert self._process is not None
        return self._process.pid

    def node_of(self, pid: int) -> str:
        """Id of the node that a worker process belongs to. Raises KeyError."""
        return {raylet: node_id for node_id, raylet in self._raylets()}[_parent(pid)]

    def kill_node(self, node_id: str) -> None:
        """SIGKILL the node's raylet and its workers, as a machine that is gone."""
        raylet = dict(self._raylets())[node_id]
        for pid in [raylet, *(pid for pid in self._members() if _parent(pid) == raylet)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def pids(self, command: str) -> list[int]:
        """Living processes of the cluster whose command line matches the pattern from its beginning."""
        pattern = re.compile(command)
        return [pid for pid in self._members() if pattern.match(_command(pid))]

    def _raylets(self) -> Iterator[tuple[str, int]]:
        for pid in self._members():
            words = _command(pid).split("\0")
            if not words[0].endswith("/raylet"):
                continue
            named = [word.partition("=")[2] for word in words if word.startswith(("--node_id=", "--node-id="))]
            if named:
                yield named[0], pid

    def _members(self) -> list[int]:
        return members(self._process.pid) if self._process else []

    def _command(self, config: Path) -> list[str]:
        return [
            str(RAY), "start", "--head", "--block", f"--autoscaling-config={config}",
            f"--port={self._gcs_port}", f"--node-ip-address={LOOPBACK}",
            f"--num-cpus={self.head_cpus}", "--num-gpus=0",
            f"--resources={json.dumps(APP_PLACE)}", f"--object-store-memory={128 * 2**20}",
            "--include-dashboard=true", f"--dashboard-host={LOOPBACK}", f"--dashboard-port={self._dashboard_port}",
            "--dashboard-agent-listen-port=0",
            f"--metrics-export-port={self.metrics_port}", f"--ray-client-server-port={free_port()}",
            "--min-worker-port=0", "--max-worker-port=0", f"--temp-dir={self.paths.ray}",
            "--disable-usage-stats",
        ]  # fmt: skip

    def _start(self, config: Path) -> None:
        metrics = {"AUTOSCALER_METRIC_PORT": str(free_port()), "DASHBOARD_METRIC_PORT": str(free_port())}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(config), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=self.environment() | environment(UPDATE_SECONDS) | metrics, preexec_fn=_end_with_parent,
            )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            if any(node.alive for node in self.dashboard.nodes_or_none() or ()):
                return
            time.sleep(POLL_SECONDS)
        last = self.log.read_text(errors="replace")[-2000:]
        kind = NodeTooSlow if gave_up(last) else ServiceError
        raise kind(f"The head node does not start; see {self.log}. Its last words: {last}")


def node_environment(paths: ServicePaths, data: Path, options: Mapping[str, str]) -> dict[str, str]:
    """Of the processes of a cluster whose data is there: nothing of the caller's own Ray or service."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DESIGN_AGENT_", "RAY_"))}
    own = {
        "DESIGN_AGENT_DATA": str(data.resolve()),
        # A job says "python" and means that of its cluster.
        "PATH": f"{RAY.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
    return clean | ray_environment(paths.token.resolve()) | own | dict(options)


def _end_with_parent() -> None:
    # Whoever was killed takes nothing down; the head ends by itself then, and its nodes with it.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _parent(pid: int) -> int:
    """0 when the process is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
