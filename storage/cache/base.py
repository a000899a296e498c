"""The cache port: copies of elements, nearer than the database. The database stays the truth."""

from abc import ABC, abstractmethod

from storage.database.base import Database
from storage.documents.element import Element


class Cache(ABC):
    """It may lose all it holds at any time; what it answers is what the database would."""

    @abstractmethod
    def read_element(self, database: Database, element_id: str, user_id: str | None = None) -> Element:
        """What ``database.get_element`` answers, and the same errors."""

    @abstractmethod
    def ping(self) -> None:
        """Raise UnavailableError while the cache cannot be used; reads go on without it."""

    @abstractmethod
    def close(self) -> None:
        """Release connections."""
