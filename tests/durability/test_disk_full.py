"""The disk of the data folder is full, for real: nothing that was accepted is lost, nothing is half accepted."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from cluster.jobs.faults import BODY, LATE, HeldService, until
from cluster.jobs.held import HeldTask
from storage.documents.progress import TaskEvent
from storage.objects.folder import FolderStore
from tests.durability.rig import said
from tests.pictures import encoded
from tests.serving import free_port
from tests.small_disk import SmallDisk, may_mount, small_disk

DISK_KIB = 48 * 1024
RETRY = "等待重试"


class ServiceOnSmallDisk(HeldService):
    """Journal and barriers are outside of the disk."""

    @property
    def journal(self) -> Path:
        return self.data.with_name("journal.jsonl")

    def barrier(self, step: str) -> Path:
        return self.data.with_name(f"hold-{step}")


@contextmanager
def service_on(disk: SmallDisk) -> Iterator[ServiceOnSmallDisk]:
    service = ServiceOnSmallDisk(disk.path, free_port(), {"RETRY_SECONDS": "0.2"})
    service.up()
    try:
        yield service
    finally:
        service.down()


def empty_log(service: HeldService) -> None:
    """So that no write of the database fits into room that its write-ahead log has already."""
    with closing(sqlite3.connect(service.data / "design_agent.db", timeout=60)) as connection:
        until(lambda: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0, "an empty log")


def refused(answer: httpx.Response) -> None:
    """A 503 that says what to do."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (503, "UNAVAILABLE")
    assert body["details"]["part"] in {"database", "objects", "data folder"}
    assert "full" in body["error"] or "No space left" in body["error"]
    assert int(answer.headers["Retry-After"]) > 0


def events(service: HeldService, task_id: str) -> list[TaskEvent]:
    database = service.open_database()
    try:
        return database.events_since(task_id, 0)
    finally:
        database.close()


@pytest.mark.stack
@may_mount
def test_full_disk_in_the_middle_of_a_task_costs_no_task(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", DISK_KIB) as disk, service_on(disk) as service:
        held = HeldTask(service, "background")
        before = service.get("/api/v1/tasks")["items"]
        empty_log(service)
        disk.fill()
        refused(httpx.post(f"{service.url}/api/v1/tasks", json=BODY, timeout=60))
        held.let_go()
        until(lambda: said(service, "failure not recorded", held.task_id), "the failed attempt")
        upload = httpx.post(f"{service.url}/api/v1/storage/upload", timeout=60,
                            files={"file": ("a.jpg", encoded(64, 64))})  # fmt: skip
        refused(upload)
        # What needs no room goes on.
        assert service.get(f"/api/v1/tasks/{held.task_id}")["status"] == "processing"
        assert httpx.get(f"{service.url}/healthz", timeout=60).status_code == 200
        unready = httpx.get(f"{service.url}/readyz", timeout=60)
        assert unready.status_code == 503
        disk.free()
        outcome = held.outcome()
        assert outcome.broken("completed") == []
        assert outcome.attempts > 1
        # The refused request made nothing.
        assert [task["id"] for task in service.get("/api/v1/tasks")["items"]] == [task["id"] for task in before]
        until(lambda: httpx.get(f"{service.url}/readyz", timeout=60).status_code == 200, "readiness")


@pytest.mark.stack
@may_mount
def test_task_whose_files_find_no_room_is_tried_until_they_do(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", DISK_KIB) as disk, service_on(disk) as service:
        held = HeldTask(service, "review")
        disk.fill(left=1_000_000)
        held.let_go()

        def retries() -> list[TaskEvent]:
            return [event for event in events(service, held.task_id) if event.message == RETRY]

        # More often than errors of its own would be forgiven.
        found = until(lambda: found if len(found := retries()) > 3 else None, "four retries", LATE)
        assert found[0].details is not None
        assert "No space left" in found[0].details["error"]["message"]
        disk.free()
        assert held.outcome().broken("completed") == []


@may_mount
def test_backup_that_finds_no_room_leaves_nothing(tmp_path: Path) -> None:
    service = HeldService(tmp_path / "data", free_port())
    assert service.agent("keys", "create", "--user", "alice").returncode == 0
    FolderStore(service.data / "objects").put("noise", os.urandom(300_000), "application/octet-stream")
    with small_disk(tmp_path / "disk", 64) as disk:
        done = service.agent("backup", str(disk.path))
        assert done.returncode == 1
        assert "No space left" in done.stderr and "nothing of it is left" in done.stderr
        assert list(disk.path.iterdir()) == []
    assert not (service.data / ".backup").exists()
