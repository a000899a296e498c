"""The composition of adapters from settings: the one place where a profile means anything."""

from configs.settings import Settings
from storage.database.base import Database
from storage.database.sqlite import SqliteDatabase


def open_database(settings: Settings) -> Database:
    """The database; its schema is brought up by ``Database.migrate``."""
    return SqliteDatabase(settings.database_path)
