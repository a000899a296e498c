"""Which stored objects somebody may still ask for: by the rows that name them, or will."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from storage.database.client_tables import UploadRow
from storage.database.tables import PosterRow, TaskRow
from storage.documents.ids import poster_id_of
from storage.documents.task import FINAL_STATUSES

# What a check of the store leaves behind when it is cut.
PING = "ping-"


def unowned(session: Session, keys: Sequence[str]) -> list[str]:
    """Those of the keys that no row names and no unfinished task will; keys of unknown kinds are left alone."""
    # Before the posters: a task that completes meanwhile is seen here, or its poster is seen there.
    unfinished = set(session.exec(select(TaskRow.id).where(col(TaskRow.status).not_in(FINAL_STATUSES))).all())
    kept = {
        "tasks": unfinished,
        "posters": {poster_id_of(task_id) for task_id in unfinished} | _posters(session, _owners(keys, "posters")),
        "uploads": _uploads(session, [key for key in keys if key.startswith("uploads/")]),
    }
    return [key for key in keys if _unowned(key, kept)]


def _unowned(key: str, kept: dict[str, set[str]]) -> bool:
    folder, _, rest = key.partition("/")
    if folder not in kept:
        return key.startswith(PING) and not rest
    return (key if folder == "uploads" else rest.partition("/")[0]) not in kept[folder]


def _owners(keys: Iterable[str], folder: str) -> set[str]:
    return {key.split("/")[1] for key in keys if key.startswith(f"{folder}/")}


def _posters(session: Session, ids: set[str]) -> set[str]:
    return set(session.exec(select(PosterRow.id).where(col(PosterRow.id).in_(sorted(ids)))).all())


def _uploads(session: Session, keys: list[str]) -> set[str]:
    return set(session.exec(select(UploadRow.object_key).where(col(UploadRow.object_key).in_(keys))).all())
