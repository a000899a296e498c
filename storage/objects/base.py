"""The object store port: immutable bytes under a key."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

# A mapped file is read where it lies: a large upload is never in memory as a whole.
Data = bytes | mmap


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Bytes with their content type."""

    data: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class ListedObject:
    """A key, and when it was written last: epoch seconds by the store's clock."""

    key: str
    written_at: float


class ObjectStore(ABC):
    """Keys are ``/``-separated segments of ``[A-Za-z0-9._-]``, none ``.`` or ``..``; else ValidationError."""

    @abstractmethod
    def put(self, key: str, data: Data, content_type: str) -> None:
        """Atomic: a reader sees the whole object or none. Raises UnavailableError (disk full ...)."""

    @abstractmethod
    def get(self, key: str) -> StoredObject:
        """Raises ObjectNotFound."""

    @abstractmethod
    def content_type(self, key: str) -> str:
        """The type it was stored under. Raises ObjectNotFound."""

    @abstractmethod
    def public_url(self, key: str, seconds: int, download_name: str | None = None) -> str | None:
        """Where anybody may fetch the object for that long, without a key; None where only the API serves it.

        Asks nobody, so the object may be missing. ``download_name``: save it under that name, do not show it.
        """

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Whether the key is stored."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Idempotent."""

    @abstractmethod
    def delete_under(self, prefix: str) -> None:
        """Delete every object whose key starts with ``prefix/``; idempotent."""

    @abstractmethod
    def listed(self) -> Iterator[ListedObject]:
        """Every object, in no given order; one that comes or goes meanwhile may be missing or there."""

    @abstractmethod
    def ping(self) -> None:
        """Raise UnavailableError unless a write and a read work."""
