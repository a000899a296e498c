"""The adapters that the contract suites run against: one line each."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from storage.cache.base import Cache
from storage.cache.none import NoCache
from storage.checkpoints.mysql import MysqlCheckpointer
from storage.checkpoints.sqlite import SqliteCheckpointer
from storage.database.base import Database
from storage.database.clock import Clock, system_clock
from storage.database.mysql import MysqlDatabase
from storage.database.sqlite import SqliteDatabase
from storage.objects.base import ObjectStore
from storage.objects.folder import FolderStore
from storage.objects.s3 import S3Store
from storage.progress.base import ProgressFeed
from storage.progress.polling import PollingFeed
from tests.contract import redis_copies
from tests.contract.mysql_databases import lend_bare, settings_of
from tests.servers.buckets import s3_settings

DATABASES: dict[str, Callable[[Path, Clock], Database]] = {
    "sqlite": lambda folder, clock: SqliteDatabase(folder / "test.db", clock),
    "mysql": lambda folder, clock: MysqlDatabase(settings_of(folder), clock),
}
FEEDS: dict[str, Callable[[Database], ProgressFeed]] = {
    "polling": lambda database: PollingFeed(database, poll_seconds=0.005),
    "redis": redis_copies.open_feed,
}
CACHES: dict[str, Callable[[Database], Cache]] = {
    "none": lambda database: NoCache(),
    "redis": redis_copies.open_cache,
}
STORES: dict[str, Callable[[Path], ObjectStore]] = {
    "folder": lambda folder: FolderStore(folder / "objects"),
    "s3": lambda folder: S3Store(s3_settings(folder)),
}
CHECKPOINTERS: dict[str, Callable[[Path], Any]] = {
    "sqlite": lambda folder: SqliteCheckpointer(folder / "test.db"),
    "mysql": lambda folder: MysqlCheckpointer(settings_of(folder)),
}


BARE: dict[str, Callable[[Path], None]] = {
    "sqlite": lambda folder: None,
    "mysql": lend_bare,
}


def open_database(adapter: str, folder: Path, clock: Clock = system_clock) -> Database:
    """An adapter by its name, with its schema: also what a child process calls."""
    database = DATABASES[adapter](folder, clock)
    database.migrate()
    return database
