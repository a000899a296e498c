"""The part of the database port that keeps API keys, by their digests."""

from abc import ABC, abstractmethod

from configs.keys import Role
from storage.documents.key import ApiKey


class KeyDatabase(ABC):
    """Every method is one transaction."""

    @abstractmethod
    def create_key(self, user_id: str, role: Role, name: str, digest: str) -> ApiKey:
        """Store a key by its digest. Raises ConflictError for one that is there."""

    @abstractmethod
    def list_keys(self) -> list[ApiKey]:
        """Oldest first, revoked ones among them."""

    @abstractmethod
    def has_keys(self) -> bool:
        """Whether a key was ever made, revoked or not."""

    @abstractmethod
    def find_key(self, digest: str) -> ApiKey | None:
        """The key with this digest, None for one that is unknown or revoked."""

    @abstractmethod
    def note_key_use(self, key_id: str) -> None:
        """Store that the key was used now; ignored for an unknown one."""

    @abstractmethod
    def revoke_key(self, key_id: str) -> ApiKey:
        """Idempotent; the next request with the key is refused. Raises KeyNotFound."""
