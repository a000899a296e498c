"""The adapter for MySQL 8 and MariaDB: many hosts on one server."""

from configs.servers import ServerSettings
from storage.announcer.base import Announcer
from storage.database.clock import Clock, system_clock
from storage.database.fairness import EQUAL, Fairness
from storage.database.mysql_sessions import MysqlSessions
from storage.database.sql import SqlDatabase


class MysqlDatabase(SqlDatabase):
    """Database on the server that ``database_url`` names; thread-safe, and safe for any number of processes and hosts.

    Opening it asks nothing of the server. Raises UnavailableError for a setting that names no database.
    """

    def __init__(
        self, settings: ServerSettings, clock: Clock = system_clock, announcer: Announcer | None = None,
        fairness: Fairness = EQUAL,
    ) -> None:  # fmt: skip
        super().__init__(MysqlSessions(settings), clock, announcer, fairness)
