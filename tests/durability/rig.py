"""A held task with its stream open, and what must be true of it afterwards."""

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from cluster.jobs.faults import BODY, HELD_STEPS, LATE, HeldService, until
from cluster.jobs.held import HeldTask, Outcome
from cluster.paths import ServicePaths

__all__ = ["BODY", "HELD_STEPS", "Held", "HeldService", "Stream", "said", "until"]


def said(service: HeldService, event: str, task_id: str) -> bool:
    """Whether an orchestrator logged an event of the task that begins like this."""
    logs = ServicePaths(service.data).ray.glob("session_latest/logs/serve/replica_*Orchestrator*")
    lines = [line for path in logs if path.is_file() for line in path.read_text(errors="replace").splitlines()]
    return any(f'"event": "{event}' in line and task_id in line for line in lines)


@dataclass
class Stream:
    """Follows a task over WebSocket in a thread; after a break it comes back with the last number it saw."""

    service: HeldService
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


class Held(HeldTask):
    """Its stream is open before the test goes on."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.stream = Stream(self.service, self.task_id)

    def ends(self, status: str) -> Outcome:
        """What came of a task that ended as it should, and was told so on its stream."""
        events = self.stream.ended()
        numbers = [event["seq"] for event in events]
        assert numbers == list(range(1, len(numbers) + 1))
        outcome = self.outcome()
        assert (outcome.broken(status), len(outcome.events)) == ([], len(numbers))
        return outcome

    def completes(self, *, attempts: int | None) -> None:
        """The task ends once, with one poster, in so many attempts, and no step ran again after it was stored."""
        assert attempts in {None, self.ends("completed").attempts}
        self._check_journal(one_lost=attempts is not None)

    def _check_journal(self, *, one_lost: bool) -> None:
        """Every step was journalled; if only the held one could be lost, no other began twice."""
        starts = Counter(line["key"] for line in self.of("start"))
        stored = Counter(line["key"] for line in self.of("stored"))
        assert set(stored) == set(starts)
        assert {"intent", "layout", "background", "elements", "picture", "review"} <= {
            key.split("/")[2] for key in stored
        }
        for key, times in starts.items():
            # What was in flight when its process died may run once more.
            assert not one_lost or times <= (2 if key.split("/")[2] == self.worked_step else 1), key
        for engine, step in (("understand", "intent"), ("paint", "background")):
            assert len(self.of("run", engine)) <= len(self.of("start", step))
