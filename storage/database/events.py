"""Writing and reading a task's events."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, func, select

from storage.announcer.base import EventStored
from storage.database import changes, rows
from storage.database.base import NumberedEvent
from storage.database.clock import at
from storage.database.tables import TaskEventRow, TaskRow
from storage.documents.progress import TaskEvent, TaskProgress

IDS_AT_ONCE = 500


def last_event(session: Session, task_id: str) -> TaskEventRow | None:
    """The event with the greatest number."""
    query = select(TaskEventRow).where(TaskEventRow.task_id == task_id).order_by(col(TaskEventRow.seq).desc()).limit(1)
    return session.exec(query).first()


def append(
    session: Session, task: TaskRow, progress: TaskProgress, *, attempt: int, now: float, end: bool = False
) -> TaskEvent:
    """The next event of a task whose row this transaction holds; it becomes the task's progress."""
    newest = session.exec(select(func.max(TaskEventRow.seq)).where(TaskEventRow.task_id == task.id)).one()
    return _append(session, task, progress, 1 if newest is None else newest + 1, attempt, now, end)


def append_first(session: Session, task: TaskRow, progress: TaskProgress, now: float) -> TaskEvent:
    """The first event of a task that this transaction makes."""
    return _append(session, task, progress, 1, 0, now)


def append_rising(
    session: Session, task: TaskRow, phase: str, percentage: float, message: str, details: dict[str, Any] | None, *,
    attempt: int, now: float,
) -> TaskEvent:  # fmt: skip
    """Like ``append``, with the percentage held at what this attempt already reached; phase ``failed`` is -1."""
    last = last_event(session, task.id)
    if phase == "failed":
        percentage = -1
    elif last is not None and last.attempt == attempt:
        percentage = max(percentage, last.percentage)
    progress = TaskProgress(phase=phase, percentage=percentage, message=message, details=details)
    return _append(session, task, progress, 1 if last is None else last.seq + 1, attempt, now)


def _append(
    session: Session, task: TaskRow, progress: TaskProgress, seq: int, attempt: int, now: float, end: bool = False
) -> TaskEvent:
    row = TaskEventRow(
        task_id=task.id, seq=seq, type="end" if end else "progress", status=task.status, phase=progress.phase,
        percentage=progress.percentage, message=progress.message, details=progress.details, attempt=attempt,
        at=at(now),
    )  # fmt: skip
    task.progress = rows.dump(progress)
    task.updated_at = at(now)
    session.add_all([row, task])
    stored = rows.event_of(row)
    changes.note(session, EventStored(task.id, task.created_at, stored))
    return stored


def since(session: Session, task_id: str, seq: int, limit: int) -> list[TaskEvent]:
    """Events of one task with a greater number, in order."""
    query = (
        select(TaskEventRow)
        .where(TaskEventRow.task_id == task_id, TaskEventRow.seq > seq)
        .order_by(col(TaskEventRow.seq))
        .limit(limit)
    )
    return [rows.event_of(row) for row in session.exec(query)]


def newest_seqs(session: Session, task_ids: Sequence[str]) -> dict[str, int]:
    """The greatest number of each of these tasks that has an event."""
    newest = func.max(TaskEventRow.seq)
    query = select(TaskEventRow.task_id, newest).group_by(col(TaskEventRow.task_id))
    found: dict[str, int] = {}
    for start in range(0, len(task_ids), IDS_AT_ONCE):
        asked = task_ids[start : start + IDS_AT_ONCE]
        found.update(session.exec(query.where(col(TaskEventRow.task_id).in_(asked))).all())
    return found


def after(session: Session, event_id: int, limit: int) -> list[NumberedEvent]:
    """Events of all tasks with a greater global number, in order."""
    query = select(TaskEventRow).where(col(TaskEventRow.id) > event_id).order_by(col(TaskEventRow.id)).limit(limit)
    return [NumberedEvent(row.id or 0, row.task_id, rows.event_of(row)) for row in session.exec(query)]
