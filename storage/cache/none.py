"""The embedded adapter: no copies."""

from typing_extensions import override

from storage.cache.base import Cache
from storage.database.base import Database
from storage.documents.element import Element


class NoCache(Cache):
    """Every read is the database's."""

    @override
    def read_element(self, database: Database, element_id: str, user_id: str | None = None) -> Element:
        return database.get_element(element_id, user_id)

    @override
    def ping(self) -> None:
        return

    @override
    def close(self) -> None:
        return
