"""Taking a backup of the embedded adapters' data while the service runs."""

import fcntl
import gzip
import io
import os
import shutil
import sqlite3
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO

from configs.build import version
from storage.backup.archive import (
    DATABASE,
    HEADER,
    MANIFEST,
    OBJECT_PARTS,
    OBJECTS,
    SECRET,
    SUFFIX,
    DataFolder,
    HashingReader,
    Header,
    Manifest,
)
from storage.database.host import HostClaim
from storage.errors import ConflictError, NotFoundError, UnavailableError

STAGING, LOCK = ".backup", "backup.lock"
LOCK_SECONDS = 30
# Most of an archive is compressed pictures.
COMPRESSION = 1


def take(folder: DataFolder, target: Path) -> Path:
    """Write an archive to the file ``target``, or under a name of its own into the directory ``target``; its path.

    The state is that of one moment: while the database's write lock is held, the objects are linked and the database
    is copied. No row can name an object that is not there, since objects are written before their rows; what is
    deleted meanwhile belongs to tasks that are over and to posters whose owner deletes them.
    Nothing is left of an archive that could not be written whole. Raises NotFoundError when there is no data,
    ConflictError for a file that exists, UnavailableError for a disk that is full or cannot be read or written.
    """
    if not folder.database.is_file():
        raise NotFoundError(f"There is nothing to back up in {folder.root}: no service has run there.")
    if target.is_dir():
        target /= time.strftime(f"design-agent-%Y%m%d-%H%M%S{SUFFIX}", time.gmtime())
    if target.exists():
        raise ConflictError(f"{target} exists; a backup replaces no file. Choose another name.")
    with _named_errors(target), _host(folder), _staged(folder) as staging, _whole(target) as file:
        _write(staging, file)
    return target


@contextmanager
def _named_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"The backup {target} could not be made, and nothing of it is left: {error.strerror or error}."
        ) from error
    except sqlite3.Error as error:
        raise UnavailableError(
            f"The database could not be copied, and no backup was made: {error}.", part="database"
        ) from error


@contextmanager
def _host(folder: DataFolder) -> Iterator[None]:
    """Refuses a folder that another host uses: its latest writes cannot be seen from here."""
    with closing(HostClaim(folder.database)):
        yield


@contextmanager
def _staged(folder: DataFolder) -> Iterator[Path]:
    """A folder that holds what the archive will."""
    staging = folder.root / STAGING
    with _alone(folder.root), _dropped(staging):
        with _locked(folder.database):
            for part in OBJECT_PARTS:
                _link_tree(folder.objects / part, staging / OBJECTS / part)
            _copy_database(folder.database, staging / DATABASE)
        with suppress(FileNotFoundError):
            shutil.copyfile(folder.link_secret, staging / SECRET)
        yield staging


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    with (root / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError(f"Another backup of {root} is being made; wait for it.") from None
        yield


@contextmanager
def _dropped(staging: Path) -> Iterator[None]:
    """A fresh folder, gone afterwards; what a killed backup left goes as well."""
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=0o700)
    try:
        yield
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _locked(database: Path) -> Iterator[None]:
    with closing(sqlite3.connect(database, isolation_level=None, timeout=LOCK_SECONDS)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        yield
        writer.execute("ROLLBACK")


def _copy_database(database: Path, copy: Path) -> None:
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        # The copy is one file, whoever opens it.
        target.execute("PRAGMA journal_mode = DELETE")


def _link_tree(source: Path, target: Path) -> None:
    """The tree by hard links: objects are replaced, never changed. What goes away meanwhile is left out."""
    target.mkdir(parents=True)
    with suppress(FileNotFoundError), os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _link_tree(source / entry.name, target / entry.name)
            elif entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    os.link(entry.path, target / entry.name)


@contextmanager
def _whole(target: Path) -> Iterator[IO[bytes]]:
    """A file that has its name only once it is whole and on the disk; readable for its owner only."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConflictError(f"{partial} exists: another backup is being written there, or was cut off.") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _write(staging: Path, file: IO[bytes]) -> None:
    with closing(sqlite3.connect(staging / DATABASE)) as database:
        (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    header = Header(
        version=version(), schema_revision=revision, made_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    )
    names = sorted(str(path.relative_to(staging)) for path in staging.rglob("*") if path.is_file())
    with (
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=COMPRESSION) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        digests = {HEADER: _add(archive, HEADER, io.BytesIO(header.model_dump_json(indent=1).encode()))}
        for name in names:
            with (staging / name).open("rb") as source:
                digests[name] = _add(archive, name, source)
        manifest = Manifest(sha256=digests)
        _add(archive, MANIFEST, io.BytesIO(manifest.model_dump_json(indent=1).encode()))


def _add(archive: tarfile.TarFile, name: str, source: IO[bytes]) -> str:
    """Append the file; its SHA-256."""
    entry = tarfile.TarInfo(name)
    entry.size = source.seek(0, io.SEEK_END)
    source.seek(0)
    entry.mode, entry.mtime = 0o600, int(time.time())
    reader = HashingReader(source)
    archive.addfile(entry, reader)
    return reader.digest.hexdigest()
