"""A service to be broken on purpose: its parts by their processes, its steps by barriers."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from cluster.jobs.own_service import OwnService
from cluster.lifecycle import end_session, members
from cluster.paths import ServicePaths
from cluster.plain_http import NO_TLS
from cluster.ray_environment import ray_environment
from cluster.state import ServiceState, process_start
from configs.settings import Settings
from storage.database.base import Database
from storage.factory import open_database

ResultT = TypeVar("ResultT")
PARTS = ("Orchestrator", "Ingress", "Api", "TextReader", "OutboxRelay", "ServeController")
HELD_STEPS = ("intent", "layout", "background", "elements", "picture", "review", "read")
# Shorter, and a machine that is busy for some seconds loses leases and calls that nothing happened to.
LEASE_SECONDS, DRAIN_SECONDS, READER_SECONDS = 20, 15, 300
# For a busy machine; what hangs, hangs for ever.
SOON, LATE = 180.0, 360.0
POLL_SECONDS = 0.05
BODY: dict[str, Any] = {
    "prompt": "社区读书会 11月28日 14:00 城市书房",
    "size": {"width": 360, "height": 640},
    "seed": 9,
}


def until(
    condition: Callable[[], ResultT | None], what: str, seconds: float = SOON, every: float = POLL_SECONDS
) -> ResultT:
    """What the condition says once it says something true; who gives no answer says nothing yet.

    ``seconds``: how long it is asked, ``every`` so often. Raises TimeoutError naming what was waited for.
    """
    deadline = time.monotonic() + seconds
    last: httpx.HTTPError | None = None
    while time.monotonic() < deadline:
        try:
            if found := condition():
                return found
        except httpx.HTTPError as error:
            last = error
        time.sleep(every)
    raise TimeoutError(f"{what}: not within {seconds:.0f} s") from last


@dataclass(frozen=True)
class BrokenService(OwnService):
    """One whose parts can be killed."""

    def redeploy(self) -> "subprocess.Popen[bytes]":
        """Run the application over itself; returns at once."""
        paths = ServicePaths(self.data)
        port = next(paths.ray.glob("session_latest/gcs_server_port_*")).read_text()
        return subprocess.Popen(
            [sys.executable, "-m", "cluster.jobs.redeploy", f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL,
            env=self.environment() | ray_environment(paths.token), cwd=Path(__file__).parents[2],
        )  # fmt: skip

    def create(self, body: dict[str, Any]) -> str:
        """Id of a task, asked for until the service takes it, with one Idempotency-Key."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}

        def create() -> str | None:
            try:
                answer = httpx.post(f"{self.url}/api/v1/tasks", json=body, headers=headers, timeout=20, verify=NO_TLS)
            except httpx.HTTPError:
                return None
            return str(answer.json()["data"]["id"]) if answer.status_code == 200 else None

        return until(create, "a task created", LATE)

    def open_database(self) -> Database:
        """The database, whether or not the service runs."""
        return open_database(self.settings())

    def settings(self) -> Settings:
        """What its processes are told, as far as the options say it."""
        named = {name.lower(): value for name, value in self.options.items()}
        return Settings.model_validate(named | {"data": self.data, "port": self.port})

    def state(self) -> ServiceState:
        """Of the running service. Raises RuntimeError if there is none."""
        state = ServiceState.read(ServicePaths(self.data).state)
        if state is None:
            raise RuntimeError("no service runs")
        return state

    def pids(self, part: str) -> list[int]:
        """Living processes of a deployment, or of the ServeController."""
        title = re.compile(rf"ray::(ServeReplica:[^:]+:)?{part}\b")
        return [pid for pid in members(self.state().pid) if title.match(_command(pid))]

    def kill(self, part: str) -> None:
        """SIGKILL a process of the part, and see it dead."""
        self.kill_process(until(lambda: self.pids(part), f"a process of {part}")[0])

    def kill_process(self, pid: int) -> None:
        """SIGKILL it, and see it dead."""
        born = process_start(pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        until(lambda: process_start(pid) != born, f"the death of {pid}")

    def kill_all(self) -> None:
        """SIGKILL every process of the service; they are stopped first, so that none sees another one die."""
        head = self.state().pid
        for pid in members(head):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        end_session(head)
        until(lambda: not members(head), "the death of every process")


class HeldService(BrokenService):
    """Leases of seconds, a journal, and a barrier in front of each step."""

    @property
    def journal(self) -> Path:
        """Outside the database, so that a repeat is seen."""
        return self.data / "journal.jsonl"

    def barrier(self, step: str) -> Path:
        """The file that holds a step while it exists."""
        return self.data / f"hold-{step}"

    def environment(self) -> dict[str, str]:  # noqa: D102 - as the base's
        return {
            "DESIGN_AGENT_LEASE_SECONDS": str(LEASE_SECONDS),
            "DESIGN_AGENT_DRAIN_SECONDS": str(DRAIN_SECONDS),
            "DESIGN_AGENT_READER_SECONDS": str(READER_SECONDS),
            "DESIGN_AGENT_RELAY_POLL_SECONDS": "0.3",
            "DESIGN_AGENT_SWEEP_SECONDS": "1",
            "DESIGN_AGENT_JOURNAL": str(self.journal),
            "DESIGN_AGENT_BARRIER": ",".join(f"{step}:{self.barrier(step)}" for step in HELD_STEPS),
        } | super().environment()

    def lines(self) -> list[dict[str, Any]]:
        """The journal so far, but for a line that is being written."""
        if not self.journal.exists():
            return []
        return [json.loads(line) for line in self.journal.read_text().split("\n")[:-1]]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
