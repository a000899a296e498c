"""KeyDatabase over SQL sessions, whichever the server."""

from typing_extensions import override

from configs.keys import Role
from storage.database import keys
from storage.database.key_base import KeyDatabase
from storage.database.sessions import Transactions
from storage.documents.key import ApiKey


class SqlKeyMethods(Transactions, KeyDatabase):
    """What is the same for every SQL adapter."""

    @override
    def create_key(self, user_id: str, role: Role, name: str, digest: str) -> ApiKey:
        return self._write(lambda session: keys.create(session, user_id, role, name, digest, self._now()))

    @override
    def list_keys(self) -> list[ApiKey]:
        return self._read(lambda session: keys.list_all(session))

    @override
    def has_keys(self) -> bool:
        return self._read(lambda session: keys.any_made(session))

    @override
    def find_key(self, digest: str) -> ApiKey | None:
        return self._read(lambda session: keys.find(session, digest))

    @override
    def note_key_use(self, key_id: str) -> None:
        self._write(lambda session: keys.note_use(session, key_id, self._now()))

    @override
    def revoke_key(self, key_id: str) -> ApiKey:
        return self._write(lambda session: keys.revoke(session, key_id, self._now()))
