"""How long a task still takes: its place in the queue, and how long tasks took lately."""

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from storage.database import leases
from storage.database.client_base import QueueView
from storage.database.client_tables import TaskExtraRow
from storage.database.tables import OutboxRow, TaskLeaseRow, TaskRow

RECENT = 20


def view(session: Session, task_ids: Sequence[str], now: float) -> QueueView:
    """The places of these tasks; 1 is next, tasks that wait in no queue (or for a retry) are left out."""
    order = (col(OutboxRow.priority).desc(), col(OutboxRow.turn), col(OutboxRow.id))
    queue = (
        select(OutboxRow.task_id, func.row_number().over(order_by=order).label("place"))
        .where(leases.claimable(now))
        .subquery()
    )
    found = session.execute(select(queue.c.task_id, queue.c.place).where(queue.c.task_id.in_(task_ids)))
    running = session.exec(
        select(func.count()).select_from(TaskLeaseRow).where(col(TaskLeaseRow.lease_until).is_not(None))
    ).one()
    return QueueView({task_id: int(place) for task_id, place in found}, running, _typical_seconds(session))


def _typical_seconds(session: Session) -> float | None:
    """Mean of the newest completed tasks of the cluster."""
    query = (
        select(TaskRow.started_at, TaskRow.completed_at)
        .join(TaskExtraRow, col(TaskExtraRow.task_id) == col(TaskRow.id), isouter=True)
        .where(TaskRow.status == "completed", func.coalesce(TaskExtraRow.executor, "cluster") == "cluster")
        .order_by(col(TaskRow.created_at).desc(), col(TaskRow.id).desc())
        .limit(RECENT)
    )
    took = [(end - start).total_seconds() for start, end in session.exec(query) if start and end]
    return sum(took) / len(took) if took else None
