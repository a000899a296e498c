"""The embedded adapter: the outbox table is the queue."""

import time

from typing_extensions import override

from storage.database.base import Claim, Database
from storage.queue.base import Publisher, TaskQueue


class OutboxQueue(TaskQueue):
    """Takes straight from the outbox, so accepting a task and queueing it are one transaction with nothing to relay."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    def ready(self, wait_seconds: float = 0) -> bool:
        if self._database.backlog() > 0:
            return True
        time.sleep(wait_seconds)
        return False

    @override
    def take(self, owner: str, limit: int, lease_seconds: float) -> list[Claim]:
        return self._database.claim(owner, limit, lease_seconds)

    @override
    def ping(self) -> None:
        self._database.ping()

    @override
    def lag(self) -> dict[str, int]:
        return {}

    @override
    def close(self) -> None:
        return


class OutboxPublisher(Publisher):
    """An accepted task is in the queue already."""

    @override
    def publish(self) -> int:
        return 0

    @override
    def close(self) -> None:
        return
