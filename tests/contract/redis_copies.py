"""The Redis adapters on the shared server, joined to a database as the composition root joins them."""

from configs.servers import ServerSettings
from storage.announcer.redis import RedisAnnouncer
from storage.cache.redis import RedisCache, write_elements
from storage.database.base import Database
from storage.database.sql import SqlDatabase
from storage.progress.redis import RedisFeed
from storage.progress.redis_keys import write_progress
from storage.redis_link import RedisLink, connect
from tests.servers.shared import redis_url


def link(url: str | None = None) -> RedisLink:
    """Connections of one process."""
    return RedisLink(connect(ServerSettings(redis_url=url or redis_url())))


def announce(database: Database, url: str | None = None) -> RedisAnnouncer:
    """Have what the database commits told to Redis; closed with the database."""
    assert isinstance(database, SqlDatabase)
    announcer = RedisAnnouncer(link(url), [write_progress, write_elements])
    database._announcer = announcer
    return announcer


def open_feed(database: Database, url: str | None = None, safety_seconds: float = 600) -> RedisFeed:
    """A feed that is told of the database's events; by default it polls too seldom to pass a test by that alone."""
    announce(database, url)
    return RedisFeed(database, link(url), poll_seconds=0.05, safety_seconds=safety_seconds)


def open_cache(database: Database, url: str | None = None) -> RedisCache:
    """A cache that is told of the database's edits."""
    announce(database, url)
    return RedisCache(link(url))
