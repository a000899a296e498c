"""Tasks: creating, reading, cancelling, and reaching a final state."""

from sqlmodel import Session, col, delete, select

from storage.database import costs, events, locking, paging, rows
from storage.database.base import Page
from storage.database.client_tables import TaskExtraRow
from storage.database.clock import at
from storage.database.tables import OutboxRow, TaskLeaseRow, TaskRow
from storage.database.types import exactly
from storage.documents.progress import TaskProgress
from storage.documents.task import FINAL_STATUSES, Task, TaskStatus
from storage.errors import ConflictError, TaskNotFound

CANCELLED_MESSAGE = "任务已取消"


def load(session: Session, task_id: str, user_id: str | None = None, *, lock: bool = False) -> TaskRow:
    """The row of a task. Raises TaskNotFound."""
    row = locking.lock(session, TaskRow, task_id) if lock else session.get(TaskRow, task_id)
    if row is None or (user_id is not None and row.user_id != user_id):
        raise TaskNotFound("There is no task with this id.")
    return row


def read(session: Session, row: TaskRow) -> Task:
    """The task of a row."""
    return rows.task_of(row, session.get(TaskExtraRow, row.id))


def load_lease(session: Session, task_id: str) -> TaskLeaseRow:
    """The lease row that every task has."""
    lease = session.get(TaskLeaseRow, task_id)
    if lease is None:
        raise TaskNotFound(f"The task {task_id} has no lease.", task_id=task_id)
    return lease


def list_page(session: Session, user_id: str | None, status: str | None, limit: int, cursor: str | None) -> Page[Task]:
    """Newest first."""
    query = select(TaskRow)
    if user_id is not None:
        query = query.where(exactly(TaskRow.user_id, user_id))
    if status is not None:
        query = query.where(TaskRow.status == status)
    found, following = paging.fetch_page(session, query, TaskRow, "task", limit, cursor)
    side = select(TaskExtraRow).where(col(TaskExtraRow.task_id).in_([row.id for row in found]))
    extras = {extra.task_id: extra for extra in session.exec(side)}
    return Page([rows.task_of(row, extras.get(row.id)) for row in found], following)


def finish(session: Session, row: TaskRow, status: TaskStatus, progress: TaskProgress, now: float) -> None:
    """Make a task final: status, terminal event, nobody's lease, out of the queue."""
    lease = load_lease(session, row.id)
    lease.owner = lease.lease_until = None
    row.status = status
    row.completed_at = at(now)
    session.add_all([row, lease])
    session.exec(delete(OutboxRow).where(col(OutboxRow.task_id) == row.id))
    costs.settle(session, row.id, row.user_id, now)
    events.append(session, row, progress, attempt=lease.attempt, now=now, end=True)


def cancel(session: Session, task_id: str, user_id: str | None, now: float) -> Task:
    """Idempotent on a cancelled task. Raises ConflictError on one that completed or failed."""
    row = load(session, task_id, user_id, lock=True)
    if row.status == "cancelled":
        return read(session, row)
    if row.status in FINAL_STATUSES:
        raise ConflictError(f"The task is already {row.status}; it can be cancelled no more.",
                            status=row.status)  # fmt: skip
    reached = TaskProgress.model_validate(row.progress).percentage
    progress = TaskProgress(phase="cancelled", percentage=reached, message=CANCELLED_MESSAGE)
    finish(session, row, "cancelled", progress, now)
    return read(session, row)
