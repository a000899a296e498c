"""API keys: made, found by their digest, revoked. A revoked row stays, so that an emptied table lets nobody in."""

from sqlmodel import Session, col, select

from configs.keys import Role
from storage.database import locking
from storage.database.clock import at
from storage.database.tables import ApiKeyRow
from storage.documents.key import ApiKey, new_key_id
from storage.errors import KeyNotFound


def _key_of(row: ApiKeyRow) -> ApiKey:
    return ApiKey.model_validate(row.model_dump(exclude={"digest"}))


def create(session: Session, user_id: str, role: Role, name: str, digest: str, now: float) -> ApiKey:
    """A row without the key itself."""
    key = ApiKey(id=new_key_id(), user_id=user_id, role=role, name=name, created_at=at(now))
    session.add(ApiKeyRow(digest=digest, **key.model_dump()))
    return key


def list_all(session: Session) -> list[ApiKey]:
    """Oldest first, revoked ones among them."""
    rows = session.exec(select(ApiKeyRow).order_by(col(ApiKeyRow.created_at), col(ApiKeyRow.id)))
    return [_key_of(row) for row in rows]


def any_made(session: Session) -> bool:
    """Whether a key was ever made."""
    return session.exec(select(ApiKeyRow.id).limit(1)).first() is not None


def find(session: Session, digest: str) -> ApiKey | None:
    """The key with this digest, None for one that is unknown or revoked."""
    row = session.exec(select(ApiKeyRow).where(ApiKeyRow.digest == digest)).first()
    return None if row is None or row.revoked_at is not None else _key_of(row)


def note_use(session: Session, key_id: str, now: float) -> None:
    """Store when the key was used last."""
    row = session.get(ApiKeyRow, key_id)
    if row is not None:
        row.last_used_at = at(now)
        session.add(row)


def revoke(session: Session, key_id: str, now: float) -> ApiKey:
    """Idempotent: the first revocation counts. Raises KeyNotFound."""
    row = locking.lock(session, ApiKeyRow, key_id)
    if row is None:
        raise KeyNotFound(f"There is no key {key_id}; see: design-agent keys list.", key_id=key_id)
    row.revoked_at = row.revoked_at or at(now)
    session.add(row)
    return _key_of(row)
