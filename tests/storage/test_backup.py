"""Backups: of one moment, whole or not at all, and restored only where nothing can be lost."""

import errno
import gzip
import io
import json
import os
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from configs.settings import Settings
from storage.backup import take as taking
from storage.backup.archive import DataFolder
from storage.backup.restore import restore
from storage.backup.take import take
from storage.database.sqlite import SqliteDatabase
from storage.documents.key import key_digest
from storage.documents.poster import PosterFiles
from storage.errors import ConflictError, DesignAgentError, NotFoundError, UnavailableError, ValidationError
from storage.factory import data_folder, open_database, open_objects
from storage.secret_file import load_or_make
from tests.contract.helpers import PASS, completed_task, document_of, new_task, poster_id, running_task


def folder_at(root: Path) -> DataFolder:
    return data_folder(Settings(data=root))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.fixture
def database(settings: Settings) -> Iterator[SqliteDatabase]:
    database = open_database(settings)
    assert isinstance(database, SqliteDatabase)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def folder(settings: Settings, database: SqliteDatabase) -> DataFolder:
    load_or_make(settings.link_secret_path)
    open_objects(settings).put("posters/p/v1/source.psd", b"psd", "image/vnd.adobe.photoshop")
    return folder_at(settings.data)


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_all_is_there_again(folder: DataFolder, database: SqliteDatabase, tmp_path: Path) -> None:
    done, (held, attempt), waiting = completed_task(database), running_task(database), new_task(database)
    database.create_key("u1", "user", "", key_digest("secret"))
    archive = take(folder, tmp_path)
    assert archive.name.startswith("design-agent-") and archive.stat().st_mode & 0o777 == 0o600
    database.cancel_task(waiting.id)  # after the backup
    header = restore(archive, folder_at(tmp_path / "new"))
    assert header.schema_revision >= "0005"
    again = SqliteDatabase(tmp_path / "new" / "design_agent.db")
    assert again.get_task(done.id) == database.get_task(done.id)
    assert again.get_document(poster_id(done)) == database.get_document(poster_id(done))
    assert again.find_key(key_digest("secret")) is not None
    # What was at work is in the queue again, with its attempt's number used up.
    assert {task.id for task in again.list_tasks(status="pending").items} == {held.id, waiting.id}
    assert [claim.attempt for claim in again.claim("worker", 1, 60)] == [attempt + 1]
    again.close()
    objects = {name: data for name, data in contents(folder.root).items() if name.startswith(("objects/", "link_"))}
    assert {name: data for name, data in contents(tmp_path / "new").items() if name in objects} == objects
    assert sorted(path.name for path in (tmp_path / "new").iterdir() if path.suffix not in {".host"}) == [
        "design_agent.db", "link_secret", "objects",
    ]  # fmt: skip
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_backup_of_a_busy_service_names_no_object_that_it_lacks(
    folder: DataFolder, settings: Settings, database: SqliteDatabase, tmp_path: Path
) -> None:
    objects, stop = open_objects(settings), threading.Event()
    made, deleted = [threading.Event() for _ in range(4)], set[str]()

    def work(user: str) -> None:
        """Make posters and delete every other one, as the service does: objects before rows, both ways."""
        number = 0
        while not stop.is_set():
            new_task(database, user)
            for claim in database.claim(user, 1, 60):
                document = document_of(database.get_task(claim.task_id))
                poster, number = document.poster.id, number + 1
                keys = {suffix: f"posters/{poster}/v1/poster.{suffix}" for suffix in ("png", "jpg", "psd")}
                for key in keys.values():
                    objects.put(key, os.urandom(2000), "image/png")
                files = PosterFiles(version=1, **keys)
                database.complete_task(claim.task_id, claim.attempt, document, files, PASS)
                if number % 2:
                    deleted.add(poster)
                    objects.delete_under(f"posters/{poster}")
                    database.delete_poster(poster)
                made[min(number // 2, 3)].set()

    threads = [threading.Thread(target=work, args=(f"u{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    archives = []
    try:
        for number, event in enumerate(made):
            assert event.wait(60)
            archives.append(take(folder, tmp_path / f"{number}.tar.gz"))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for number, archive in enumerate(archives):
        new = Settings(data=tmp_path / f"new{number}")
        restore(archive, data_folder(new))
        with closing(sqlite3.connect(new.database_path)) as rows:
            files = rows.execute("SELECT poster_id, png, jpg, psd FROM poster_files").fetchall()
        assert len(files) >= number
        lacking = {poster for poster, *keys in files if not all(open_objects(new).exists(key) for key in keys)}
        assert lacking <= deleted


def test_a_folder_without_a_service_or_a_taken_name_is_refused(folder: DataFolder, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        take(folder_at(tmp_path / "none"), tmp_path)
    taken = tmp_path / "taken.tar.gz"
    taken.write_text("mine")
    with pytest.raises(ConflictError):
        take(folder, taken)
    assert taken.read_text() == "mine"


def test_only_one_backup_is_made_at_a_time_and_a_killed_one_is_in_nobodys_way(
    folder: DataFolder, tmp_path: Path
) -> None:
    with taking._staged(folder), pytest.raises(ConflictError, match="Another backup"):
        take(folder, tmp_path / "second.tar.gz")
    (folder.root / taking.STAGING).mkdir()
    (folder.root / taking.STAGING / "design_agent.db").write_text("half")
    take(folder, tmp_path / "third.tar.gz")
    assert not (folder.root / taking.STAGING).exists()


def test_archive_is_not_written_through_a_link(folder: DataFolder, tmp_path: Path) -> None:
    (tmp_path / ".x.tar.gz.partial").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConflictError):
        take(folder, tmp_path / "x.tar.gz")
    assert not (tmp_path / "elsewhere").exists()


def rebuilt(archive: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Path:
    """The archive with other members."""
    with tarfile.open(archive) as old:
        members = {entry.name: old.extractfile(entry).read() for entry in old}  # type: ignore[union-attr]
    result = archive.with_name("changed.tar.gz")
    with tarfile.open(result, "w:gz") as new:
        for name, data in change(members).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            new.addfile(entry, io.BytesIO(data))
    return result


def with_header(**fields: Any) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda members: members | {"backup.json": json.dumps(json.loads(members["backup.json"]) | fields).encode()}


def with_extra(name: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda members: {"backup.json": members["backup.json"], name: b"x", **members}


CHANGES: dict[str, tuple[Callable[[dict[str, bytes]], dict[str, bytes]], str]] = {
    "newer schema": (with_header(schema_revision="9999"), "install that version"),
    "other format": (with_header(format="design-agent-backup-2"), "form this version cannot read"),
    "header is no JSON": (lambda members: members | {"backup.json": b"["}, "no backup"),
    "climbs out": (with_extra("../evil"), "'../evil'"),
    "climbs out of the objects": (with_extra("objects/data/../../../evil"), "evil"),
    "absolute": (with_extra("/tmp/evil"), "'/tmp/evil'"),
    "a file beside ours": (with_extra("ray_token"), "'ray_token'"),
    "another object": (with_extra("objects/data/extra"), "damaged: objects/data/extra"),
    "object changed": (lambda members: members | {"objects/data/posters/p/v1/source.psd": b"PSD"}, "damaged"),
    "object missing": (
        lambda members: {name: members[name] for name in members if not name.startswith("objects/data")}, "damaged",
    ),
    "no manifest": (lambda members: {name: members[name] for name in members if name != "manifest.json"}, "too early"),
    "no header": (lambda members: {name: members[name] for name in members if name != "backup.json"}, "no backup"),
    "somebody's photos": (lambda _: {"photo.jpg": b"jpg"}, "'photo.jpg'"),
    "empty": (lambda _: {}, "too early"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_archive_that_is_not_as_we_made_it_is_refused(folder: DataFolder, tmp_path: Path, change: str) -> None:
    alter, says = CHANGES[change]
    bad = rebuilt(take(folder, tmp_path / "good.tar.gz"), alter)
    refused(bad, tmp_path, says)


def refused(archive: Path, tmp_path: Path, says: str) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(ValidationError, match=says.replace(".", r"\.")):
        restore(archive, folder_at(tmp_path / "new"))
    # Nothing was written, in the folder or out of it.
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_links_and_other_things_in_an_archive_are_refused(folder: DataFolder, tmp_path: Path) -> None:
    good = take(folder, tmp_path / "good.tar.gz")
    with tarfile.open(good) as old, tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as new:
        header = old.getmember("backup.json")
        new.addfile(header, old.extractfile(header))
        link = tarfile.TarInfo("objects/data/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        new.addfile(link)
    refused(tmp_path / "bad.tar.gz", tmp_path, "link")


def test_archive_cut_off_anywhere_or_with_a_flipped_bit_is_refused(folder: DataFolder, tmp_path: Path) -> None:
    whole = take(folder, tmp_path / "good.tar.gz").read_bytes()
    bad = tmp_path / "bad.tar.gz"
    for part in (0, 1, 10, len(whole) // 3, len(whole) // 2, len(whole) * 9 // 10):
        bad.write_bytes(whole[:part])
        refused(bad, tmp_path, "backup|damaged")
    for place in (len(whole) // 4, len(whole) // 2, len(whole) * 3 // 4):
        bad.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        refused(bad, tmp_path, "backup|damaged")
    bad.write_bytes(gzip.compress(b"no tar" * 1000))
    refused(bad, tmp_path, "no whole backup")


def test_damaged_database_is_refused_though_its_sum_is_right(folder: DataFolder, tmp_path: Path) -> None:
    good = take(folder, tmp_path / "good.tar.gz")

    def damage(members: dict[str, bytes]) -> dict[str, bytes]:
        import hashlib

        data = b"SQLite format 3\x00" + os.urandom(8192)
        manifest = json.loads(members["manifest.json"])
        manifest["sha256"]["design_agent.db"] = hashlib.sha256(data).hexdigest()
        return members | {"design_agent.db": data, "manifest.json": json.dumps(manifest).encode()}

    refused(rebuilt(good, damage), tmp_path, "database in the backup is damaged")


def test_a_folder_that_holds_something_is_left_alone(folder: DataFolder, tmp_path: Path) -> None:
    archive = take(folder, tmp_path / "good.tar.gz")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine").write_text("mine")
    with pytest.raises(ConflictError, match="not empty"):
        restore(archive, folder_at(taken))
    assert contents(taken) == {"mine": b"mine"}
    with pytest.raises(ConflictError, match="not empty"):
        restore(archive, folder)
    empty = tmp_path / "empty"
    (empty / "lost+found").mkdir(parents=True)  # a fresh volume
    restore(archive, folder_at(empty))
    with pytest.raises(NotFoundError):
        restore(tmp_path / "none.tar.gz", folder_at(tmp_path / "new"))


def test_disk_that_is_full_while_restoring_leaves_the_folder_empty(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = take(folder, tmp_path / "good.tar.gz")

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(UnavailableError, match="No space left"):
        restore(archive, folder_at(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_profile_with_servers_names_their_backups() -> None:
    servers = Settings(
        profile="test", database_url="mysql+pymysql://u:pQ7rT2vX9zL4@h/d", redis_url="redis://:hW3kM8nB5cF1@h",
        kafka_bootstrap="h:9092", s3_endpoint="http://h", s3_access_key="a", s3_secret_key="yD6gJ0sA2uE7iO4p",
    )  # fmt: skip
    with pytest.raises(DesignAgentError, match="mysqldump"):
        data_folder(servers)
