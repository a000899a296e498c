"""The ledger: adding a step once, and sums over a period."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, func, select

from storage.database import tasks
from storage.database.clock import at
from storage.database.types import exactly, letters
from storage.database.usage_tables import UsageRow
from storage.documents.usage import UsageEntry, UsageItem, UsageKind, UsageReport, UsageSums
from storage.errors import StaleAttempt

# A task's user is one, so the task's items name it.
_NAMES: dict[UsageKind, list[str]] = {
    "user": ["user_id"], "task": ["task_id", "user_id"], "stage": ["stage"], "model": ["model"],
}  # fmt: skip


def append(session: Session, task_id: str, attempt: int, entry: UsageEntry, now: float) -> bool:
    """See ``UsageDatabase.append_usage``."""
    task = tasks.load(session, task_id, lock=True)
    lease = tasks.load_lease(session, task_id)
    if lease.attempt != attempt:
        raise StaleAttempt(f"Attempt {attempt} no longer owns the task {task_id}.", task_id=task_id,
                           attempt=attempt, current=lease.attempt)  # fmt: skip
    return _add(session, task_id, task.user_id, attempt, entry, now)


def append_bulk(session: Session, row_id: str, user_id: str, entry: UsageEntry, now: float) -> bool:
    """See ``UsageDatabase.append_bulk_usage``."""
    return _add(session, row_id, user_id, 1, entry, now)


def _add(session: Session, task_id: str, user_id: str, attempt: int, entry: UsageEntry, now: float) -> bool:
    same = and_(col(UsageRow.task_id) == task_id, col(UsageRow.stage) == entry.stage, col(UsageRow.step) == entry.step)
    if session.exec(select(UsageRow.id).where(same)).first() is not None:
        return False
    session.add(
        UsageRow(task_id=task_id, user_id=user_id, attempt=attempt, gpu_seconds=entry.gpu_seconds, at=at(now),
                 **entry.model_dump())
    )  # fmt: skip
    return True


def report(
    session: Session, since: datetime, until: datetime, by: UsageKind, user_id: str | None, task_id: str | None,
    limit: int,
) -> UsageReport:  # fmt: skip
    """See ``UsageDatabase.usage``."""
    wanted = [col(UsageRow.at) >= since, col(UsageRow.at) < until]
    if user_id is not None:
        wanted.append(exactly(UsageRow.user_id, user_id))
    if task_id is not None:
        wanted.append(exactly(UsageRow.task_id, task_id))
    names = [getattr(UsageRow, name) for name in _NAMES[by]]
    sums = _sums()
    grouped = (
        select(*names, *sums)
        .where(*wanted)
        .group_by(*names, *(letters(name) for name in names))
        .order_by(sums[2].desc(), sums[1].desc(), *names)
        .limit(limit)
    )
    items = [_item(_NAMES[by], row) for row in session.execute(grouped)]
    total = session.execute(select(*sums).where(*wanted)).one()
    return UsageReport(since=since, until=until, by=by, items=items, total=UsageSums(**_numbers(total)))


def _sums() -> list[ColumnElement[Any]]:
    return [
        func.count(col(UsageRow.task_id).distinct()), func.sum(UsageRow.seconds), func.sum(UsageRow.gpu_seconds),
        func.sum(UsageRow.tokens), func.sum(UsageRow.steps),
    ]  # fmt: skip


def _item(names: list[str], row: Any) -> UsageItem:
    known = dict(zip(names, row, strict=False))
    return UsageItem(**known, **_numbers(row[len(names) :]))


def _numbers(row: Any) -> dict[str, Any]:
    # Sums of no rows are null, and MySQL's sums of integers are decimals.
    tasks_, seconds, gpu_seconds, tokens, steps = row
    return {"tasks": tasks_, "seconds": float(seconds or 0), "gpu_seconds": float(gpu_seconds or 0),
            "tokens": int(tokens or 0), "steps": int(steps or 0)}  # fmt: skip
