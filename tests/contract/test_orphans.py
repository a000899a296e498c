"""Objects that no row names: found and deleted, while tasks run, and never one that is still wanted."""

import os
import threading
import time
from pathlib import Path

import pytest

from serve_apps.orphans import HARMLESS, OrphanSweeper, delete_orphans, find_orphans
from storage.database.base import Database
from storage.documents.element import ElementUpdate
from storage.documents.ids import poster_id_of
from storage.documents.poster import PosterFiles
from storage.documents.task import TaskError
from storage.documents.upload import Upload
from storage.errors import ConflictError
from storage.objects.base import ObjectStore
from storage.objects.folder import FolderStore
from tests.contract.adapters import STORES
from tests.contract.conftest import FakeClock
from tests.contract.helpers import complete, completed_task, new_task, poster_id, running_task

# No grace at all: then only the database protects what is wanted. The store's clock may be a second behind.
NO_GRACE = -2.0


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return STORES[request.param](tmp_path)


def put(store: ObjectStore, *keys: str) -> None:
    for key in keys:
        store.put(key, b"x", "text/plain")


def keys_in(store: ObjectStore) -> set[str]:
    return {listed.key for listed in store.listed()}


def sweep(database: Database, store: ObjectStore, grace_seconds: float = NO_GRACE) -> int:
    return delete_orphans(find_orphans(database, store, grace_seconds), database, store)


def test_what_rows_name_stays_and_the_rest_goes(database: Database, store: ObjectStore) -> None:
    done = completed_task(database)
    running, _ = running_task(database)
    waiting = new_task(database)
    upload = Upload(key="uploads/a.png", user_id="u1", content_type="image/png", size=1)
    database.add_upload(upload)
    wanted = {
        f"posters/{poster_id(done)}/v1/preview.png", f"tasks/{running.id}/layout/1", f"tasks/{waiting.id}/layout/1",
        f"posters/{poster_id_of(running.id)}/v1/preview.png", upload.key, "of-another-kind", "backups/2026/dump.gz",
    }  # fmt: skip
    waste = {
        f"tasks/{done.id}/layout/1", "tasks/task_never/layout/1", "posters/poster_never/v1/preview.png",
        "uploads/never.png", "ping-0011aabb", f"posters/{poster_id_of('task_never')}/pictures/1.png",
    }  # fmt: skip
    put(store, *wanted, *waste)
    orphans = find_orphans(database, store, NO_GRACE)
    assert (set(orphans.keys), orphans.seen) == (waste, len(wanted) + len(waste))
    assert delete_orphans(orphans, database, store) == len(waste)
    assert keys_in(store) == wanted
    assert sweep(database, store) == 0


def test_failed_cancelled_and_deleted_tasks_leave_waste(database: Database, store: ObjectStore) -> None:
    failed, attempt = running_task(database)
    database.fail_attempt(failed.id, attempt, TaskError(code="DESIGN_FAILED", message="no"), max_attempts=1)
    cancelled = database.cancel_task(new_task(database).id)
    deleted = completed_task(database)
    put(store, *(f"posters/{poster_id_of(task.id)}/v1/preview.png" for task in (failed, cancelled, deleted)))
    assert sweep(database, store) == 2
    database.delete_task(deleted.id)
    assert sweep(database, store) == 1
    assert keys_in(store) == set()


def test_files_from_before_an_edit_go_once_the_edit_is_old(
    database: Database, store: ObjectStore, clock: FakeClock
) -> None:
    task = completed_task(database)
    poster = poster_id(task)
    element = database.get_document(poster).walk()[0]
    keys: dict[int, list[str]] = {}
    for version in (2, 3):
        database.update_element(element.id, ElementUpdate(visible=version == 2))
        names = {kind: f"posters/{poster}/v{version}/{kind}" for kind in ("png", "jpg", "psd")}
        database.put_files(poster, PosterFiles(version=version, **names))
        keys[version] = list(names.values())
        put(store, *keys[version], f"posters/{poster}/pictures/{version}.png")
    everything = keys_in(store)
    # The edit is of now; what is asked is what was edited before.
    assert database.unowned(sorted(everything), clock() - 60) == []
    assert set(database.unowned(sorted(everything), clock() + 60)) == set(keys[2])
    clock.now = time.time() - 7200
    database.update_element(element.id, ElementUpdate(visible=True))
    database.put_files(poster, PosterFiles(version=4, **{k: f"posters/{poster}/v4/{k}" for k in ("png", "jpg", "psd")}))
    put(store, f"posters/{poster}/v4/png")
    assert sweep(database, store) == 6
    assert keys_in(store) == everything - set(keys[2]) - set(keys[3]) | {f"posters/{poster}/v4/png"}


def test_young_waste_is_left_alone(database: Database, store: ObjectStore) -> None:
    put(store, "tasks/task_never/layout/1")
    assert sweep(database, store, grace_seconds=60) == 0
    assert keys_in(store) == {"tasks/task_never/layout/1"}


def test_what_came_to_be_wanted_since_it_was_found_stays(database: Database, store: ObjectStore) -> None:
    put(store, "uploads/late.png", "uploads/never.png")
    orphans = find_orphans(database, store, NO_GRACE)
    database.add_upload(Upload(key="uploads/late.png", user_id="u1", content_type="image/png", size=1))
    assert delete_orphans(orphans, database, store) == 1
    assert keys_in(store) == {"uploads/late.png"}


def test_store_of_another_database_is_not_emptied(database: Database, store: ObjectStore) -> None:
    keys = {f"posters/poster_{number:012x}/v1/preview.png" for number in range(HARMLESS + 1)}
    put(store, *keys)
    with pytest.raises(ConflictError, match="belong together"):
        sweep(database, store)
    assert keys_in(store) == keys
    orphans = find_orphans(database, store, NO_GRACE)
    assert delete_orphans(orphans, database, store, force=True) == len(keys)


def test_sweeping_without_pause_takes_nothing_from_tasks_at_work(database: Database, store: ObjectStore) -> None:
    over = threading.Event()
    problems: list[Exception] = []

    def sweep_on() -> None:
        while not over.is_set():
            try:
                sweep(database, store)
            except Exception as error:
                problems.append(error)

    sweepers = [threading.Thread(target=sweep_on) for _ in range(2)]
    for sweeper in sweepers:
        sweeper.start()
    posters = []
    try:
        for number in range(12):
            task, attempt = running_task(database)
            steps = [f"tasks/{task.id}/layout/{step}" for step in range(3)]
            files = [f"posters/{poster_id_of(task.id)}/v1/{name}" for name in ("preview.png", "source.psd")]
            put(store, *steps, *files)
            assert all(store.exists(key) for key in [*steps, *files])
            database.add_upload(Upload(key=f"uploads/{number}.png", user_id="u1", content_type="image/png", size=1))
            put(store, f"uploads/{number}.png")
            complete(database, task, attempt)
            posters += [*files, f"uploads/{number}.png"]
    finally:
        over.set()
        for sweeper in sweepers:
            sweeper.join()
    assert problems == []
    sweep(database, store)
    assert keys_in(store) == set(posters)


def test_sweeper_deletes_by_itself_and_outlives_a_failing_round(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderStore(tmp_path / "objects")
    put(store, "tasks/task_never/layout/1", "tasks/task_never/layout/2")
    os.utime(tmp_path / "objects/data/tasks/task_never/layout/1", (time.time() - 7200,) * 2)
    failed, deleted, listed = threading.Event(), threading.Event(), store.listed
    delete = store.delete

    def listed_at_the_second_try() -> object:
        if not failed.is_set():
            failed.set()
            raise OSError("the disk is away")
        return listed()

    def deleting(key: str) -> None:
        delete(key)
        deleted.set()

    monkeypatch.setattr(store, "listed", listed_at_the_second_try)
    monkeypatch.setattr(store, "delete", deleting)
    sweeper = OrphanSweeper(database, store, every_seconds=0.01, grace_seconds=3600)
    sweeper.start()
    assert deleted.wait(30)
    sweeper.stop()
    assert {found.key for found in listed()} == {"tasks/task_never/layout/2"}
