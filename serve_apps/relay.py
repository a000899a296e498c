"""Deployment of the outbox relay: puts tasks back into the queue whose lease ran out, fails forgotten external ones.

With the embedded queue the outbox is the queue, so there is nothing to publish.
"""

import threading

import structlog

from configs.settings import get_settings
from serve_apps.logs import configure_logging
from storage.factory import open_database

log = structlog.get_logger()


class OutboxRelay:
    """A loop of its own; it gets no requests."""

    def __init__(self) -> None:
        self._settings = settings = get_settings()
        configure_logging(settings.log_level)
        self._database = open_database(settings)
        self._stop = threading.Event()
        threading.Thread(target=self._run, name="relay", daemon=True).start()

    def _run(self) -> None:
        while not self._stop.wait(self._settings.relay_poll_seconds):
            try:
                for task_id in self._database.requeue_lapsed(self._settings.max_attempts):
                    log.warning("lease ran out; task queued again", task_id=task_id)
                for task_id in self._database.sweep():
                    log.warning("nobody completed an external task; failed", task_id=task_id)
            except Exception:
                log.exception("relay round failed; it goes on")

    def __del__(self) -> None:
        self._stop.set()
