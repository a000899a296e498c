"""What a task waits for: its place in the queue, its user's others, its retry, and how long tasks took lately."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select as sql_select
from sqlmodel import Session, case, col, func, select

from storage.database import lanes, leases
from storage.database.client_base import QueueView
from storage.database.client_tables import TaskExtraRow
from storage.database.clock import at, milliseconds
from storage.database.tables import OutboxRow, TaskLeaseRow, TaskRow

RECENT = 50


def view(session: Session, task_ids: Sequence[str], now: float, bulk_every: int) -> QueueView:
    """See ``ClientDatabase.queue_view``."""
    running = session.exec(
        select(func.count()).select_from(TaskLeaseRow).where(col(TaskLeaseRow.lease_until).is_not(None))
    ).one()
    return QueueView(
        places=_places(session, task_ids, now, bulk_every), retries=_retries(session, task_ids, now),
        own_running=_own_running(session, task_ids), running=running, recent_seconds=_recent_seconds(session),
    )  # fmt: skip


def _places(session: Session, task_ids: Sequence[str], now: float, bulk_every: int) -> dict[str, int]:
    order = (col(OutboxRow.priority).desc(), col(OutboxRow.turn), col(OutboxRow.id))
    bulk = case((col(OutboxRow.priority) < 0, 1), else_=0)
    queue = (
        sql_select(
            col(OutboxRow.task_id), bulk.label("bulk"),
            func.row_number().over(partition_by=bulk, order_by=order).label("rank"),
            func.count().over().label("all"), func.sum(bulk).over().label("all_bulk"),
        )
        .where(leases.claimable(now))
        .subquery()
    )  # fmt: skip
    found = session.execute(sql_select(queue).where(queue.c.task_id.in_(task_ids)))
    places = {}
    for task_id, is_bulk, rank, both, of_bulk in found:
        if is_bulk:
            places[task_id] = lanes.place_of_bulk(rank, both - int(of_bulk), bulk_every)
        else:
            places[task_id] = lanes.place_of_interactive(rank, int(of_bulk), bulk_every)
    return places


def _retries(session: Session, task_ids: Sequence[str], now: float) -> dict[str, datetime]:
    query = select(OutboxRow.task_id, OutboxRow.available_at).where(
        col(OutboxRow.task_id).in_(task_ids), col(OutboxRow.claimed_at).is_(None),
        col(OutboxRow.available_at) > milliseconds(now),
    )  # fmt: skip
    # Not before the moment: a second that has begun counts whole.
    return {task_id: at(-(-available // 1000)) for task_id, available in session.exec(query)}


def _own_running(session: Session, task_ids: Sequence[str]) -> dict[str, int]:
    users = dict(session.exec(select(TaskRow.id, TaskRow.user_id).where(col(TaskRow.id).in_(task_ids))).all())
    query = (
        select(TaskRow.id, TaskRow.user_id)
        .join(TaskLeaseRow, col(TaskLeaseRow.task_id) == col(TaskRow.id))
        .where(col(TaskLeaseRow.lease_until).is_not(None), col(TaskRow.user_id).in_(set(users.values())))
    )
    running = session.exec(query).all()
    return {
        task_id: sum(other != task_id and owner == user_id for other, owner in running)
        for task_id, user_id in users.items()
    }


def _recent_seconds(session: Session) -> list[float]:
    """Of the newest completed tasks of the cluster."""
    query = (
        select(TaskRow.started_at, TaskRow.completed_at)
        .join(TaskExtraRow, col(TaskExtraRow.task_id) == col(TaskRow.id), isouter=True)
        .where(TaskRow.status == "completed", func.coalesce(TaskExtraRow.executor, "cluster") == "cluster")
        .order_by(col(TaskRow.created_at).desc(), col(TaskRow.id).desc())
        .limit(RECENT)
    )
    return sorted((end - start).total_seconds() for start, end in session.exec(query) if start and end)
