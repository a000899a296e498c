"""Whose key it is: the operator's list in memory, and the table, asked anew at every request."""

import time
from collections.abc import Callable, Iterable

import structlog

from configs.keys import ConfiguredKey, Role
from serve_apps.api.auth import LOCAL, User
from storage.database.base import Database
from storage.documents.key import key_digest
from storage.errors import UnauthorizedError, UnavailableError

NOTE_SECONDS = 60.0
log = structlog.get_logger(__name__)


class KeyRing:
    """Turns the key that a caller shows into a User. Thread-safe; calls may wait for the database."""

    def __init__(
        self, configured: Iterable[ConfiguredKey], database: Database, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._configured = {
            digest: _user(entry.user_id, entry.role, f"configured-{digest[:12]}")
            for entry in configured
            for digest in [key_digest(entry.key.get_secret_value())]
        }
        self._database = database
        self._clock = clock
        self._noted: dict[str, float] = {}

    def required(self) -> bool:
        """Whether callers need a key: one is configured, or one was ever made."""
        return bool(self._configured) or self._database.has_keys()

    def user(self, secret: str | None) -> User:
        """The key's user; LOCAL while there are no keys at all. Raises UnauthorizedError, UnavailableError."""
        if secret is not None:
            # Digests are compared, so the time that takes tells nothing about a key.
            digest = key_digest(secret)
            if configured := self._configured.get(digest):
                return configured
            if key := self._database.find_key(digest):
                self._note_use(key.id)
                return _user(key.user_id, key.role, key.id)
        if not self.required():
            return LOCAL
        raise UnauthorizedError(
            "This key is not valid here; it may be revoked or mistyped." if secret else
            "Send a key: Authorization: Bearer <key>."
        )  # fmt: skip

    def _note_use(self, key_id: str) -> None:
        now = self._clock()
        # A write a request would cost more than the request; to the minute is enough to find unused keys.
        if key_id in self._noted and now - self._noted[key_id] < NOTE_SECONDS:
            return
        self._noted[key_id] = now
        try:
            self._database.note_key_use(key_id)
        except UnavailableError as error:
            log.warning("the last use of a key was not stored", key_id=key_id, error=error.message)


def _user(user_id: str, role: Role, key_id: str) -> User:
    return User(user_id, None if role == "service" else user_id, role, key_id)
