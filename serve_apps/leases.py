"""The leases of tasks at work: renewed while they go on, and given up where a phase takes too long."""

import threading
import time
from dataclasses import dataclass, field

import structlog

from serve_apps.failures import record_failure
from storage.database.backoff import DEFAULT_BACKOFF, Backoff
from storage.database.base import Database
from storage.errors import ConflictError, DesignAgentError, PhaseTimeout

log = structlog.get_logger()


@dataclass(slots=True)
class LeaseKeeper:
    """Renews the leases of the tasks at work; a lost lease is left to the fence to stop.

    A task that stays in one phase for longer than ``phase_seconds`` fails its attempt. Its thread cannot be ended
    from outside, so it counts as ``stuck`` until it comes back by itself or its process is replaced.
    """

    database: Database
    lease_seconds: float
    phase_seconds: float
    max_attempts: int
    backoff: Backoff = DEFAULT_BACKOFF
    _tasks: dict[str, int] = field(default_factory=dict)
    _since: dict[str, float] = field(default_factory=dict)
    _stuck: set[tuple[str, int]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin renewing in a thread of its own."""
        threading.Thread(target=self._run, name="lease-keeper", daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()

    def add(self, task_id: str, attempt: int) -> None:
        """Keep this task's lease."""
        with self._lock:
            self._tasks[task_id] = attempt
            self._since[task_id] = time.monotonic()

    def progressed(self, task_id: str, attempt: int) -> None:
        """The task enters a phase."""
        with self._lock:
            if self._tasks.get(task_id) == attempt:
                self._since[task_id] = time.monotonic()

    def remove(self, task_id: str, attempt: int) -> None:
        """Keep it no longer; a newer attempt's lease stays."""
        with self._lock:
            self._stuck.discard((task_id, attempt))
            if self._tasks.get(task_id) == attempt:
                del self._tasks[task_id], self._since[task_id]

    def held(self) -> dict[str, int]:
        """Task id -> attempt of the leases kept now."""
        with self._lock:
            return dict(self._tasks)

    def stuck(self) -> set[tuple[str, int]]:
        """(task id, attempt) of those whose phase took too long and whose thread has not come back."""
        with self._lock:
            return set(self._stuck)

    def fail_overdue(self) -> None:
        """Fail the attempts whose phase took too long."""
        with self._lock:
            limit = time.monotonic() - self.phase_seconds
            overdue = [(task_id, self._tasks[task_id]) for task_id, since in self._since.items() if since < limit]
        for task_id, attempt in overdue:
            log.error("phase took too long", task_id=task_id, attempt=attempt)
            self.remove(task_id, attempt)
            with self._lock:
                self._stuck.add((task_id, attempt))
            error = PhaseTimeout(f"A phase took longer than {self.phase_seconds:.0f} s.")
            record_failure(self.database, task_id, attempt, error, self.max_attempts, self.backoff)

    def _run(self) -> None:
        while not self._stop.wait(self.lease_seconds / 3):
            for task_id, attempt in self.held().items():
                try:
                    self.database.renew(task_id, attempt, self.lease_seconds)
                except ConflictError:
                    self.remove(task_id, attempt)
                except DesignAgentError:
                    log.exception("lease not renewed", task_id=task_id)
            self.fail_overdue()
