"""The outbox's way to a broker, and claims of what the broker delivered."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, func, select, update
from sqlmodel.sql.expression import SelectOfScalar

from storage.database import lanes, leases, locking, rows, tasks
from storage.database.clock import at
from storage.database.queue_base import Band, ClaimedTasks, Publication
from storage.database.tables import OutboxRow, TaskRow
from storage.documents.progress import TaskProgress
from storage.documents.task import TaskError

QUEUE_ERROR = "QUEUE_ERROR"
ENDED_AT_ONCE = 100
# Few rows are published at a time; the index of the queue leads through all that wait.
BY_PUBLICATION = "FORCE INDEX (idx_published)"


def reserve(
    session: Session, bands: Sequence[Band], window: int, lost_after_seconds: float, now: float
) -> dict[Band, list[Publication]]:
    """See ``QueueDatabase.reserve_publications``."""
    # Written before it is sent: then nothing is written after, when a consumer may be claiming the same row.
    lost = session.exec(_lost(now, lost_after_seconds)).all()
    if lost:
        give_back(session, lost)
    found: dict[Band, list[Publication]] = {}
    for band in bands:
        room = window - _published(session, band)
        if room <= 0:
            continue
        entries = session.exec(
            select(OutboxRow)
            .with_hint(OutboxRow, leases.IN_QUEUE_ORDER, "mysql")
            .where(_unpublished(now), _in(band))
            .order_by(col(OutboxRow.priority).desc(), col(OutboxRow.turn), col(OutboxRow.id))
            .limit(room)
            .with_for_update(skip_locked=True)
        ).all()
        for entry in entries:
            entry.published_at = at(now)
            session.add(entry)
        found[band] = [
            Publication(entry.task_id, lanes.priority_of(entry.priority), entry.turn, entry.id or 0)
            for entry in entries
        ]
    return found


def anything_to_reserve(
    session: Session, bands: Sequence[Band], window: int, lost_after_seconds: float, now: float
) -> bool:
    """Whether ``reserve`` has something to do: reads only."""
    if session.exec(_lost(now, lost_after_seconds).limit(1)).first() is not None:
        return True
    # Asked many times a second, mostly of an empty queue: one question for all bands first.
    if not _any(session, _unpublished(now)):
        return False
    return any(_any(session, _unpublished(now), _in(band)) and _published(session, band) < window for band in bands)


def give_back(session: Session, task_ids: Sequence[str]) -> None:
    """See ``QueueDatabase.return_publications``."""
    mine = and_(col(OutboxRow.task_id).in_(task_ids), col(OutboxRow.claimed_at).is_(None))
    session.exec(update(OutboxRow).where(mine).values(published_at=None))


def confirm(session: Session, task_ids: Sequence[str], now: float) -> None:
    """See ``QueueDatabase.confirm_publications``."""
    mine = and_(
        col(OutboxRow.task_id).in_(task_ids), col(OutboxRow.claimed_at).is_(None),
        col(OutboxRow.published_at).is_not(None),
    )  # fmt: skip
    session.exec(update(OutboxRow).where(mine).values(published_at=at(now)))


def claim_tasks(
    session: Session, task_ids: Sequence[str], owner: str, limit: int, lease_seconds: float, now: float
) -> ClaimedTasks:
    """See ``QueueDatabase.claim_tasks``."""
    known = set(session.exec(select(TaskRow.id).where(col(TaskRow.id).in_(task_ids))).all())
    open_ids = set(
        session.exec(
            select(OutboxRow.task_id).where(col(OutboxRow.task_id).in_(task_ids), col(OutboxRow.claimed_at).is_(None))
        ).all()
    )
    in_order = [task_id for task_id in dict.fromkeys(task_ids) if task_id in open_ids]
    chosen, waiting = in_order[:limit], set(in_order[limit:])
    entries = [entry for task_id in chosen if (entry := _held(session, task_id, now))]
    claims = leases.claim_entries(session, entries, owner, lease_seconds, now)
    return ClaimedTasks(claims, waiting, set(task_ids) - known)


def any_unstarted(session: Session, longest_seconds: float, now: float) -> bool:
    """Whether ``fail_unstarted`` has something to do."""
    return session.exec(_unstarted(longest_seconds, now).limit(1)).first() is not None


def fail_unstarted(session: Session, longest_seconds: float, now: float) -> list[str]:
    """See ``QueueDatabase.fail_unstarted``."""
    ended = []
    for task_id in session.exec(_unstarted(longest_seconds, now).limit(ENDED_AT_ONCE)).all():
        task = tasks.load(session, task_id, lock=True)
        if task.status != "pending" or task.started_at is not None:
            continue
        sentence = f"No worker took the task within {longest_seconds:g} s; ask for it again later."
        error = TaskError(code=QUEUE_ERROR, message=sentence, details={"waited_seconds": longest_seconds})
        task.error = rows.dump(error)
        progress = TaskProgress(phase="failed", percentage=-1, message=f"生成失败: {error.message}", details=task.error)
        tasks.finish(session, task, "failed", progress, now)
        ended.append(task_id)
    return ended


def _held(session: Session, task_id: str, now: float) -> OutboxRow | None:
    # The task first, as everybody who ends one does: then none of them waits for another in a ring.
    if locking.lock(session, TaskRow, task_id) is None:
        return None  # Deleted since it was seen: no reason to take none of the others.
    entry = session.exec(
        select(OutboxRow).where(OutboxRow.task_id == task_id, col(OutboxRow.claimed_at).is_(None)).with_for_update()
    ).first()
    if entry is None:
        return None
    if not leases.available(entry, now):
        # Delivered before its time, or this host's clock is behind: the relay sends it when the time has come.
        entry.published_at = None
        session.add(entry)
        return None
    return entry


def _in(band: Band) -> ColumnElement[bool]:
    return col(OutboxRow.priority).between(band.lowest, band.highest)


def _unpublished(now: float) -> ColumnElement[bool]:
    return and_(leases.claimable(now), col(OutboxRow.published_at).is_(None))


def _any(session: Session, *wanted: ColumnElement[bool]) -> bool:
    # In the queue's order: the published ones, at most a window, are passed first.
    query = select(OutboxRow.id).with_hint(OutboxRow, leases.IN_QUEUE_ORDER, "mysql").where(*wanted)
    return session.exec(query.limit(1)).first() is not None


def _lost(now: float, lost_after_seconds: float) -> SelectOfScalar[str]:
    lost = and_(col(OutboxRow.claimed_at).is_(None), col(OutboxRow.published_at) < at(now - lost_after_seconds))
    return select(OutboxRow.task_id).with_hint(OutboxRow, BY_PUBLICATION, "mysql").where(lost)


def _published(session: Session, band: Band) -> int:
    query = select(func.count()).select_from(OutboxRow).with_hint(OutboxRow, BY_PUBLICATION, "mysql")
    published = and_(col(OutboxRow.claimed_at).is_(None), col(OutboxRow.published_at).is_not(None), _in(band))
    return session.exec(query.where(published)).one()


def _unstarted(longest_seconds: float, now: float) -> SelectOfScalar[str]:
    return (
        select(OutboxRow.task_id)
        .join(TaskRow, col(TaskRow.id) == col(OutboxRow.task_id))
        .where(
            col(OutboxRow.claimed_at).is_(None), col(OutboxRow.created_at) < at(now - longest_seconds),
            col(TaskRow.started_at).is_(None),
        )
        .order_by(col(OutboxRow.id))
    )  # fmt: skip
