"""The relay's way from the outbox to the queue, and how far the queue's consumers are behind."""

import threading
import time

import structlog

from configs.settings import Settings
from serve_apps.metrics import QUEUE_LAG, TASKS_WAITING
from storage.database.base import Database
from storage.errors import UnavailableError
from storage.factory import open_publisher, open_queue

log = structlog.get_logger()
AGAIN_SECONDS = 1.0
MEASURE_EVERY_SECONDS = 10.0


class Publishing:
    """Two loops of their own, so that a broker that does not answer holds up nothing else of the relay."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._poll_seconds = settings.kafka_publish_seconds
        self._publisher = open_publisher(settings, database)
        self._queue = open_queue(settings, database)
        self._database = database
        self._stop = threading.Event()
        self._publish_thread = threading.Thread(target=self._publish, name="publisher", daemon=True)
        self._measure_thread = threading.Thread(target=self._measure, name="queue-lag", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._publish_thread.start()
        self._measure_thread.start()

    def stop(self) -> None:
        """End both loops; what was not sent is sent by the next relay."""
        self._stop.set()

    def _publish(self) -> None:
        away = False
        while not self._stop.is_set():
            wait = self._poll_seconds
            try:
                if self._publisher.publish():
                    wait = 0.0
                if away:
                    log.info("publishing again")
                away = False
            except UnavailableError as error:
                if not away:
                    log.warning("nothing is published; tried again every second", reason=error.message)
                away, wait = True, AGAIN_SECONDS
            except Exception:
                log.exception("publishing failed; it goes on")
                wait = AGAIN_SECONDS
            self._stop.wait(wait)
        self._publisher.close()

    def _measure(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                TASKS_WAITING.set(self._database.backlog())
                for topic, records in self._queue.lag().items():
                    QUEUE_LAG.set(records, {"topic": topic})
            except UnavailableError as error:
                log.info("lag not measured", reason=error.message)
            except Exception:
                log.exception("lag not measured; it goes on")
            self._stop.wait(max(0.0, began + MEASURE_EVERY_SECONDS - time.monotonic()))
        self._queue.close()
