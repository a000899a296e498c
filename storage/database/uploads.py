"""Uploaded objects: whose they are, and which posters show them."""

from collections.abc import Iterable

from sqlmodel import Session, col, delete, select

from storage.database.client_tables import UploadRow, UploadUseRow
from storage.database.clock import at
from storage.database.tables import PosterRow, TaskRow
from storage.database.types import exactly
from storage.documents.element import ElementContent
from storage.documents.style import ElementStyle
from storage.documents.upload import OBJECTS_PATH, Upload, is_foreign
from storage.errors import ObjectNotFound


def add(session: Session, upload: Upload, now: float) -> None:
    """A new object of a user."""
    session.add(UploadRow(object_key=upload.key, user_id=upload.user_id, content_type=upload.content_type,
                          size=upload.size, created_at=at(now)))  # fmt: skip


def pictures_of(content: ElementContent | None, style: ElementStyle | None) -> list[str]:
    """Addresses of the pictures that an element shows."""
    image = style.fill.image if style is not None and style.fill is not None else None
    urls = [content.image_url if content is not None else None, image.image_url if image is not None else None]
    return [url for url in urls if url]


def keys_of(urls: Iterable[str]) -> list[str]:
    """Object keys of the addresses that are ours."""
    return [url.removeprefix(OBJECTS_PATH) for url in urls if not is_foreign(url)]


def check_visible(session: Session, urls: Iterable[str], user_id: str | None) -> None:
    """Raise ObjectNotFound, which names the field, for an object of ours that this user may not see."""
    for key in keys_of(urls):
        try:
            check_readable(session, key, user_id)
        except ObjectNotFound:
            problem = "names no upload of yours; upload the picture first and use its url or key"
            raise ObjectNotFound(f"image_url {problem}.", fields={"image_url": problem}) from None


def check_readable(session: Session, key: str, user_id: str | None) -> None:
    """Raise ObjectNotFound unless the user uploaded the object, or a poster or a task of theirs has it."""
    if user_id is None:
        return
    upload = session.get(UploadRow, key)
    if upload is not None and upload.user_id == user_id:
        return
    folder, _, rest = key.partition("/")
    owner_id = rest.partition("/")[0]
    owner: PosterRow | TaskRow | None = None
    if folder == "posters":
        owner = session.get(PosterRow, owner_id)
    elif folder == "tasks":
        owner = session.get(TaskRow, owner_id)
    if owner is not None and owner.user_id == user_id:
        return
    shown = (
        select(UploadUseRow.object_key)
        .join(PosterRow, col(PosterRow.id) == col(UploadUseRow.poster_id))
        .where(UploadUseRow.object_key == key, exactly(PosterRow.user_id, user_id))
        .limit(1)
    )
    if session.exec(shown).first() is None:
        raise ObjectNotFound("There is no object with this key.")


def use(session: Session, poster_id: str, urls: Iterable[str], user_id: str | None) -> None:
    """Note that the poster has these uploads. Raises ObjectNotFound for one that the user may not see."""
    urls = list(urls)
    check_visible(session, urls, user_id)
    for key in keys_of(urls):
        if session.get(UploadRow, key) is not None:
            session.merge(UploadUseRow(object_key=key, poster_id=poster_id))


def release(session: Session, poster_id: str) -> None:
    """Forget what only this poster had."""
    for key in only_of(session, poster_id):
        session.exec(delete(UploadRow).where(col(UploadRow.object_key) == key))
    session.exec(delete(UploadUseRow).where(col(UploadUseRow.poster_id) == poster_id))


def only_of(session: Session, poster_id: str) -> list[str]:
    """Keys of the uploads that this poster has and no other."""
    others = select(UploadUseRow.object_key).where(UploadUseRow.poster_id != poster_id)
    query = select(UploadUseRow.object_key).where(
        UploadUseRow.poster_id == poster_id, col(UploadUseRow.object_key).not_in(others)
    )
    return list(session.exec(query).all())
