"""The composition of adapters from settings: the one place where a profile means anything."""

from typing import TYPE_CHECKING

from configs.settings import Settings
from storage.announcer.base import Announcer, NoAnnouncer
from storage.backup.archive import DataFolder
from storage.cache.base import Cache
from storage.cache.none import NoCache
from storage.checkpoints.base import Checkpointer
from storage.checkpoints.sqlite import SqliteCheckpointer
from storage.database.base import Database
from storage.database.fairness import Fairness
from storage.database.sqlite import SqliteDatabase
from storage.errors import ValidationError
from storage.objects.base import ObjectStore
from storage.objects.folder import FolderStore
from storage.objects.s3 import S3Store
from storage.progress.base import ProgressFeed
from storage.progress.polling import PollingFeed
from storage.queue.base import Publisher, TaskQueue
from storage.queue.outbox import OutboxPublisher, OutboxQueue

if TYPE_CHECKING:
    from storage.queue.kafka_dead import DeadLetters


def open_database(settings: Settings) -> Database:
    """The database; ``Database.migrate`` brings its schema up. Raises UnavailableError."""
    announcer = open_announcer(settings)
    fairness = Fairness(settings.shares, settings.bulk_every)
    if settings.adapters.database == "mysql":
        from storage.database.mysql import MysqlDatabase

        return MysqlDatabase(settings, announcer=announcer, fairness=fairness)
    return SqliteDatabase(settings.database_path, announcer=announcer, fairness=fairness)


def open_announcer(settings: Settings) -> Announcer:
    """Who is told of each commit of the database."""
    adapters = settings.adapters
    if "redis" not in {adapters.progress, adapters.cache}:
        return NoAnnouncer()
    # The client takes half a second to import, and most profiles and commands need none.
    from storage.announcer.redis import RedisAnnouncer
    from storage.cache.redis import write_elements
    from storage.progress.redis_keys import write_progress
    from storage.redis_link import RedisLink, connect

    writers = [
        writer
        for adapter, writer in ((adapters.progress, write_progress), (adapters.cache, write_elements))
        if adapter == "redis"
    ]
    return RedisAnnouncer(RedisLink(connect(settings)), writers)


def open_queue(settings: Settings, database: Database) -> TaskQueue:
    """The task queue of that database; connects at its first use."""
    if settings.adapters.queue == "kafka":
        from storage.queue.kafka import KafkaQueue

        return KafkaQueue(database, settings, settings.bulk_every)
    return OutboxQueue(database)


def open_publisher(settings: Settings, database: Database) -> Publisher:
    """What carries that database's tasks into the queue; connects at its first use."""
    if settings.adapters.queue == "kafka":
        from storage.queue.kafka_publisher import KafkaPublisher

        return KafkaPublisher(database, settings)
    return OutboxPublisher()


def open_dead_letters(settings: Settings) -> "DeadLetters":
    """What no worker could take. Raises ValidationError where the queue is the outbox: it holds nothing but tasks."""
    if settings.adapters.queue != "kafka":
        raise ValidationError(
            f"The queue of the profile {settings.profile} is the outbox, which has no dead letters; they are a matter "
            "of profiles with Kafka (DESIGN_AGENT_PROFILE=production)."
        )
    from storage.queue.kafka_dead import DeadLetters

    return DeadLetters(settings)


def open_progress_feed(settings: Settings, database: Database) -> ProgressFeed:
    """The feed of that database's events."""
    if settings.adapters.progress == "redis":
        from storage.progress.redis import RedisFeed
        from storage.redis_link import RedisLink, connect

        return RedisFeed(database, RedisLink(connect(settings)), settings.progress_poll_seconds)
    return PollingFeed(database, settings.progress_poll_seconds)


def open_cache(settings: Settings) -> Cache:
    """Copies of what the database holds."""
    if settings.adapters.cache == "redis":
        from storage.cache.redis import RedisCache
        from storage.redis_link import RedisLink, connect

        return RedisCache(RedisLink(connect(settings)))
    return NoCache()


def open_objects(settings: Settings) -> ObjectStore:
    """The object store."""
    if settings.adapters.objects == "s3":
        return S3Store(settings)
    return FolderStore(settings.objects_path)


def open_checkpointer(settings: Settings) -> Checkpointer:
    """The workflow's checkpoints, the newest of each task."""
    if settings.adapters.checkpoints == "mysql":
        from storage.checkpoints.mysql import MysqlCheckpointer

        return MysqlCheckpointer(settings, history=False)
    return SqliteCheckpointer(settings.database_path, history=False)


def data_folder(settings: Settings) -> DataFolder:
    """What a backup of this host holds. Raises ValidationError where the data is on servers."""
    if settings.adapters.database != "sqlite" or settings.adapters.objects != "folder":
        raise ValidationError(
            "The data of this profile is on servers, which have backups of their own: take mysqldump "
            "--single-transaction of the database first, then copy or replicate the bucket."
        )
    return DataFolder(settings.data, settings.database_path, settings.objects_path, settings.link_secret_path)
