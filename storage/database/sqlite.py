"""The embedded adapter: one SQLite file on one host."""

from collections.abc import Callable
from pathlib import Path

from sqlmodel import Session
from typing_extensions import override

from storage.announcer.base import Announcer
from storage.database.base import Claim
from storage.database.clock import Clock, system_clock
from storage.database.fairness import EQUAL, Fairness
from storage.database.host import HostClaim
from storage.database.sessions import ResultT
from storage.database.sql import SqlDatabase
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
    def close(self) -> None:
        super().close()
        self._host.close()
