"""The composition of adapters from settings: the one place where a profile means anything."""

from configs.settings import Settings
from storage.checkpoints import SqliteCheckpointer
from storage.database.base import Database
from storage.database.sqlite import SqliteDatabase
from storage.objects.base import ObjectStore
from storage.objects.folder import FolderStore
from storage.objects.s3 import S3Store
from storage.progress.base import ProgressFeed
from storage.progress.polling import PollingFeed
from storage.queue.base import TaskQueue
from storage.queue.outbox import OutboxQueue


def open_database(settings: Settings) -> Database:
    """The database; ``Database.migrate`` brings its schema up. Raises UnavailableError."""
    return SqliteDatabase(settings.database_path)


def open_queue(settings: Settings, database: Database) -> TaskQueue:  # noqa: ARG001 - every adapter is opened alike
    """The task queue of that database."""
    return OutboxQueue(database)


def open_progress_feed(settings: Settings, database: Database) -> ProgressFeed:
    """The feed of that database's events."""
    return PollingFeed(database, settings.progress_poll_seconds)


def open_objects(settings: Settings) -> ObjectStore:
    """The object store."""
    if settings.adapters.objects == "s3":
        return S3Store(settings)
    return FolderStore(settings.objects_path)


def open_checkpointer(settings: Settings) -> SqliteCheckpointer:
    """The workflow's checkpoints."""
    return SqliteCheckpointer(settings.database_path)
