"""API keys as their table knows them: never the key itself, only its digest."""

import hashlib
import secrets
from typing import Annotated

from pydantic import Field

from configs.keys import Role
from storage.documents.base import Document, Timestamp
from storage.documents.ids import Id

PREFIX = "da_"
KeyName = Annotated[str, Field(max_length=100)]


class ApiKey(Document):
    """A key of the table. It lets in until ``revoked_at`` is set."""

    id: Id
    user_id: Id
    role: Role
    name: KeyName = ""
    created_at: Timestamp
    last_used_at: Timestamp | None = None
    revoked_at: Timestamp | None = None


def new_key_id() -> str:
    """A fresh random id."""
    return f"key_{secrets.token_hex(6)}"


def new_secret() -> str:
    """A fresh key of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def key_digest(secret: str) -> str:
    """SHA-256 in hex. Keys are random, not chosen, so a slow password hash would protect nothing more."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
