"""The embedded adapter: the outbox table is the queue."""

from typing_extensions import override

from storage.database.base import Claim, Database
from storage.queue.base import TaskQueue


class OutboxQueue(TaskQueue):
    """Takes straight from the outbox, so accepting a task and queueing it are one transaction with nothing to relay."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    def take(self, owner: str, limit: int, lease_seconds: float) -> list[Claim]:
        return self._database.claim(owner, limit, lease_seconds)

    @override
    def backlog(self) -> int:
        return self._database.backlog()

    @override
    def close(self) -> None:
        return
