"""Deleting a task or a poster with all that belongs to it.

Objects go first (``belongings``), rows last: a deletion that was cut can be said again, and leaves nothing behind.
"""

from sqlmodel import Session, col, delete, select

from storage.announcer.base import ElementDeleted, TaskDeleted
from storage.database import changes, posters, requests, tasks, uploads
from storage.database.client_base import Belongings
from storage.database.client_tables import TaskExtraRow
from storage.database.tables import (
    ElementRow,
    LayerRow,
    OutboxRow,
    PosterFilesRow,
    PosterLayerRow,
    PosterQualityRow,
    PosterRow,
    TaskEventRow,
    TaskLeaseRow,
    TaskRow,
)
from storage.documents.ids import poster_id_of
from storage.documents.task import FINAL_STATUSES
from storage.errors import ConflictError


def of_task(session: Session, task_id: str, user_id: str | None) -> Belongings:
    """Objects of a final task and of its posters. Raises TaskNotFound, ConflictError."""
    _check_final(tasks.load(session, task_id, user_id))
    parts = [_of(session, poster.id) for poster in _posters(session, task_id)]
    # A cancelled attempt may have stored files of a poster that was never finished.
    folders = {f"tasks/{task_id}", f"posters/{poster_id_of(task_id)}"}
    folders.update(folder for part in parts for folder in part.folders)
    return Belongings(sorted(folders), [key for part in parts for key in part.keys])


def of_poster(session: Session, poster_id: str, user_id: str | None) -> Belongings:
    """Objects of a poster whose task is final. Raises PosterNotFound, ConflictError."""
    poster = posters.load(session, poster_id, user_id)
    task = session.get(TaskRow, poster.task_id)
    if task is not None:
        _check_final(task)
    return _of(session, poster_id)


def _of(session: Session, poster_id: str) -> Belongings:
    return Belongings([f"posters/{poster_id}"], uploads.only_of(session, poster_id))


def delete_task(session: Session, task_id: str, user_id: str | None) -> None:
    """Rows of a task and of its posters. Raises TaskNotFound, ConflictError."""
    task = tasks.load(session, task_id, user_id, lock=True)
    _check_final(task)
    for poster in _posters(session, task_id):
        _drop(session, poster)
    for table in (TaskEventRow, TaskLeaseRow, OutboxRow, TaskExtraRow):
        session.exec(delete(table).where(col(table.task_id) == task_id))
    requests.forget_answer(session, task_id)
    session.delete(task)
    changes.note(session, TaskDeleted(task_id))


def delete_poster(session: Session, poster_id: str, user_id: str | None) -> None:
    """Rows of a poster; its task stays. Raises PosterNotFound, ConflictError."""
    of_poster(session, poster_id, user_id)
    _drop(session, posters.load(session, poster_id, user_id, lock=True))


def _posters(session: Session, task_id: str) -> list[PosterRow]:
    return list(session.exec(select(PosterRow).where(PosterRow.task_id == task_id)).all())


def _drop(session: Session, poster: PosterRow) -> None:
    layer_ids = list(session.exec(select(PosterLayerRow.layer_id).where(PosterLayerRow.poster_id == poster.id)).all())
    element_ids = session.exec(select(ElementRow.id).where(col(ElementRow.layer_id).in_(layer_ids))).all()
    changes.note(session, *(ElementDeleted(element_id) for element_id in element_ids))
    session.exec(delete(ElementRow).where(col(ElementRow.layer_id).in_(layer_ids)))
    session.exec(delete(LayerRow).where(col(LayerRow.id).in_(layer_ids)))
    for table in (PosterLayerRow, PosterFilesRow, PosterQualityRow):
        session.exec(delete(table).where(col(table.poster_id) == poster.id))
    uploads.release(session, poster.id)
    session.delete(poster)


def _check_final(task: TaskRow) -> None:
    if task.status not in FINAL_STATUSES:
        raise ConflictError(f"The task is {task.status}; cancel it, or wait until it has ended.", status=task.status)
