"""The writes of executors outside the cluster: progress, posters, elements, completion."""

import hashlib
import json

from sqlmodel import Session

from storage.announcer.base import ElementStored
from storage.database import changes, events, extras, layers, posters, rows, tasks, uploads
from storage.database.clock import at
from storage.database.tables import ElementRow, PosterRow, TaskRow
from storage.documents.element import Element
from storage.documents.external import NewElement, NewElements, NewPoster, TaskCompletion
from storage.documents.ids import derived_id, poster_id_of
from storage.documents.poster import Poster
from storage.documents.progress import PHASES, TaskEvent, TaskProgress
from storage.documents.task import Task, TaskError, TaskParams, TaskResult
from storage.errors import ConflictError, ValidationError

FAILED_CODE = "EXECUTOR_FAILED"
NO_REASON = "The executor reported a failure without a reason."


def report(session: Session, task_id: str, progress: TaskProgress, user_id: str | None, now: float) -> TaskEvent:
    """The next event; phase ``failed`` ends the task. Raises TaskNotFound, ConflictError, ValidationError."""
    task = extras.open_external(session, task_id, user_id)
    task.started_at = task.started_at or at(now)
    if progress.phase == "failed":
        message = progress.message or NO_REASON
        task.error = rows.dump(TaskError(code=FAILED_CODE, message=message, details=progress.details))
        failure = progress.model_copy(update={"percentage": -1, "message": message})
        tasks.finish(session, task, "failed", failure, now)
        last = events.last_event(session, task_id)
        assert last is not None  # finish wrote it
        return rows.event_of(last)
    if progress.percentage < 0:
        problem = 'is below 0 only with the phase "failed"'
        raise ValidationError(f"percentage {problem}.", fields={"percentage": problem})
    task.status = "processing"
    return events.append_rising(session, task, progress.phase, progress.percentage, progress.message, progress.details,
                                attempt=0, now=now)  # fmt: skip


def create_poster(session: Session, new: NewPoster, caller: str, user_id: str | None, now: float) -> Poster:
    """The task's one poster; made again it stays as it is. Raises TaskNotFound, ObjectNotFound, ConflictError."""
    task = extras.external(session, new.task_id, user_id)
    poster_id = poster_id_of(task.id)
    if session.get(PosterRow, poster_id) is not None:
        return posters.get(session, poster_id, None)
    extras.check_open(task)
    if new.user_id not in {None, task.user_id}:
        problem = "must be the task's user, or absent"
        raise ConflictError(f"user_id {problem}.", fields={"user_id": problem})
    files = {name: getattr(new, name) or None for name in ("preview_url", "source_url")}
    row = PosterRow(
        id=poster_id, task_id=task.id, user_id=task.user_id, title=new.title or _title(task),
        description=new.description or _prompt(task), width=new.width, height=new.height, background=new.background,
        preview_url=files["preview_url"] or posters.preview_path(poster_id),
        source_url=files["source_url"] or posters.source_path(poster_id),
        metadata_=posters.stored_metadata(new.metadata), created_at=at(now), updated_at=at(now),
    )  # fmt: skip
    session.add(row)
    session.flush()
    uploads.use(session, poster_id, [url for url in files.values() if url], user_id)
    layers.link(session, row, new.layers, caller, now)
    return posters.get(session, poster_id, None)


def _prompt(task: TaskRow) -> str:
    return TaskParams.model_validate(task.input_params).prompt


def _title(task: TaskRow) -> str:
    """The first text that must appear, or else the prompt's first line."""
    params = TaskParams.model_validate(task.input_params)
    texts = [entry.content for entry in params.elements if entry.type == "text"]
    return " ".join((texts or params.prompt.strip().splitlines())[0].split())[:200]


def create_elements(session: Session, new: NewElements, caller: str, user_id: str | None, now: float) -> list[Element]:
    """Stack elements on their layers, in order; the same batch again gives the same elements and stacks none twice.

    Raises PosterNotFound, ObjectNotFound, ConflictError.
    """
    poster = None
    if new.poster_id is not None:
        poster = posters.load(session, new.poster_id, user_id, lock=True)
        extras.open_external(session, poster.task_id, None)
    layer_ids = list(dict.fromkeys(entry.layer_id for entry in new.elements))
    joined = {layer_id: _writable_layer(session, layer_id, poster, caller, user_id, now) for layer_id in layer_ids}
    if poster is not None:
        present = [entry.layer_id for entry in layers.links(session, poster.id)]
        layers.link(session, poster, [*present, *(name for name in layer_ids if name not in present)], caller, now)
    places = {layer_id: layers.next_position(session, layer_id) for layer_id in layer_ids}
    made = []
    batch = _digest(new)
    for index, entry in enumerate(new.elements):
        element_id = derived_id("elem", entry.layer_id, batch, index)
        if (known := session.get(ElementRow, element_id)) is not None:
            made.append(rows.element_of(known))
            continue
        row = _element_row(element_id, entry, places[entry.layer_id], now)
        places[entry.layer_id] += 1
        session.add(row)
        poster_id = poster.id if poster is not None else joined[entry.layer_id]
        pictures = uploads.pictures_of(entry.content, entry.style)
        uploads.check_visible(session, pictures, user_id)
        if poster_id is not None:
            uploads.use(session, poster_id, pictures, None)
        made.append(rows.element_of(row))
    changes.note(session, *(ElementStored(element) for element in made))
    return made


def _writable_layer(
    session: Session, layer_id: str, poster: PosterRow | None, caller: str, user_id: str | None, now: float
) -> str | None:
    """Id of the poster that the layer has joined. Raises ConflictError for a layer that is not the caller's to fill."""
    owner = poster.user_id if poster is not None else user_id or caller
    layer = layers.named(session, layer_id, owner, now)
    if user_id is not None and layer.user_id != user_id:
        raise layers.taken()
    joined = layers.poster_of(session, layer_id)
    if joined is not None:
        if poster is not None and joined != poster.id:
            raise layers.taken()
        extras.open_external(session, posters.load(session, joined).task_id, None)
    return joined


def _digest(new: NewElements) -> str:
    """What makes a batch the same when it is sent again: its elements and their order."""
    return hashlib.sha256(json.dumps([rows.dump(entry) for entry in new.elements], sort_keys=True).encode()).hexdigest()


def _element_row(element_id: str, new: NewElement, position: int, now: float) -> ElementRow:
    return ElementRow(
        id=element_id, layer_id=new.layer_id, type=new.type, transform=rows.dump(new.transform),
        style=rows.dump(new.style), content=rows.dump(new.content), locked=new.locked, visible=new.visible,
        selectable=new.selectable, created_at=at(now), updated_at=at(now), position=position, version=1,
    )  # fmt: skip


def complete(
    session: Session, task_id: str, completion: TaskCompletion, caller: str, user_id: str | None, now: float
) -> Task:
    """Link the layers and end the task; said again, it is as it was. Raises the errors of the others."""
    task = extras.external(session, task_id, user_id)
    poster = posters.load(session, completion.poster_id, user_id, lock=True)
    if poster.task_id != task.id:
        raise ConflictError("The poster is another task's; create this task's own with POST /api/v1/posters.")
    if task.status == "completed" and _same_result(task, completion):
        return tasks.read(session, task)
    extras.check_open(task)
    layers.link(session, poster, completion.layers, caller, now)
    linked = [entry.layer_id for entry in layers.links(session, poster.id)]
    for element in posters.get_document(session, poster.id, None).walk():
        uploads.use(session, poster.id, uploads.pictures_of(element.content, element.style), None)
    result = TaskResult(
        poster_id=poster.id, preview=completion.preview or posters.preview_path(poster.id),
        layers=completion.layers or linked,
    )  # fmt: skip
    task.result = rows.dump(result)
    task.started_at = task.started_at or at(now)
    phase = PHASES["completed"]
    progress = TaskProgress(phase="completed", percentage=phase.percentage, message=phase.message)
    tasks.finish(session, task, "completed", progress, now)
    return tasks.read(session, task)


def _same_result(task: TaskRow, completion: TaskCompletion) -> bool:
    stored = TaskResult.model_validate(task.result)
    return stored.poster_id == completion.poster_id and completion.layers in ([], stored.layers)
