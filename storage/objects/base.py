"""The object store port: immutable bytes under a key."""

from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Bytes with their content type."""

    data: bytes
    content_type: str


class ObjectStore(ABC):
    """Keys are ``/``-separated segments of ``[A-Za-z0-9._-]``, none ``.`` or ``..``; else ValidationError."""

    @abstractmethod
    def put(self, key: str, data: bytes, content_type: str) -> None:
        """Atomic: a reader sees the whole object or none. Raises UnavailableError (disk full ...)."""

    @abstractmethod
    def get(self, key: str) -> StoredObject:
        """Raises ObjectNotFound."""

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
    def ping(self) -> None:
        """Raise UnavailableError unless a write and a read work."""
