"""What a task has beyond the known table: who executes it, and which task it repeats."""

from sqlmodel import Session, col, select

from storage.database import creation, locking, rows, tasks
from storage.database.client_tables import TaskExtraRow
from storage.database.clock import milliseconds
from storage.database.fairness import EQUAL, Fairness
from storage.database.tables import TaskRow
from storage.documents.progress import TaskProgress
from storage.documents.task import FINAL_STATUSES, Task, TaskError, TaskParams
from storage.errors import ConflictError, TaskCancelled

EXPIRED = TaskError(code="EXTERNAL_EXPIRED", message="Nobody completed this external task within 24 hours.")


def executor_of(session: Session, task_id: str) -> str:
    """``cluster`` or ``external``."""
    extra = session.get(TaskExtraRow, task_id)
    return "cluster" if extra is None else extra.executor


def open_external(session: Session, task_id: str, user_id: str | None) -> TaskRow:
    """The locked row of an external task that may be written. Raises TaskNotFound, ConflictError, TaskCancelled."""
    task = external(session, task_id, user_id)
    check_open(task)
    return task


def external(session: Session, task_id: str, user_id: str | None) -> TaskRow:
    """The locked row of an external task. Raises TaskNotFound; ConflictError for a task of the cluster."""
    task = tasks.load(session, task_id, user_id, lock=True)
    if executor_of(session, task_id) != creation.EXTERNAL:
        raise ConflictError('The cluster runs this task; only a task created with "executor": "external" takes this.')
    return task


def check_open(task: TaskRow) -> None:
    """Raise TaskCancelled unless the task may still change."""
    if task.status in FINAL_STATUSES:
        raise TaskCancelled(f"The task is already {task.status}; it takes nothing more.", status=task.status)


def retry(session: Session, task_id: str, user_id: str | None, now: float, fairness: Fairness = EQUAL) -> Task:
    """A new task that asks for the same. Raises TaskNotFound; ConflictError while the old one is not final."""
    old = tasks.load(session, task_id, user_id)
    if old.status not in FINAL_STATUSES:
        raise ConflictError(f"The task is {old.status}; cancel it, or wait until it has ended.", status=old.status)
    before = session.get(TaskExtraRow, task_id)
    origin = creation.Origin(
        executor="cluster" if before is None else before.executor, retry_of=task_id,
        group_id=task_id if before is None or before.group_id is None else before.group_id,
        lane="bulk" if before is not None and before.lane == "bulk" else "interactive",
    )  # fmt: skip
    params = TaskParams.model_validate(old.input_params)
    (task,) = creation.create(session, [creation.Order(old.user_id, params, old.priority, origin)], now, fairness)
    return task


def any_expired(session: Session, now: float) -> bool:
    """Whether ``expire`` has something to do."""
    query = select(TaskExtraRow.task_id).where(col(TaskExtraRow.expires_at) < milliseconds(now)).limit(1)
    return session.exec(query).first() is not None


def expire(session: Session, now: float) -> list[str]:
    """Fail external tasks whose day is over; ids of those that failed now."""
    query = (
        select(TaskExtraRow.task_id)
        .where(col(TaskExtraRow.expires_at) < milliseconds(now))
        .order_by(col(TaskExtraRow.expires_at))
    )
    failed = []
    for task_id in session.exec(query).all():
        task = locking.lock(session, TaskRow, task_id, skip_locked=True)
        extra = session.get(TaskExtraRow, task_id)
        if task is None or extra is None:
            continue
        extra.expires_at = None
        session.add(extra)
        if task.status in FINAL_STATUSES:
            continue
        task.error = rows.dump(EXPIRED)
        progress = TaskProgress(phase="failed", percentage=-1, message=f"生成失败: {EXPIRED.message}")
        tasks.finish(session, task, "failed", progress, now)
        failed.append(task.id)
    return failed
