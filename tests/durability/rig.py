"""A service whose parts are killed while work is in flight, and what must be true of every task afterwards."""

import json
import os
import re
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from cluster.paths import ServicePaths
from cluster.state import ServiceState, process_start
from storage.database.sqlite import SqliteDatabase
from storage.documents.task import Task
from tests.stack.conftest import Service
from tests.stack.test_listeners import processes

ResultT = TypeVar("ResultT")
LEASE_SECONDS = 4
DRAIN_SECONDS = 3
SOON, LATE = 60.0, 120.0
HELD_STEPS = ("intent", "layout", "background", "elements", "picture", "review", "read")
BODY: dict[str, Any] = {
    "prompt": "社区读书会 11月28日 14:00 城市书房",
    "size": {"width": 360, "height": 640},
    "seed": 9,
}


def until(condition: Callable[[], ResultT | None], what: str, seconds: float = SOON) -> ResultT:
    """What the condition says once it says something true; fails naming what was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


class HeldService(Service):
    """Short leases, a journal, and a barrier in front of each step."""

    @property
    def journal(self) -> Path:
        return self.data / "journal.jsonl"

    def barrier(self, step: str) -> Path:
        return self.data / f"hold-{step}"

    def environment(self) -> dict[str, str]:
        return super().environment() | {
            "DESIGN_AGENT_LEASE_SECONDS": str(LEASE_SECONDS),
            "DESIGN_AGENT_DRAIN_SECONDS": str(DRAIN_SECONDS),
            "DESIGN_AGENT_RELAY_POLL_SECONDS": "0.3",
            "DESIGN_AGENT_JOURNAL": str(self.journal),
            "DESIGN_AGENT_BARRIER": ",".join(f"{step}:{self.barrier(step)}" for step in HELD_STEPS),
        }

    def up(self) -> None:
        done = self.agent("up")
        assert done.returncode == 0, done.stdout + done.stderr

    def state(self) -> ServiceState:
        state = ServiceState.read(ServicePaths(self.data).state)
        assert state is not None
        return state

    def lines(self) -> list[dict[str, Any]]:
        """The journal so far."""
        if not self.journal.exists():
            return []
        return [json.loads(line) for line in self.journal.read_text().splitlines()]

    def pids(self, part: str) -> list[int]:
        """Living processes of a deployment, or of the ServeController."""
        title = re.compile(rf"ray::(ServeReplica:[^:]+:)?{part}\b")
        found = []
        for pid in processes(self.state().pid):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if title.match(command) and process_start(pid) is not None:
                found.append(pid)
        return found

    def kill(self, part: str) -> None:
        """SIGKILL the part's one process, and see it dead."""
        (pid,) = until(lambda: self.pids(part), f"a process of {part}")
        self.kill_process(pid)

    def kill_process(self, pid: int) -> None:
        born = process_start(pid)
        os.kill(pid, signal.SIGKILL)
        until(lambda: process_start(pid) != born, f"the death of {pid}")


@dataclass
class Stream:
    """Follows a task over WebSocket in a thread; after a break it comes back with the last number it saw."""

    service: Service
    task_id: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()
        until(lambda: self.messages, "the stream's snapshot")

    def ended(self) -> list[dict[str, Any]]:
        """The events, once the stream is over."""
        self._thread.join(LATE)
        assert not self._thread.is_alive(), f"the stream of {self.task_id} did not end"
        return [message for message in self.messages if message["type"] != "snapshot"]

    def _follow(self) -> None:
        deadline = time.monotonic() + LATE
        while time.monotonic() < deadline:
            seen = max((message["seq"] for message in self.messages), default=0)
            address = f"ws://127.0.0.1:{self.service.port}/api/v1/tasks/{self.task_id}/ws?since={seen}"
            try:
                with connect(address, proxy=None, open_timeout=5) as socket:
                    self.connections += 1
                    for message in socket:
                        self.messages.append(json.loads(message))
                        if self.messages[-1]["type"] == "end":
                            return
            except (OSError, WebSocketException):
                time.sleep(0.1)


@dataclass
class Held:
    """A task that is held inside a step, its stream open; both are seen before the test goes on."""

    service: HeldService
    step: str

    def __post_init__(self) -> None:
        self.service.barrier(self.step).touch()
        self._before = len(self.service.lines())
        self.task_id = self._create()
        self.stream = Stream(self.service, self.task_id)
        until(lambda: self.starts() > 0, f"work in {self.step}")
        assert not self._of("stored", self.step)

    def starts(self) -> int:
        """How often work in the held step began."""
        return len(self._of("start", self.step)) + len(self._of("run", self.step))

    def let_go(self) -> None:
        self.service.barrier(self.step).unlink()

    def stored_task(self) -> Task:
        """The task as the database has it, whether or not the service runs."""
        database = SqliteDatabase(self.service.data / "design_agent.db")
        try:
            return database.get_task(self.task_id)
        finally:
            database.close()

    def ends(self, status: str) -> list[dict[str, Any]]:
        """The events of a task that ended once, as it should."""
        events = self.stream.ended()
        numbers = [event["seq"] for event in events]
        assert numbers == list(range(1, len(numbers) + 1))
        assert [event["type"] for event in events].count("end") == 1
        assert events[-1]["status"] == status, events[-1]
        return events

    def completes(self, *, attempts: int | None) -> None:
        """The task ends once, with one poster, in so many attempts, and no step ran again after it was stored."""
        events = self.ends("completed")
        assert attempts in {None, events[-1]["attempt"]}
        posters = self.service.get("/api/v1/posters", params={"task_id": self.task_id})["items"]
        assert len(posters) == 1
        self._check_journal(one_lost=attempts is not None)

    def _check_journal(self, *, one_lost: bool) -> None:
        """No stored step ran again; if only the held one could be lost, no other began twice."""
        done = set()
        for line in self._mine():
            if line["event"] == "stored":
                done.add(line["key"])
            elif line["event"] == "start":
                assert line["key"] not in done, line
        starts = Counter(line["key"] for line in self._of("start"))
        stored = Counter(line["key"] for line in self._of("stored"))
        assert set(stored) == set(starts)
        assert {"intent", "layout", "background", "elements", "picture", "review"} <= {
            key.split("/")[2] for key in stored
        }
        in_flight = "review" if self.step == "read" else self.step
        for key, times in starts.items():
            # What was in flight when its process died may run once more.
            assert not one_lost or times <= (2 if key.split("/")[2] == in_flight else 1), key
        for engine, step in (("understand", "intent"), ("paint", "background")):
            assert len(self._of("run", engine)) <= len(self._of("start", step))

    def _of(self, event: str, step: str | None = None) -> list[dict[str, Any]]:
        return [line for line in self._mine() if line["event"] == event and step in {line["step"], None}]

    def _mine(self) -> list[dict[str, Any]]:
        # A model replica does not know whose picture it reads: only this task is at work.
        return [line for line in self.service.lines()[self._before :] if line["task"] in {self.task_id, None}]

    def _create(self) -> str:
        headers = {"Idempotency-Key": uuid.uuid4().hex}

        def create() -> str | None:
            try:
                answer = httpx.post(f"{self.service.url}/api/v1/tasks", json=BODY, headers=headers, timeout=10)
            except httpx.HTTPError:
                return None
            return str(answer.json()["data"]["id"]) if answer.status_code == 200 else None

        return until(create, "a task created")
