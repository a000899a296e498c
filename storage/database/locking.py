"""Locking rows for a change.

The order that keeps transactions from waiting for one another in a ring: the task's row, which stands for its lease,
its outbox row and its events; then rows of posters, layers, elements. Who comes from another side (the queue, a list of
lapsed leases) takes only tasks that nobody holds.
"""

from typing import Any, TypeVar

from sqlmodel import Session

RowT = TypeVar("RowT")


def lock(session: Session, table: type[RowT], key: Any, *, skip_locked: bool = False) -> RowT | None:
    """The row as its last holder left it, locked; None when there is none, or as ``skip_locked`` somebody holds it."""
    # What this session read before it had the lock may be old.
    return session.get(table, key, with_for_update={"skip_locked": skip_locked}, populate_existing=True)
