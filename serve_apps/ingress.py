"""Deployment of the ingress: claims queued tasks and hands them to the orchestrator.

Fixed replicas and a thread of its own: it gets no requests, so autoscaling by requests means nothing for it.
"""

import atexit
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from ray.serve.handle import DeploymentHandle

from configs.settings import get_settings
from serve_apps.execution import give_back
from serve_apps.logs import configure_logging
from storage.database.base import Claim
from storage.errors import UnavailableError
from storage.factory import open_database, open_queue

log = structlog.get_logger()
CALL_SECONDS = 10.0
STALE_HEARTBEAT_SECONDS = 30.0
REVIEW_EVERY_SECONDS = 0.5
# A round of its loop, the last commit, and what a leader of the consumer group waits before it goes.
LEAVE_SECONDS = 8.0
# Alone at the end of a process nobody waits behind it, but for whoever sends SIGKILL after SIGTERM.
LAST_SECONDS = 15.0
# One replica has room; a call goes to any of them.
OFFERS = 8


class Ingress:
    """Claim, then hand over: the work itself happens elsewhere, under the lease."""

    def __init__(self, orchestrator: DeploymentHandle[Any]) -> None:
        self._settings = settings = get_settings()
        configure_logging(settings.log_level)
        self._orchestrator = orchestrator
        self._database = open_database(settings)
        self._queue = open_queue(settings, self._database)
        self._owner = f"{settings.service_name}/ingress-{uuid.uuid4().hex[:8]}"
        self._stop = threading.Event()
        self._heartbeat = time.monotonic()
        self._next_review = 0.0
        self._thread = threading.Thread(target=self._run, name="ingress", daemon=True)
        self._thread.start()
        # A process that is told to end by SIGTERM ends by SystemExit, and nobody calls __del__.
        atexit.register(self._leave, LAST_SECONDS)

    def check_health(self) -> None:
        """Serve replaces a replica whose loop stands still. Raises RuntimeError then."""
        if time.monotonic() - self._heartbeat > STALE_HEARTBEAT_SECONDS:
            raise RuntimeError("the ingress loop stands still")

    def _run(self) -> None:
        while not self._stop.is_set():
            self._heartbeat = time.monotonic()
            # Apart: an edited poster is reviewed while the queue is away.
            busy = self._attempt(self._hand_over)
            self._attempt(self._ask_for_reviews)
            if not busy:
                self._stop.wait(self._settings.queue_poll_seconds)
        # Without a goodbye the others would wait for this consumer's session to end.
        self._queue.close()
        log.info("ingress left", owner=self._owner)

    def _attempt(self, action: Callable[[], bool]) -> bool:
        try:
            done = action()
        except UnavailableError as error:
            log.warning("ingress waits", reason=error.message)
        except Exception:
            log.exception("ingress round failed; it goes on")
        else:
            return done
        self._stop.wait(1.0)
        return False

    def _hand_over(self) -> bool:
        # Asked in every round: a consumer that does not ask leaves its group.
        if not self._queue.ready(self._settings.queue_poll_seconds):
            return True  # It has waited already.
        room: int = self._orchestrator.capacity.remote().result(timeout_s=CALL_SECONDS)
        if room <= 0:
            return False
        claims = self._queue.take(self._owner, room, self._settings.lease_seconds)
        started = [self._start(claim) for claim in claims]
        return bool(started) and all(started)

    def _start(self, claim: Claim) -> bool:
        taken = False
        try:
            taken = any(self._offer(claim) for _ in range(OFFERS))
        except Exception:
            # Should it have been taken nevertheless, the fence stops that worker.
            log.exception("hand-over failed", task_id=claim.task_id)
        if not taken:
            give_back(self._database, claim.task_id, claim.attempt)
        return taken

    def _offer(self, claim: Claim) -> bool:
        taken: bool = self._orchestrator.start.remote(claim.task_id, claim.attempt).result(timeout_s=CALL_SECONDS)
        return taken

    def _ask_for_reviews(self) -> bool:
        now = time.monotonic()
        if now < self._next_review:
            return False
        self._next_review = now + REVIEW_EVERY_SECONDS
        for poster_id, version in self._database.pending_reviews():
            self._orchestrator.review.remote(poster_id, version).result(timeout_s=CALL_SECONDS)
        return True

    def __del__(self) -> None:
        # Serve calls it when it stops a replica, and for one whose constructor failed, too.
        if hasattr(self, "_thread"):
            atexit.unregister(self._leave)
            self._leave(LEAVE_SECONDS)

    def _leave(self, seconds: float) -> None:
        """Take no more, commit what is claimed, say goodbye."""
        self._stop.set()
        self._thread.join(seconds)
