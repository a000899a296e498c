"""Elements: reading one, and replacing what it is."""

from typing import Any

import pydantic
from sqlmodel import Session, col, select

from storage.announcer.base import ElementEdited
from storage.database import changes, locking, posters, rows, uploads
from storage.database.clock import at
from storage.database.tables import ElementRow, LayerRow, PosterLayerRow, PosterRow, TaskRow
from storage.documents.element import Element, ElementSpec, ElementUpdate
from storage.documents.merging import merge
from storage.documents.task import FINAL_STATUSES
from storage.errors import ConflictError, ElementNotFound, ValidationError


def load(session: Session, element_id: str, user_id: str | None) -> tuple[ElementRow, PosterRow]:
    """The rows of an element and of its poster. Raises ElementNotFound, also while its layer is in no poster."""
    query = (
        select(ElementRow, PosterRow)
        .join(PosterLayerRow, col(PosterLayerRow.layer_id) == col(ElementRow.layer_id))
        .join(PosterRow, col(PosterRow.id) == col(PosterLayerRow.poster_id))
        .where(ElementRow.id == element_id)
    )
    found = session.exec(query).first()
    if found is None or (user_id is not None and found[1].user_id != user_id):
        raise _unknown()
    return found[0], found[1]


def _unknown() -> ElementNotFound:
    return ElementNotFound("There is no element with this id.")


def get(session: Session, element_id: str, user_id: str | None) -> Element:
    """Raises ElementNotFound. One whose layer is in no poster yet is seen by the layer's owner."""
    row = session.get(ElementRow, element_id)
    layer = None if row is None else session.get(LayerRow, row.layer_id)
    if row is None or layer is None or (user_id is not None and layer.user_id != user_id):
        raise _unknown()
    return rows.element_of(row)


def version(session: Session, element_id: str, user_id: str | None) -> int:
    """Of an element that ``get`` would give, without what it holds. Raises ElementNotFound."""
    query = (
        select(ElementRow.version, LayerRow.user_id)
        .join(LayerRow, col(LayerRow.id) == col(ElementRow.layer_id))
        .where(ElementRow.id == element_id)
    )
    found = session.exec(query).first()
    if found is None or (user_id is not None and found[1] != user_id):
        raise _unknown()
    return found[0]


def update(session: Session, element_id: str, change: ElementUpdate, user_id: str | None, now: float) -> Element:
    """Replace each object given. An empty update changes nothing, so it makes no new version."""
    row, poster = editable(session, element_id, user_id)
    given = rows.dump(change)
    if not given:
        return rows.element_of(row)
    return _store(session, row, poster, given, user_id, now)


def patch(
    session: Session, element_id: str, version: int, change: dict[str, Any], user_id: str | None, now: float
) -> Element:
    """Merge as RFC 7396: what null takes away is the default again.

    Raises ConflictError for an old version, ValidationError for an element that is not valid.
    """
    row, poster = editable(session, element_id, user_id)
    if row.version != version:
        raise ConflictError(f"The element is at version {row.version} by now; read it and merge again.",
                            version=row.version)  # fmt: skip
    before = rows.element_of(row)
    stored = before.model_dump(mode="json", include=set(ElementSpec.model_fields), exclude_none=True)
    try:
        after = ElementSpec.model_validate(merge(stored, change), strict=True)
    except pydantic.ValidationError as error:
        raise _invalid(error) from None
    given = {name: value for name, value in rows.dump(after).items() if name in change}
    if all(getattr(after, name) == getattr(before, name) for name in given):
        return before
    return _store(session, row, poster, given, user_id, now)


def _invalid(error: pydantic.ValidationError) -> ValidationError:
    fields = {
        ".".join(str(part) for part in entry["loc"]): str(entry["msg"]).removeprefix("Value error, ")
        for entry in error.errors()
    }
    named = "; ".join(f"{field}: {problem}" for field, problem in fields.items())
    return ValidationError(f"The merged element is not valid ({named}).", fields=fields)


def editable(session: Session, element_id: str, user_id: str | None) -> tuple[ElementRow, PosterRow]:
    """The locked rows of an element that may be edited, and of its poster. Raises ElementNotFound, ConflictError."""
    _, poster = load(session, element_id, user_id)
    # Editors of one poster take turns: its row is locked before the element is read for the change.
    poster = posters.load(session, poster.id, lock=True)
    row = locking.lock(session, ElementRow, element_id)
    if row is None:
        raise _unknown()
    task = session.get(TaskRow, poster.task_id)
    if task is not None and task.status not in FINAL_STATUSES:
        raise ConflictError(f"The task is still {task.status}; edit when it has ended.", status=task.status)
    return row, poster


def _store(
    session: Session, row: ElementRow, poster: PosterRow, given: dict[str, Any], user_id: str | None, now: float
) -> Element:
    before = rows.element_of(row)
    for name, value in given.items():
        setattr(row, name, value)
    row.version += 1
    poster.version += 1
    row.updated_at = poster.updated_at = at(now)
    session.add_all([row, poster])
    changes.note(session, ElementEdited(row.id, row.version))
    posters.set_quality(session, poster.id, poster.version, posters.PENDING)
    element = rows.element_of(row)
    shown = uploads.pictures_of(before.content, before.style)
    new = [url for url in uploads.pictures_of(element.content, element.style) if url not in shown]
    uploads.use(session, poster.id, new, user_id)
    return element
