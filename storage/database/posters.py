"""Posters: completing a task with one, reading, files and quality of its versions."""

from typing import Any

from sqlmodel import Session, col, select

from storage.database import leases, locking, paging, rows, tasks, uploads
from storage.database.base import Page
from storage.database.clock import at
from storage.database.tables import (
    ElementRow,
    LayerRow,
    PosterFilesRow,
    PosterLayerRow,
    PosterQualityRow,
    PosterRow,
)
from storage.database.types import exactly
from storage.documents.ids import poster_layer_id_of
from storage.documents.poster import Poster, PosterDocument, PosterFiles, PosterMetadata
from storage.documents.progress import PHASES, TaskProgress
from storage.documents.task import Task, TaskResult
from storage.errors import ConflictError, PosterNotFound, ValidationError

PENDING = {"verdict": "pending"}


def preview_path(poster_id: str) -> str:
    """Where the API serves the picture."""
    return f"/posters/{poster_id}/preview"


def source_path(poster_id: str) -> str:
    """Where the API serves the layered file."""
    return f"/api/v1/posters/{poster_id}/export?format=psd"


def load(session: Session, poster_id: str, user_id: str | None = None, *, lock: bool = False) -> PosterRow:
    """The row of a poster. Raises PosterNotFound."""
    row = locking.lock(session, PosterRow, poster_id) if lock else session.get(PosterRow, poster_id)
    if row is None or (user_id is not None and row.user_id != user_id):
        raise PosterNotFound("There is no poster with this id.")
    return row


def complete(
    session: Session, task_id: str, attempt: int, document: PosterDocument, files: PosterFiles,
    quality: dict[str, Any], now: float,
) -> Task:  # fmt: skip
    """Everything a finished task leaves. Raises ValidationError for another task's document."""
    task, _ = leases.fenced(session, task_id, attempt)
    poster = document.poster
    if (poster.task_id, poster.user_id) != (task.id, task.user_id):
        raise ValidationError(f"The document of poster {poster.id} is not of task {task_id}.", task_id=task_id)
    if session.get(PosterRow, poster.id) is not None:
        raise ConflictError(f"The poster {poster.id} exists already.", poster_id=poster.id)
    _insert(session, document, now)
    for element in document.walk():
        uploads.use(session, poster.id, uploads.pictures_of(element.content, element.style), None)
    put_files(session, poster.id, files)
    set_quality(session, poster.id, 1, quality)
    result = TaskResult(
        poster_id=poster.id, preview=preview_path(poster.id), layers=[layer.id for layer in document.layers]
    )
    task.result = rows.dump(result)
    phase = PHASES["completed"]
    progress = TaskProgress(phase="completed", percentage=phase.percentage, message=phase.message)
    tasks.finish(session, task, "completed", progress, now)
    return tasks.read(session, task)


def _insert(session: Session, document: PosterDocument, now: float) -> None:
    poster, made = document.poster, at(now)
    session.add(
        PosterRow(
            id=poster.id, task_id=poster.task_id, user_id=poster.user_id, title=poster.title,
            description=poster.description, width=poster.width, height=poster.height, background=poster.background,
            preview_url=poster.preview_url or preview_path(poster.id),
            source_url=poster.source_url or source_path(poster.id),
            metadata_=stored_metadata(poster.metadata), created_at=made, updated_at=made,
        )
    )  # fmt: skip
    for order, layer in enumerate(document.layers):
        session.add(
            LayerRow(
                id=layer.id, name=layer.name, type=layer.type, order=order, opacity=round(layer.opacity, 4),
                blend_mode=layer.blend_mode, locked=layer.locked, visible=layer.visible, created_at=made,
                updated_at=made, user_id=poster.user_id,
            )
        )  # fmt: skip
        link_id = poster_layer_id_of(poster.id, layer.id)
        session.add(PosterLayerRow(id=link_id, poster_id=poster.id, layer_id=layer.id, order=order, created_at=made))
        for position, element in enumerate(document.elements.get(layer.id, [])):
            session.add(
                ElementRow(
                    id=element.id, layer_id=layer.id, type=element.type, transform=rows.dump(element.transform),
                    style=rows.dump(element.style), content=rows.dump(element.content), locked=element.locked,
                    visible=element.visible, selectable=element.selectable, created_at=made, updated_at=made,
                    position=position,
                )
            )  # fmt: skip


def stored_metadata(metadata: PosterMetadata) -> dict[str, Any]:
    """Without the verdict, which is each version's own."""
    return {name: value for name, value in rows.dump(metadata).items() if name != "quality"}


def get(session: Session, poster_id: str, user_id: str | None) -> Poster:
    """Raises PosterNotFound."""
    return _with_quality(session, load(session, poster_id, user_id))


def get_document(session: Session, poster_id: str, user_id: str | None) -> PosterDocument:
    """Layers and elements in order. Raises PosterNotFound."""
    document = PosterDocument(poster=get(session, poster_id, user_id))
    layers = session.exec(
        select(LayerRow, PosterLayerRow.order)
        .join(PosterLayerRow, col(PosterLayerRow.layer_id) == col(LayerRow.id))
        .where(PosterLayerRow.poster_id == poster_id)
        .order_by(col(PosterLayerRow.order), col(PosterLayerRow.id))
    ).all()
    for row, order in layers:
        document.layers.append(rows.layer_of(row, order))
        document.elements[row.id] = []
    elements = session.exec(
        select(ElementRow)
        .where(col(ElementRow.layer_id).in_(list(document.elements)))
        .order_by(col(ElementRow.position), col(ElementRow.id))
    )
    for element in elements:
        document.elements[element.layer_id].append(rows.element_of(element))
    return document


def list_page(
    session: Session, user_id: str | None, task_id: str | None, limit: int, cursor: str | None
) -> Page[Poster]:
    """Newest first."""
    query = select(PosterRow)
    if user_id is not None:
        query = query.where(exactly(PosterRow.user_id, user_id))
    if task_id is not None:
        query = query.where(PosterRow.task_id == task_id)
    found, following = paging.fetch_page(session, query, PosterRow, "poster", limit, cursor)
    return Page([_with_quality(session, row) for row in found], following)


def _with_quality(session: Session, row: PosterRow) -> Poster:
    quality = session.get(PosterQualityRow, (row.id, row.version))
    return rows.poster_of(row, None if quality is None else quality.report)


def get_files(session: Session, poster_id: str, version: int) -> PosterFiles | None:
    """Files of a version, None while nobody has made them."""
    row = session.get(PosterFilesRow, (poster_id, version))
    return None if row is None else PosterFiles(version=row.version, png=row.png, jpg=row.jpg, psd=row.psd)


def put_files(session: Session, poster_id: str, files: PosterFiles) -> None:
    """Insert or replace."""
    session.merge(
        PosterFilesRow(poster_id=poster_id, version=files.version, png=files.png, jpg=files.jpg, psd=files.psd)
    )


def set_quality(session: Session, poster_id: str, version: int, quality: dict[str, Any]) -> None:
    """Insert or replace the report of a version; its verdict is the state."""
    state = str(quality.get("verdict", "unknown"))
    session.merge(PosterQualityRow(poster_id=poster_id, version=version, state=state, report=quality))


def put_quality(session: Session, poster_id: str, version: int, quality: dict[str, Any]) -> None:
    """Ignored when the poster has another version by now. Raises PosterNotFound."""
    if load(session, poster_id, lock=True).version == version:
        set_quality(session, poster_id, version, quality)


def pending_reviews(session: Session, limit: int) -> list[tuple[str, int]]:
    """Current versions whose verdict is pending, longest waiting first."""
    query = (
        select(PosterRow.id, PosterRow.version)
        .join(
            PosterQualityRow,
            (col(PosterQualityRow.poster_id) == col(PosterRow.id))
            & (col(PosterQualityRow.version) == col(PosterRow.version)),
        )
        .where(PosterQualityRow.state == PENDING["verdict"])
        .order_by(col(PosterRow.updated_at), col(PosterRow.id))
        .limit(limit)
    )
    return [(poster_id, version) for poster_id, version in session.exec(query)]
