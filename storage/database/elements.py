"""Elements: reading one, and replacing what it is."""

from sqlmodel import Session, col, select

from storage.database import posters, rows
from storage.database.clock import at
from storage.database.tables import ElementRow, PosterLayerRow, PosterRow, TaskRow
from storage.documents.element import Element, ElementUpdate
from storage.documents.task import FINAL_STATUSES
from storage.errors import ConflictError, ElementNotFound


def load(session: Session, element_id: str, user_id: str | None) -> tuple[ElementRow, PosterRow]:
    """The rows of an element and of its poster. Raises ElementNotFound."""
    query = (
        select(ElementRow, PosterRow)
        .join(PosterLayerRow, col(PosterLayerRow.layer_id) == col(ElementRow.layer_id))
        .join(PosterRow, col(PosterRow.id) == col(PosterLayerRow.poster_id))
        .where(ElementRow.id == element_id)
    )
    found = session.exec(query).first()
    if found is None or (user_id is not None and found[1].user_id != user_id):
        raise ElementNotFound(f"There is no element {element_id}.", element_id=element_id)
    return found[0], found[1]


def get(session: Session, element_id: str, user_id: str | None) -> Element:
    """Raises ElementNotFound."""
    return rows.element_of(load(session, element_id, user_id)[0])


def update(session: Session, element_id: str, change: ElementUpdate, user_id: str | None, now: float) -> Element:
    """Replace each object given. An empty update changes nothing, so it makes no new version."""
    _, poster = load(session, element_id, user_id)
    # Editors of one poster take turns: its row is locked before the element is read for the change.
    poster = posters.load(session, poster.id, lock=True)
    row = session.get(ElementRow, element_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise ElementNotFound(f"There is no element {element_id}.", element_id=element_id)
    task = session.get(TaskRow, poster.task_id)
    if task is not None and task.status not in FINAL_STATUSES:
        raise ConflictError(f"The task {task.id} is still {task.status}; edit when it has ended.",
                            task_id=task.id, status=task.status)  # fmt: skip
    given = rows.dump(change)
    if not given:
        return rows.element_of(row)
    for name, value in given.items():
        setattr(row, name, value)
    row.version += 1
    poster.version += 1
    row.updated_at = poster.updated_at = at(now)
    session.add_all([row, poster])
    posters.set_quality(session, poster.id, poster.version, posters.PENDING)
    return rows.element_of(row)
