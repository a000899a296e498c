"""The way of a task from the outbox to a claim, whatever the adapter."""

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient

from configs.settings import Settings
from storage.database.base import Claim, Database
from storage.errors import UnavailableError
from storage.queue.base import Publisher, TaskQueue
from storage.queue.kafka import KafkaQueue
from storage.queue.kafka_publisher import KafkaPublisher
from storage.queue.kafka_topics import Topics
from storage.queue.outbox import OutboxPublisher, OutboxQueue
from tests.servers.shared import kafka_bootstrap

POLL_SECONDS = 0.02
PATIENCE_SECONDS = 180.0


@dataclass
class Lane:
    """A queue and what fills it."""

    queue: TaskQueue
    publisher: Publisher
    arrived: Callable[[], int]

    def drain(self, owner: str = "worker", limit: int = 10) -> list[Claim]:
        """Publish, and claim until the queue has nothing that is not settled."""
        claims: list[Claim] = []
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(UnavailableError):  # as the ingress: who is not answered in time asks again
                published = self.publisher.publish()
                claims += (taken := self.queue.take(owner, limit, 60))
                if not published and not taken and not any(self.queue.lag().values()):
                    return claims
        raise AssertionError(f"the queue never came to rest: lag {self.queue.lag()}")

    def take(self, count: int, owner: str = "worker", limit: int = 1) -> list[Claim]:
        """Publish, and claim until there are so many."""
        claims: list[Claim] = []
        until(lambda: self._more(claims, owner, limit) >= count)
        return claims

    def _more(self, claims: list[Claim], owner: str, limit: int) -> int:
        with suppress(UnavailableError):
            self.publisher.publish()
            claims += self.queue.take(owner, limit, 60)
        return len(claims)

    def close(self) -> None:
        self.publisher.close()
        self.queue.close()


def until(condition: Callable[[], bool]) -> None:
    """Ask until it is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never became so"
        time.sleep(POLL_SECONDS)


def kafka_settings(folder: Path, bootstrap: str | None = None, **settings: Any) -> Settings:
    """Topics and a group of this folder's own, on the shared broker unless another is named.

    The tests' broker has a group form for half a session.
    """
    prefix = f"test-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    given = {"kafka_partitions": 3, "kafka_session_seconds": 10} | settings
    return Settings(data=folder, kafka_bootstrap=bootstrap or kafka_bootstrap(), kafka_prefix=prefix, **given)


def drop_topics(settings: Settings) -> None:
    """Leave nothing on a broker that outlives the test."""
    topics = Topics.of(settings.kafka_prefix)
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    try:
        admin.delete_topics([name for name in admin.list_topics() if name in {*topics.tasks.values(), topics.dead}])
    finally:
        admin.close()


def outbox_lane(database: Database, folder: Path) -> Lane:
    return Lane(OutboxQueue(database), OutboxPublisher(), database.backlog)


def kafka_lane(database: Database, folder: Path) -> Lane:
    settings = kafka_settings(folder)
    queue = KafkaQueue(database, settings)
    return Lane(queue, KafkaPublisher(database, settings), queue.held)


LANES: dict[str, Callable[[Database, Path], Lane]] = {"outbox": outbox_lane, "kafka": kafka_lane}
