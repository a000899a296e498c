"""Deployment of the outbox relay: what must happen though nobody asks for it.

Tasks whose lease ran out go back into the queue, external ones that were forgotten fail, waiting tasks whose users turn
out dearer than thought move back, what ended tasks left behind when their executor died is cleared, and so are objects
that no row names.

Beside it the outbox is published; with the embedded queue the outbox is the queue, and there is nothing to publish.
"""

import threading
import time

import structlog

from configs.settings import get_settings
from serve_apps.leftovers import sweep
from serve_apps.logs import configure_logging
from serve_apps.orphans import OrphanSweeper
from serve_apps.publishing import Publishing
from serve_apps.watching import ended
from storage.factory import open_checkpointer, open_database, open_objects

log = structlog.get_logger()


class OutboxRelay:
    """A loop of its own; it gets no requests."""

    def __init__(self) -> None:
        self._settings = settings = get_settings()
        configure_logging(settings.log_level)
        self._database = open_database(settings)
        self._objects = open_objects(settings)
        self._checkpointer = open_checkpointer(settings)
        self._orphans = OrphanSweeper(
            self._database, self._objects, settings.orphan_sweep_seconds, settings.orphan_grace_hours * 3600
        )
        self._orphans.start()
        self._publishing = Publishing(settings, self._database)
        self._publishing.start()
        self._next_sweep = time.monotonic()
        self._stop = threading.Event()
        threading.Thread(target=self._run, name="relay", daemon=True).start()

    def _run(self) -> None:
        while not self._stop.wait(self._settings.relay_poll_seconds):
            try:
                for task_id in self._database.requeue_lapsed(self._settings.max_attempts):
                    ended("lapsed")
                    log.warning("lease ran out; task queued again", task_id=task_id)
                for task_id in self._database.sweep():
                    ended("failed")
                    log.warning("nobody completed an external task; failed", task_id=task_id)
                if longest := self._settings.queue_longest_wait_seconds:
                    for task_id in self._database.fail_unstarted(longest):
                        ended("failed")
                        log.warning("no worker took the task in time; failed", task_id=task_id)
                if moved := self._database.rebalance_turns():
                    log.info("waiting tasks moved; their users' tasks cost other than thought", users=moved)
                if time.monotonic() >= self._next_sweep:
                    self._next_sweep = time.monotonic() + self._settings.sweep_seconds
                    for task_id in sweep(self._database, self._objects, self._checkpointer):
                        log.warning("leftovers of an ended task cleared", task_id=task_id)
            except Exception:
                log.exception("relay round failed; it goes on")

    def __del__(self) -> None:
        self._stop.set()
        self._publishing.stop()
        self._orphans.stop()
