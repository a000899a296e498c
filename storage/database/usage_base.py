"""The part of the database port that tells what engines took."""

from abc import ABC, abstractmethod
from datetime import datetime

from storage.documents.usage import UsageEntry, UsageKind, UsageReport


class UsageDatabase(ABC):
    """Every method is one transaction."""

    @abstractmethod
    def append_usage(self, task_id: str, attempt: int, entry: UsageEntry) -> bool:
        """Add what a stored step took; False, and nothing done, when the ledger has the step already.

        Also of a task that ended meanwhile: the engine worked all the same. Raises TaskNotFound; StaleAttempt for an
        attempt that is not the newest: that one finds the stored step and adds it.
        """

    @abstractmethod
    def append_bulk_usage(self, row_id: str, user_id: str, entry: UsageEntry) -> bool:
        """Add what a step of a bulk run's row took, which is no task; False when the ledger has the step already."""

    @abstractmethod
    def usage(
        self, since: datetime, until: datetime, by: UsageKind, user_id: str | None = None,
        task_id: str | None = None, limit: int = 100,
    ) -> UsageReport:  # fmt: skip
        """Sums of the entries from ``since`` on and before ``until``; deleted tasks are among them."""
