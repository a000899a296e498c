"""The embedded adapter: a look at the stored events at fixed times."""

from typing_extensions import override

from storage.database.base import Database
from storage.progress.stored import StoredFeed


class PollingFeed(StoredFeed):
    """Polls every ``poll_seconds`` while somebody follows a task."""

    def __init__(self, database: Database, poll_seconds: float) -> None:
        super().__init__(database)
        self._poll_seconds = poll_seconds

    @override
    def _wait(self, hurry: bool) -> None:
        self._wake.wait(self._poll_seconds)
        self._wake.clear()

    @override
    def ping(self) -> None:
        return
