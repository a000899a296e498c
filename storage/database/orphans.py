"""Which stored objects somebody may still ask for: by the rows that name them, or will."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from storage.database.client_tables import UploadRow
from storage.database.clock import at
from storage.database.tables import PosterFilesRow, PosterRow, TaskRow
from storage.documents.ids import poster_id_of
from storage.documents.task import FINAL_STATUSES

# What a check of the store leaves behind when it is cut.
PING = "ping-"


def unowned(session: Session, keys: Sequence[str], edited_before: float) -> list[str]:
    """Those of the keys that nobody will ask for; keys of unknown kinds are left alone.

    No row names them and no unfinished task will; or they are files of a poster as it was before an edit, and the last
    edit was before that moment (epoch seconds).
    """
    # Before the posters: a task that completes meanwhile is seen here, or its poster is seen there.
    unfinished = set(session.exec(select(TaskRow.id).where(col(TaskRow.status).not_in(FINAL_STATUSES))).all())
    drawn = _owners(keys, "posters")
    kept = {
        "tasks": unfinished,
        "posters": {poster_id_of(task_id) for task_id in unfinished} | _posters(session, drawn),
        "uploads": _uploads(session, [key for key in keys if key.startswith("uploads/")]),
    }
    replaced = _replaced(session, drawn, edited_before)
    return [key for key in keys if key in replaced or _unowned(key, kept)]


def _unowned(key: str, kept: dict[str, set[str]]) -> bool:
    folder, _, rest = key.partition("/")
    if folder not in kept:
        return key.startswith(PING) and not rest
    return (key if folder == "uploads" else rest.partition("/")[0]) not in kept[folder]


def _owners(keys: Iterable[str], folder: str) -> set[str]:
    return {key.split("/")[1] for key in keys if key.startswith(f"{folder}/")}


def _posters(session: Session, ids: set[str]) -> set[str]:
    return set(session.exec(select(PosterRow.id).where(col(PosterRow.id).in_(sorted(ids)))).all())


def _replaced(session: Session, ids: set[str], edited_before: float) -> set[str]:
    """Keys of files of versions that an edit replaced."""
    query = (
        select(PosterFilesRow.png, PosterFilesRow.jpg, PosterFilesRow.psd)
        .join(PosterRow, col(PosterRow.id) == col(PosterFilesRow.poster_id))
        .where(
            col(PosterRow.id).in_(sorted(ids)),
            col(PosterFilesRow.version) < col(PosterRow.version),
            col(PosterRow.updated_at) < at(edited_before),
        )
    )
    return {key for row in session.exec(query).all() for key in row}


def _uploads(session: Session, keys: list[str]) -> set[str]:
    return set(session.exec(select(UploadRow.object_key).where(col(UploadRow.object_key).in_(keys))).all())
