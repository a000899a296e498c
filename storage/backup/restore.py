"""Putting a backup back into an empty data folder."""

import gzip
import os
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, TypeVar

from pydantic import BaseModel
from pydantic import ValidationError as PydanticError

from storage.backup.archive import (
    DATABASE,
    HEADER,
    MANIFEST,
    SMALL_BYTES,
    DataFolder,
    HashingReader,
    Header,
    Manifest,
    place,
)
from storage.database.sqlite import SqliteDatabase
from storage.errors import ConflictError, NotFoundError, UnavailableError, ValidationError
from storage.migrations import run

STAGING = ".restore"
# What a fresh volume has.
NOTHING = {"lost+found"}
SmallT = TypeVar("SmallT", bound=BaseModel)


def restore(source: Path, folder: DataFolder) -> Header:
    """Unpack the archive ``source`` into the folder, brought to this version's schema; what the archive says it is.

    Tasks that were at work when it was made go back into the queue. The folder changes only once the whole archive was
    read and found right: every file of it, and nothing else, with the SHA-256 of the manifest. Raises NotFoundError,
    ConflictError for a folder that is not empty, ValidationError for an archive that is damaged, not ours or newer
    than this version, UnavailableError for a full disk.
    """
    if not source.is_file():
        raise NotFoundError(f"There is no file {source}.")
    with _named_errors(source, folder), _emptied(folder.root) as staging:
        header = _unpack(source, staging)
        _settle_database(staging / DATABASE)
        for entry in sorted(staging.iterdir(), key=lambda path: path.name == DATABASE):
            # The database last: a folder without one is known not to be whole.
            entry.rename(folder.root / entry.name)
    return header


@contextmanager
def _named_errors(source: Path, folder: DataFolder) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValidationError(f"{source} is no whole backup of design-agent: {error}.") from error
    except OSError as error:
        raise UnavailableError(
            f"The backup could not be restored into {folder.root}: {error.strerror or error}. Nothing was changed."
        ) from error


@contextmanager
def _emptied(root: Path) -> Iterator[Path]:
    """A folder for the files in the empty ``root``. If they do not get out of it, all is as it was."""
    made = not root.exists()
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if found := sorted(entry.name for entry in root.iterdir() if entry.name not in NOTHING):
        raise ConflictError(
            f"{root} is not empty ({', '.join(found[:3])}): restore only into an empty folder. Choose another with "
            "--data, or move what is there away."
        )
    staging = root / STAGING
    staging.mkdir(mode=0o700)
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if made and not any(root.iterdir()):
            root.rmdir()


def _unpack(source: Path, staging: Path) -> Header:
    digests: dict[str, str] = {}
    header = manifest = None
    with tarfile.open(source, "r|gz") as archive:
        for entry in archive:
            content = archive.extractfile(entry) if entry.isreg() else None
            path = place(entry.name, staging)
            if manifest or content is None or entry.name in digests:
                raise _foreign(source, entry.name)
            if header is None:
                header, digests[HEADER] = _header(source, entry, content)
            elif entry.name == MANIFEST:
                manifest = _parsed(Manifest, source, content, entry.size)
            elif path is None:
                raise _foreign(source, entry.name)
            else:
                digests[entry.name] = _write(content, path)
    if header is None or manifest is None:
        raise ValidationError(f"{source} is no whole backup of design-agent: it ends too early.")
    if wrong := sorted(name for name, _ in digests.items() ^ manifest.sha256.items()):
        raise ValidationError(f"{source} is damaged: {wrong[0]} is not what was saved.")
    if DATABASE not in digests:
        raise ValidationError(f"{source} is no backup of design-agent: there is no database in it.")
    return header


def _header(source: Path, entry: tarfile.TarInfo, content: IO[bytes]) -> tuple[Header, str]:
    if entry.name != HEADER:
        raise _foreign(source, entry.name)
    reader = HashingReader(content)
    header = _parsed(Header, source, reader, entry.size)
    if not run.knows(header.schema_revision):
        raise ValidationError(
            f"{source} was made by version {header.version} with schema {header.schema_revision}, which this version "
            "does not know: install that version or a newer one to restore it."
        )
    return header, reader.digest.hexdigest()


def _parsed(kind: type[SmallT], source: Path, content: IO[bytes] | HashingReader, size: int) -> SmallT:
    try:
        return kind.model_validate_json(content.read() if size <= SMALL_BYTES else b"")
    except PydanticError:
        raise ValidationError(
            f"{source} is no backup of design-agent, or of a form this version cannot read."
        ) from None


def _foreign(source: Path, name: str) -> ValidationError:
    return ValidationError(f"{source} is no backup of design-agent: it has an entry {name[:200]!r}.")


def _write(content: IO[bytes], path: Path) -> str:
    """Store the file; its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    reader = HashingReader(content)
    with path.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        shutil.copyfileobj(reader, file, 2**20)
        file.flush()
        os.fsync(file.fileno())
    return reader.digest.hexdigest()


def _settle_database(path: Path) -> None:
    """Check the file, bring its schema up, and give back what was at work: its workers are not here."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict != "ok":
        raise ValidationError(f"The database in the backup is damaged: {verdict}.")
    database = SqliteDatabase(path)
    try:
        database.migrate()
        database.release_owned("")
    finally:
        database.close()
    for beside in path.parent.glob(f"{path.name}.*"):
        beside.unlink()
