"""Create requests under a client's key: the first one makes the task, every later one gets the first answer.

A key is reserved in a transaction of its own, so that a second request sees the first in flight on any replica. A
reservation whose process died is free again after ``IN_FLIGHT_SECONDS``; the answer is stored with the task.
"""

import hashlib

from sqlmodel import Session, col, delete, select, update

from storage.database import locking, rows
from storage.database.client_tables import IdempotencyRow
from storage.database.clock import milliseconds
from storage.documents.task import Task
from storage.errors import ConflictError, IdempotencyKeyReused

KEPT_SECONDS = 24 * 3600
IN_FLIGHT_SECONDS = 60


def request_id(user_id: str, key: str) -> str:
    """A user's key as a primary key: any text, and no other user's."""
    return hashlib.sha256(f"{user_id}\n{key}".encode()).hexdigest()


def reserve(session: Session, request: str, body_hash: str, now: float) -> Task | None:
    """The first answer, or None when this request is the first. Raises IdempotencyKeyReused, ConflictError."""
    row = locking.lock(session, IdempotencyRow, request)
    age = None if row is None else now - row.reserved_at / 1000
    if row is None or age is None or age > KEPT_SECONDS:
        session.merge(IdempotencyRow(id=request, body_hash=body_hash, reserved_at=milliseconds(now)))
        return None
    if row.body_hash != body_hash:
        raise IdempotencyKeyReused("This Idempotency-Key came with another body before; send a new key.")
    if row.answer is not None:
        return Task.model_validate(row.answer)
    if row.task_id is not None:
        raise ConflictError("The task made under this Idempotency-Key was deleted; send a new key.")
    if age <= IN_FLIGHT_SECONDS:
        raise ConflictError("A request with this Idempotency-Key is in flight; ask again in a moment.")
    row.reserved_at = milliseconds(now)
    session.add(row)
    return None


def settle(session: Session, request: str, task: Task) -> None:
    """Store the answer with the task itself. Raises ConflictError when another request was first after all."""
    row = locking.lock(session, IdempotencyRow, request)
    if row is None or row.task_id is not None:
        raise ConflictError("Another request with this Idempotency-Key was first; ask again.")
    row.task_id, row.answer = task.id, rows.dump(task)
    session.add(row)


def store_answer(session: Session, request: str, answer: Task) -> None:
    """Replace the bare task by the whole answer."""
    row = locking.lock(session, IdempotencyRow, request)
    if row is not None and row.task_id == answer.id and row.answer is not None:
        row.answer = rows.dump(answer)
        session.add(row)


def abandon(session: Session, request: str) -> None:
    """Free a reservation that made nothing."""
    session.exec(delete(IdempotencyRow).where(col(IdempotencyRow.id) == request, col(IdempotencyRow.task_id).is_(None)))


def forget_answer(session: Session, task_id: str) -> None:
    """Drop what a deleted task was; its key stays taken."""
    session.exec(update(IdempotencyRow).where(col(IdempotencyRow.task_id) == task_id).values(answer=None))


def any_old(session: Session, now: float) -> bool:
    """Whether ``purge`` has something to do."""
    query = select(IdempotencyRow.id).where(col(IdempotencyRow.reserved_at) < _oldest(now)).limit(1)
    return session.exec(query).first() is not None


def purge(session: Session, now: float) -> None:
    """Drop keys older than a day."""
    session.exec(delete(IdempotencyRow).where(col(IdempotencyRow.reserved_at) < _oldest(now)))


def _oldest(now: float) -> int:
    return milliseconds(now - KEPT_SECONDS)
