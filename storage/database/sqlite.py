"""The embedded adapter: one SQLite file on one host."""

from collections.abc import Callable
from pathlib import Path

from sqlmodel import Session
from typing_extensions import override

from storage.announcer.base import Announcer
from storage.database import leases
from storage.database.base import Claim
from storage.database.clock import Clock, system_clock
from storage.database.fairness import EQUAL, Fairness
from storage.database.host import HostClaim
from storage.database.sessions import ResultT
from storage.database.sql import SqlDatabase
from storage.database.sqlite_changes import Changes
from storage.database.sqlite_sessions import SqliteSessions
from storage.errors import UnavailableError


class SqliteDatabase(SqlDatabase):
    """Database on the SQLite file at ``path``; thread-safe, and safe for many processes of one host.

    Raises UnavailableError when the folder cannot be used, or another host uses it.
    """

    def __init__(
        self, path: Path, clock: Clock = system_clock, announcer: Announcer | None = None, fairness: Fairness = EQUAL
    ) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._host = HostClaim(path)
        except OSError as error:
            raise UnavailableError(
                f"The data folder {path.parent} cannot be used: {error}.", part="database"
            ) from error
        super().__init__(SqliteSessions(path), clock, announcer, fairness)
        self._changes = Changes(path)
        self._empty: tuple[int, float] | None = None  # the file's version when nothing waited, and until when

    @override
    def _write(self, action: Callable[[Session], ResultT]) -> ResultT:
        self._host.stamp()
        return super()._write(action)

    @override
    def claim(self, owner: str, limit: int, lease_seconds: float) -> list[Claim]:
        # Asking for work that is not there writes nothing, and still shows that this host is at work.
        self._host.stamp()
        return super().claim(owner, limit, lease_seconds)

    @override
    def backlog(self) -> int:
        # An idle ingress asks ten times a second: where nothing has changed and no wait is over, nothing waits.
        version, now = self._changes.version(), self._now()
        if self._empty is not None and self._empty[0] == version and now < self._empty[1]:
            return 0

        def look(session: Session) -> tuple[int, float]:
            count = leases.backlog(session, now)
            return count, now if count else leases.next_due(session)

        count, due = self._read(look)
        self._empty = None if count else (version, due)
        return count

    @override
    def close(self) -> None:
        super().close()
        self._changes.close()
        self._host.close()
