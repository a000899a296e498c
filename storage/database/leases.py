"""Claims and leases. ``attempt`` rises with every claim and fences every later write."""

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, func, select

from storage.database import events, lanes, locking, rows, tasks, turns
from storage.database.backoff import Backoff
from storage.database.base import Claim
from storage.database.clock import at, milliseconds
from storage.database.tables import OutboxRow, TaskLeaseRow, TaskRow
from storage.documents.base import format_time
from storage.documents.progress import TaskProgress
from storage.documents.task import FINAL_STATUSES, Task, TaskError
from storage.errors import StaleAttempt, TaskCancelled

RETRY_MESSAGE = "等待重试"
RELEASED_MESSAGE = "等待继续处理"
LOST_WORKER = "WORKER_LOST"

# In the order of the index few rows are locked. Sorting would lock the whole queue, and other claimers find none free.
IN_QUEUE_ORDER = "FORCE INDEX (idx_queue)"


def claimable(now: float) -> ColumnElement[bool]:
    """The outbox rows that a worker may have now."""
    return and_(col(OutboxRow.claimed_at).is_(None), col(OutboxRow.available_at) <= milliseconds(now))


def available(entry: OutboxRow, now: float) -> bool:
    """Whether its wait is over."""
    return entry.available_at <= milliseconds(now)


def backlog(session: Session, now: float) -> int:
    """How many tasks wait for a worker; those that wait for a retry are not among them."""
    return session.exec(select(func.count()).select_from(OutboxRow).where(claimable(now))).one()


def next_due(session: Session) -> float:
    """When the first unclaimed task may be claimed, or could long since; infinity when there is none."""
    due = session.exec(select(func.min(OutboxRow.available_at)).where(col(OutboxRow.claimed_at).is_(None))).one()
    return float("inf") if due is None else due / 1000


def claim(session: Session, owner: str, next_are_bulk: Sequence[bool], lease_seconds: float, now: float) -> list[Claim]:
    """As many as are listed, each of its lane, or of the other where its own has none.

    In a lane higher priority first, users in turn, then first come.
    """
    bulk = _waiting(session, now, sum(next_are_bulk), bulk=True)
    rest = _waiting(session, now, len(next_are_bulk) - len(bulk), bulk=False)
    bulk += _waiting(session, now, len(next_are_bulk) - len(bulk) - len(rest), bulk=True, but=bulk)
    # In turn, and what is left of either.
    taken = [(bulk if (is_bulk and bulk) or not rest else rest).pop(0) for is_bulk in next_are_bulk if bulk or rest]
    return claim_entries(session, taken, owner, lease_seconds, now)


def _waiting(session: Session, now: float, most: int, *, bulk: bool, but: Sequence[OutboxRow] = ()) -> list[OutboxRow]:
    if most <= 0:
        return []
    lane = col(OutboxRow.priority) < 0 if bulk else col(OutboxRow.priority) >= 0
    first = (
        select(OutboxRow)
        .with_hint(OutboxRow, IN_QUEUE_ORDER, "mysql")
        .where(claimable(now), lane)
        .order_by(col(OutboxRow.priority).desc(), col(OutboxRow.turn), col(OutboxRow.id))
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    if but:
        first = first.where(col(OutboxRow.id).not_in([entry.id for entry in but]))
    return list(session.exec(first).all())


def claim_entries(
    session: Session, entries: Sequence[OutboxRow], owner: str, lease_seconds: float, now: float
) -> list[Claim]:
    """Claim the tasks of outbox rows that this transaction holds, but for those that somebody else is changing."""
    claims, taken = [], []
    for entry in entries:
        task = locking.lock(session, TaskRow, entry.task_id, skip_locked=True)
        if task is None:
            continue
        lease = tasks.load_lease(session, entry.task_id)
        lease.attempt += 1
        lease.owner, lease.lease_until = owner, milliseconds(now + lease_seconds)
        task.status = "processing"
        task.started_at = task.started_at or at(now)
        task.updated_at = entry.claimed_at = at(now)
        session.add_all([task, lease, entry])
        taken.append(entry)
        claims.append(Claim(task.id, lease.attempt, lanes.priority_of(entry.priority)))
    turns.note_taken(session, taken)
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


def fail(
    session: Session, task_id: str, attempt: int, error: TaskError, max_attempts: int, backoff: Backoff, now: float
) -> Task:
    """Count a failure; what is tried again waits first."""
    task, lease = fenced(session, task_id, attempt)
    lease.failures += 1
    _retry_or_end(session, task, lease, error, max_attempts, now, backoff)
    return tasks.read(session, task)


def postpone(session: Session, task_id: str, attempt: int, error: TaskError, backoff: Backoff, now: float) -> Task:
    """Back to the queue after a wait, uncounted."""
    task, lease = fenced(session, task_id, attempt)
    _put_back(session, task, lease, RETRY_MESSAGE, {"error": rows.dump(error)}, now, backoff)
    return tasks.read(session, task)


def release(session: Session, task_id: str, attempt: int, now: float) -> None:
    """Back to the queue, uncounted."""
    task, lease = fenced(session, task_id, attempt)
    _put_back(session, task, lease, RELEASED_MESSAGE, None, now)


def release_owned(session: Session, owner_prefix: str, now: float) -> list[str]:
    """Back to the queue, uncounted, whatever the owners named so hold; ids of the tasks."""
    held = select(TaskLeaseRow.task_id).where(col(TaskLeaseRow.owner).startswith(owner_prefix, autoescape=True))
    put_back = []
    for task_id in session.exec(held.order_by(col(TaskLeaseRow.task_id))).all():
        task = tasks.load(session, task_id, lock=True)
        lease = tasks.load_lease(session, task_id)
        if lease.owner is not None and lease.owner.startswith(owner_prefix):
            _put_back(session, task, lease, RELEASED_MESSAGE, None, now)
            put_back.append(task_id)
    return put_back


def requeue_lapsed(session: Session, max_attempts: int, now: float) -> list[str]:
    """Every lease that ran out is a death in some step; ids of the tasks that are pending again."""
    lapsed = (
        select(TaskLeaseRow.task_id)
        .where(col(TaskLeaseRow.lease_until) < milliseconds(now))
        .order_by(col(TaskLeaseRow.lease_until))
    )
    put_back = []
    for task_id in session.exec(lapsed).all():
        task = locking.lock(session, TaskRow, task_id, skip_locked=True)
        if task is None:
            continue  # Its worker is writing, or another relay is here.
        lease = tasks.load_lease(session, task_id)
        if lease.lease_until is None or lease.lease_until >= milliseconds(now):
            continue
        error = TaskError(code=LOST_WORKER, message="The worker stopped renewing its lease.",
                          details={"owner": lease.owner, "attempt": lease.attempt})  # fmt: skip
        _note_death(session, task, lease)
        _retry_or_end(session, task, lease, error, max_attempts, now)
        if task.status == "pending":
            put_back.append(task.id)
    return put_back


def any_lapsed(session: Session, now: float) -> bool:
    """Whether ``requeue_lapsed`` has something to do."""
    query = select(TaskLeaseRow.task_id).where(col(TaskLeaseRow.lease_until) < milliseconds(now)).limit(1)
    return session.exec(query).first() is not None


def _note_death(session: Session, task: TaskRow, lease: TaskLeaseRow) -> None:
    last = events.last_event(session, task.id)
    if last is None or last.attempt != lease.attempt:
        return  # Nothing was reported since the claim: the task was on its way to a worker.
    rounds = (last.details or {}).get("repair_round")
    step = last.phase if rounds is None else f"{last.phase}, repair {rounds}"
    lease.deaths = lease.deaths + 1 if lease.died_in == step else 1
    lease.died_in = step


def _retry_or_end(
    session: Session, task: TaskRow, lease: TaskLeaseRow, error: TaskError, max_attempts: int, now: float,
    backoff: Backoff | None = None,
) -> None:  # fmt: skip
    # A lone death may be the machine's; the same step again is the task's own.
    counted = lease.failures + (lease.deaths if lease.deaths > 1 else 0)
    if counted < max_attempts:
        details = {"failures": counted, "error": rows.dump(error)}
        _put_back(session, task, lease, RETRY_MESSAGE, details, now, backoff)
        return
    task.error = rows.dump(error)
    progress = TaskProgress(phase="failed", percentage=-1, message=f"生成失败: {error.message}"[:2000],
                            details=task.error)  # fmt: skip
    tasks.finish(session, task, "failed", progress, now)


def _put_back(
    session: Session, task: TaskRow, lease: TaskLeaseRow, message: str, details: dict[str, Any] | None, now: float,
    backoff: Backoff | None = None,
) -> None:  # fmt: skip
    entry = session.exec(select(OutboxRow).where(OutboxRow.task_id == task.id)).one()
    # It keeps its row and so its place: it has waited longest.
    entry.claimed_at = entry.published_at = None
    if backoff is not None:
        entry.retries += 1
        available = now + backoff.seconds(entry.retries)
        entry.available_at = milliseconds(available)
        details = {**(details or {}), "retry_at": format_time(at(math.ceil(available)))}
    lease.owner = lease.lease_until = None
    task.status = "pending"
    session.add_all([entry, lease, task])
    reached = TaskProgress.model_validate(task.progress)
    events.append(
        session, task, TaskProgress(phase=reached.phase, percentage=reached.percentage, message=message,
                                    details=details), attempt=lease.attempt, now=now,
    )  # fmt: skip
