"""Many processes on one database, and one that is killed."""

import multiprocessing
import os
import signal
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from storage.database.base import Database
from storage.documents.task import FINAL_STATUSES
from tests.contract import mysql_databases
from tests.contract.adapters import BARE, open_database
from tests.contract.children import claim_all, migrate_fresh, work_for_ever
from tests.contract.conftest import FakeClock
from tests.contract.helpers import document_of, new_task, poster_id
from tests.contract.mysql_databases import settings_of
from tests.storage.redis_sight import until

SPAWN = multiprocessing.get_context("spawn")


def test_processes_claim_each_task_once(adapter: str, database: Database, tmp_path: Path) -> None:
    made = {new_task(database, priority=index % 2).id for index in range(200)}
    with ProcessPoolExecutor(4, mp_context=SPAWN) as pool:
        jobs = [pool.submit(claim_all, adapter, str(tmp_path), f"worker-{number}") for number in range(8)]
        taken = [task_id for job in jobs for task_id in job.result(timeout=300)]
    assert len(taken) == 200
    assert set(taken) == made


def test_processes_may_bring_up_the_schema_at_once(adapter: str, tmp_path: Path) -> None:
    BARE[adapter](tmp_path)
    with ProcessPoolExecutor(4, mp_context=SPAWN) as pool:
        jobs = [pool.submit(migrate_fresh, adapter, str(tmp_path)) for _ in range(4)]
        made = [job.result(timeout=300) for job in jobs]
    database = open_database(adapter, tmp_path)
    assert {task.id for task in database.list_tasks().items} == set(made)
    database.close()


def connections(adapter: str, folder: Path) -> set[int]:
    """Numbers of those that a server has to the folder's database."""
    if adapter == "sqlite":
        return set()
    url = settings_of(folder).database_url
    assert url is not None
    with mysql_databases.connect(url.get_secret_value()) as link, link.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()")
        return {number for (number,) in cursor.fetchall()}


@pytest.mark.parametrize("lines", [3, 17])
def test_killed_writer_leaves_whole_transactions(
    adapter: str, database: Database, clock: FakeClock, tmp_path: Path, lines: int
) -> None:
    reading, writing = os.pipe()
    # A spawned process inherits no descriptors; it opens this one by its name.
    name = f"/proc/{os.getpid()}/fd/{writing}"
    own = connections(adapter, tmp_path)
    child = SPAWN.Process(target=work_for_ever, args=(adapter, str(tmp_path), name), daemon=True)
    child.start()
    with os.fdopen(reading) as pipe:
        acknowledged = [pipe.readline().strip() for _ in range(lines)]
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        os.close(writing)
        acknowledged += [line.strip() for line in pipe if line.endswith("\n")]
    # The server may still be at the dead process's last commit.
    until(lambda: connections(adapter, tmp_path) <= own, "the end of its connections")
    _assert_consistent(database, acknowledged)
    # And it goes on: what the dead process held comes back when its lease runs out.
    clock.now += 61
    lapsed = database.requeue_lapsed(3)
    waiting = [claim.task_id for claim in database.claim("worker", 500, 60)]
    assert set(lapsed) <= set(waiting)
    assert {task.status for task in database.list_tasks(limit=500).items} <= {"processing", "completed"}


def _assert_consistent(database: Database, acknowledged: list[str]) -> None:
    tasks = {task.id: task for task in database.list_tasks(limit=500).items}
    assert set(acknowledged) <= set(tasks)
    pending = 0
    for task in tasks.values():
        events = database.events_since(task.id, 0)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert (events[-1].type == "end") == (task.status in FINAL_STATUSES)
        assert events[-1].phase == task.progress.phase
        pending += task.status == "pending"
        if task.status == "completed":
            stored, made = database.get_document(poster_id(task)), document_of(task)
            assert [element.id for element in stored.walk()] == [element.id for element in made.walk()]
            assert database.get_files(stored.poster.id, 1) is not None
    assert database.backlog() == pending


def test_killed_sqlite_writer_leaves_a_sound_file(tmp_path: Path) -> None:
    database = open_database("sqlite", tmp_path)
    child = SPAWN.Process(target=work_for_ever, args=("sqlite", str(tmp_path), os.devnull), daemon=True)
    child.start()
    while len(database.events_after(0)) < 40:
        assert child.is_alive()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    database.close()
    with sqlite3.connect(tmp_path / "test.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
