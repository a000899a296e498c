"""Claims and leases. ``attempt`` rises with every claim and fences every later write."""

from typing import Any

from sqlmodel import Session, col, func, select

from storage.database import events, rows, tasks
from storage.database.base import Claim
from storage.database.clock import at, milliseconds
from storage.database.tables import OutboxRow, TaskLeaseRow, TaskRow
from storage.documents.progress import TaskProgress
from storage.documents.task import FINAL_STATUSES, Task, TaskError
from storage.errors import StaleAttempt, TaskCancelled

RETRY_MESSAGE = "等待重试"
RELEASED_MESSAGE = "等待继续处理"
LOST_WORKER = "WORKER_LOST"


def backlog(session: Session) -> int:
    """How many tasks wait for a worker."""
    return session.exec(select(func.count()).select_from(OutboxRow).where(col(OutboxRow.claimed_at).is_(None))).one()


def claim(session: Session, owner: str, limit: int, lease_seconds: float, now: float) -> list[Claim]:
    """Higher priority first, then first come."""
    waiting = (
        select(OutboxRow)
        .where(col(OutboxRow.claimed_at).is_(None))
        .order_by(col(OutboxRow.priority).desc(), col(OutboxRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claims = []
    for entry in session.exec(waiting).all():
        task = tasks.load(session, entry.task_id, lock=True)
        lease = tasks.load_lease(session, entry.task_id)
        lease.attempt += 1
        lease.owner, lease.lease_until = owner, milliseconds(now + lease_seconds)
        task.status = "processing"
        task.started_at = task.started_at or at(now)
        task.updated_at = entry.claimed_at = at(now)
        session.add_all([task, lease, entry])
        claims.append(Claim(task.id, lease.attempt, entry.priority))
    return claims


def fenced(session: Session, task_id: str, attempt: int, *, lock: bool = True) -> tuple[TaskRow, TaskLeaseRow]:
    """The task and its lease, if this attempt may write. Raises TaskNotFound, TaskCancelled, StaleAttempt."""
    task = tasks.load(session, task_id, lock=lock)
    if task.status in FINAL_STATUSES:
        raise TaskCancelled(f"The task {task_id} is already {task.status}.", task_id=task_id, status=task.status)
    lease = tasks.load_lease(session, task_id)
    if task.status != "processing" or lease.attempt != attempt:
        raise StaleAttempt(f"Attempt {attempt} no longer owns the task {task_id}.", task_id=task_id,
                           attempt=attempt, current=lease.attempt)  # fmt: skip
    return task, lease


def renew(session: Session, task_id: str, attempt: int, lease_seconds: float, now: float) -> None:
    """Extend the lease. One that ran out may still be renewed while nobody took the task."""
    _, lease = fenced(session, task_id, attempt)
    lease.lease_until = milliseconds(now + lease_seconds)
    session.add(lease)


def fail(session: Session, task_id: str, attempt: int, error: TaskError, max_attempts: int, now: float) -> Task:
    """Count a failure."""
    task, lease = fenced(session, task_id, attempt)
    _count_failure(session, task, lease, error, max_attempts, now)
    return tasks.read(session, task)


def release(session: Session, task_id: str, attempt: int, now: float) -> None:
    """Back to the queue, uncounted."""
    task, lease = fenced(session, task_id, attempt)
    _put_back(session, task, lease, RELEASED_MESSAGE, None, now)


def requeue_lapsed(session: Session, max_attempts: int, now: float) -> list[str]:
    """Every lease that ran out is a counted failure; ids of the tasks that are pending again."""
    lapsed = (
        select(TaskLeaseRow)
        .where(col(TaskLeaseRow.lease_until) < milliseconds(now))
        .order_by(col(TaskLeaseRow.lease_until))
        .with_for_update(skip_locked=True)
    )
    put_back = []
    for lease in session.exec(lapsed).all():
        task = tasks.load(session, lease.task_id, lock=True)
        error = TaskError(code=LOST_WORKER, message="The worker stopped renewing its lease.",
                          details={"owner": lease.owner, "attempt": lease.attempt})  # fmt: skip
        _count_failure(session, task, lease, error, max_attempts, now)
        if task.status == "pending":
            put_back.append(task.id)
    return put_back


def any_lapsed(session: Session, now: float) -> bool:
    """Whether ``requeue_lapsed`` has something to do."""
    query = select(TaskLeaseRow.task_id).where(col(TaskLeaseRow.lease_until) < milliseconds(now)).limit(1)
    return session.exec(query).first() is not None


def _count_failure(
    session: Session, task: TaskRow, lease: TaskLeaseRow, error: TaskError, max_attempts: int, now: float
) -> None:
    lease.failures += 1
    if lease.failures < max_attempts:
        _put_back(session, task, lease, RETRY_MESSAGE, {"failures": lease.failures, "error": rows.dump(error)}, now)
        return
    task.error = rows.dump(error)
    progress = TaskProgress(phase="failed", percentage=-1, message=f"生成失败: {error.message}"[:2000],
                            details=task.error)  # fmt: skip
    tasks.finish(session, task, "failed", progress, now)


def _put_back(
    session: Session, task: TaskRow, lease: TaskLeaseRow, message: str, details: dict[str, Any] | None, now: float
) -> None:
    entry = session.exec(select(OutboxRow).where(OutboxRow.task_id == task.id)).one()
    # It keeps its row and so its place: it has waited longest.
    entry.claimed_at = entry.published_at = None
    lease.owner = lease.lease_until = None
    task.status = "pending"
    session.add_all([entry, lease, task])
    reached = TaskProgress.model_validate(task.progress)
    events.append(
        session, task, TaskProgress(phase=reached.phase, percentage=reached.percentage, message=message,
                                    details=details), attempt=lease.attempt, now=now,
    )  # fmt: skip
