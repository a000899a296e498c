"""The embedded adapter: a folder.

objects/data/<key>    the bytes, under their own name
objects/types/<key>   the content type, where the name's suffix does not say it
objects/partial/      files being written
"""

import contextlib
import mimetypes
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISREG

from typing_extensions import override

from storage.errors import ObjectNotFound, UnavailableError, ValidationError
from storage.objects.base import Data, ListedObject, ObjectStore, StoredObject
from storage.objects.keys import checked

# The machine's own tables differ from one host to the next; these are the interpreter's.
_KNOWN_TYPES = mimetypes.MimeTypes()
DEFAULT_TYPE = "application/octet-stream"
ABANDONED_SECONDS = 3600
_NOT_THERE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class FolderStore(ObjectStore):
    """Objects in the folder at ``root``, which no symbolic link leads out of; safe for many threads and processes."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._data, self._types, self._partial = (self._root / name for name in ("data", "types", "partial"))
        self._drop_abandoned()

    def _drop_abandoned(self) -> None:
        """Remove what a killed writer left behind."""
        for piece in self._partial.glob("*"):
            # Another process may be first, or still be writing a young one.
            with contextlib.suppress(OSError):
                if time.time() - piece.stat().st_mtime > ABANDONED_SECONDS:
                    piece.unlink()

    @override
    def put(self, key: str, data: Data, content_type: str) -> None:
        path, type_path = self._place(self._data, key), self._place(self._types, key)
        try:
            # The type first: once the bytes are visible, so is their type.
            if content_type != _type_by_name(key):
                self._write(type_path, content_type.encode())
            elif type_path.exists():
                type_path.unlink(missing_ok=True)
            self._write(path, data)
        except OSError as error:
            raise UnavailableError(f"The object {key} cannot be stored: {error.strerror}.", part="objects") from error

    @override
    def get(self, key: str) -> StoredObject:
        path, type_path = self._place(self._data, key), self._place(self._types, key)
        try:
            data = _read(path)
            return StoredObject(data, _stored_type(type_path, key))
        except _NOT_THERE:
            raise ObjectNotFound(f"There is no object {key}.", key=key) from None
        except OSError as error:
            raise UnavailableError(f"The object {key} cannot be read: {error.strerror}.", part="objects") from error

    @override
    def content_type(self, key: str) -> str:
        if not self.exists(key):
            raise ObjectNotFound(f"There is no object {key}.", key=key)
        return _stored_type(self._place(self._types, key), key)

    @override
    def public_url(self, key: str, seconds: int, download_name: str | None = None) -> str | None:
        return None

    @override
    def exists(self, key: str) -> bool:
        return self._place(self._data, key).is_file()

    @override
    def delete(self, key: str) -> None:
        try:
            for part in (self._data, self._types):
                with contextlib.suppress(*_NOT_THERE):
                    self._place(part, key).unlink()
        except OSError as error:
            raise UnavailableError(f"The object {key} cannot be deleted: {error.strerror}.", part="objects") from error

    @override
    def delete_under(self, prefix: str) -> None:
        try:
            for part in (self._data, self._types):
                with contextlib.suppress(*_NOT_THERE):
                    shutil.rmtree(self._place(part, prefix))
        except OSError as error:
            raise UnavailableError(
                f"The objects under {prefix} cannot be deleted: {error.strerror}.", part="objects"
            ) from error

    @override
    def listed(self) -> Iterator[ListedObject]:
        for path in self._data.rglob("*"):
            # Deleted since it was listed, or no file of ours.
            with contextlib.suppress(OSError):
                found = path.lstat()
                if S_ISREG(found.st_mode):
                    yield ListedObject(path.relative_to(self._data).as_posix(), found.st_mtime)

    @override
    def ping(self) -> None:
        key = f"ping-{secrets.token_hex(6)}"
        self.put(key, b"ping", "text/plain")
        try:
            if self.get(key).data != b"ping":
                raise UnavailableError("The object store gives back other bytes than were stored.", part="objects")
        finally:
            self.delete(key)

    def _place(self, part: Path, key: str) -> Path:
        path = part / checked(key)
        # Not the last segment: it is opened without following a link, and replaced rather than written through.
        if not path.parent.resolve().is_relative_to(self._root.resolve()):
            raise ValidationError("An object key may not lead out of the store.", fields={"key": "leads out"})
        return path

    def _write(self, path: Path, data: Data) -> None:
        self._partial.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._partial / secrets.token_hex(12)
        try:
            with partial.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def _type_by_name(key: str) -> str:
    return _KNOWN_TYPES.guess_type(key)[0] or DEFAULT_TYPE


def _stored_type(type_path: Path, key: str) -> str:
    with contextlib.suppress(*_NOT_THERE):
        return _read(type_path).decode()
    return _type_by_name(key)


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
