"""QueueDatabase over SQL sessions, whichever the server."""

from collections.abc import Sequence

from typing_extensions import override

from storage.database import outbox
from storage.database.queue_base import Band, ClaimedTasks, Publication, QueueDatabase
from storage.database.sessions import Transactions


class SqlQueueMethods(Transactions, QueueDatabase):
    """What is the same for every SQL adapter."""

    @override
    def reserve_publications(
        self, bands: Sequence[Band], window: int, lost_after_seconds: float
    ) -> dict[Band, list[Publication]]:
        args = bands, window, lost_after_seconds
        # Asked many times a second, so the write lock is taken for something only.
        if not self._read(lambda session: outbox.anything_to_reserve(session, *args, self._now())):
            return {}
        return self._write(lambda session: outbox.reserve(session, *args, self._now()))

    @override
    def return_publications(self, task_ids: Sequence[str]) -> None:
        self._write(lambda session: outbox.give_back(session, task_ids))

    @override
    def confirm_publications(self, task_ids: Sequence[str]) -> None:
        self._write(lambda session: outbox.confirm(session, task_ids, self._now()))

    @override
    def claim_tasks(self, task_ids: Sequence[str], owner: str, limit: int, lease_seconds: float) -> ClaimedTasks:
        return self._write(
            lambda session: outbox.claim_tasks(session, task_ids, owner, limit, lease_seconds, self._now())
        )

    @override
    def fail_unstarted(self, longest_seconds: float) -> list[str]:
        if not self._read(lambda session: outbox.any_unstarted(session, longest_seconds, self._now())):
            return []
        return self._write(lambda session: outbox.fail_unstarted(session, longest_seconds, self._now()))
