"""UsageDatabase over SQL sessions, whichever the server."""

from datetime import datetime

from typing_extensions import override

from storage.database import usage
from storage.database.sessions import Transactions
from storage.database.usage_base import UsageDatabase
from storage.documents.usage import UsageEntry, UsageKind, UsageReport


class SqlUsageMethods(Transactions, UsageDatabase):
    """What is the same for every SQL adapter."""

    @override
    def append_usage(self, task_id: str, attempt: int, entry: UsageEntry) -> bool:
        return self._write(lambda session: usage.append(session, task_id, attempt, entry, self._now()))

    @override
    def append_bulk_usage(self, row_id: str, user_id: str, entry: UsageEntry) -> bool:
        return self._write(lambda session: usage.append_bulk(session, row_id, user_id, entry, self._now()))

    @override
    def usage(
        self, since: datetime, until: datetime, by: UsageKind, user_id: str | None = None,
        task_id: str | None = None, limit: int = 100,
    ) -> UsageReport:  # fmt: skip
        return self._read(lambda session: usage.report(session, since, until, by, user_id, task_id, limit))
