"""What breaks between us and the server: each call comes back in time, right or UnavailableError, never half done."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pymysql
import pytest
from sqlalchemy import make_url, text
from sqlmodel import Session

from cluster.jobs.faults import until
from configs.servers import ServerSettings
from storage.checkpoints.mysql import MysqlCheckpointer
from storage.database import mysql_engine, mysql_sessions
from storage.database.locking import lock
from storage.database.mysql import MysqlDatabase
from storage.database.tables import TaskRow
from storage.errors import UnavailableError
from tests.contract.checkpoint_steps import newest_step, put_step
from tests.contract.helpers import PARAMS, claim_one, complete, new_task, poster_id, together
from tests.contract.mysql_databases import connect
from tests.servers.mariadb import MariaDb

# Generous: the machine may be busy. What hangs, hangs for ever.
PATIENCE = 90
PLACES, TOO_MANY = 12, 1040


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDb]:
    server = MariaDb()
    server.start()
    yield server
    server.close()


@pytest.fixture
def settings(server: MariaDb, monkeypatch: pytest.MonkeyPatch) -> ServerSettings:
    """With limits of time as the product has them, but for locks, which many wait for here."""
    monkeypatch.setattr(mysql_engine, "ANSWER_SECONDS", 10)
    monkeypatch.setattr(mysql_engine, "CONNECT_SECONDS", 5)
    monkeypatch.setattr(mysql_engine, "LOCK_SECONDS", 1)
    monkeypatch.setattr(mysql_sessions, "RETRY_SECONDS", 10)
    if not server.running:
        server.start()
    return ServerSettings(database_url=server.url(), database_pool=4)


@pytest.fixture
def database(settings: ServerSettings) -> Iterator[MysqlDatabase]:
    database = MysqlDatabase(settings)
    database.migrate()
    yield database
    database.close()


class Load:
    """Threads that make tasks and work on them until told to stop; what each call said, and how long it took."""

    def __init__(self, database: MysqlDatabase) -> None:
        self.database = database
        self.accepted: set[str] = set()
        self.refused: list[UnavailableError] = []
        self.longest = 0.0
        self._stop = threading.Event()
        self._progress = threading.Semaphore(0)

    def wait_for(self, calls: int) -> None:
        """Until so many more calls came back."""
        for _ in range(calls):
            assert self._progress.acquire(timeout=PATIENCE)

    def __enter__(self) -> "Load":
        self._pool = ThreadPoolExecutor(6)
        self._jobs = [self._pool.submit(self._work, number) for number in range(6)]
        until(lambda: len(self.accepted) > 2, "the first tasks", PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for job in self._jobs:
            job.result(PATIENCE)
        self._pool.shutdown()

    def _work(self, number: int) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                self._call(number)
            except UnavailableError as error:
                self.refused.append(error)
            self.longest = max(self.longest, time.monotonic() - begun)
            self._progress.release()

    def _call(self, number: int) -> None:
        if number % 2:
            self.accepted.add(self.database.create_task(f"user-{number}", PARAMS).id)
        else:
            for claim in self.database.claim(f"worker-{number}", 1, 60):
                complete(self.database, self.database.get_task(claim.task_id), claim.attempt)


def assert_whole(database: MysqlDatabase, accepted: set[str]) -> None:
    """Every accepted task is there, and every task there is has all its parts and no other's."""
    seen: set[str] = set()
    cursor = None
    while True:
        page = database.list_tasks(limit=200, cursor=cursor)
        for task in page.items:
            events = database.events_since(task.id, 0)
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            assert events[-1].phase == task.progress.phase
            posters = database.list_posters(task_id=task.id).items
            assert len(posters) == (task.status == "completed")
            if task.status == "completed":
                assert len(database.get_document(poster_id(task)).walk()) == 5
                assert events[-1].type == "end"
        seen |= {task.id for task in page.items}
        cursor = page.next
        if cursor is None:
            break
    assert accepted <= seen

    def count(session: Session, query: str) -> int:
        return int(session.execute(text(query)).scalar_one())

    lone = "SELECT COUNT(*) FROM {0} LEFT JOIN tasks ON tasks.id = {0}.task_id WHERE tasks.id IS NULL"
    for table in ("outbox", "task_leases", "task_events", "posters"):
        assert database._read(lambda session, table=table: count(session, lone.format(table))) == 0
    unfinished = "SELECT COUNT(*) FROM tasks WHERE status IN ('pending', 'processing')"
    assert database._read(lambda session: count(session, "SELECT COUNT(*) FROM outbox")) == database._read(
        lambda session: count(session, unfinished)
    )


def _restart(server: MariaDb, load: Load) -> None:
    server.stop()
    load.wait_for(1)
    server.start()


def _kill(server: MariaDb, load: Load) -> None:
    server.kill()
    load.wait_for(1)
    server.start()


def _freeze(server: MariaDb, load: Load) -> None:
    server.freeze()
    try:
        # Each of them comes back although nobody answers.
        load.wait_for(6)
    finally:
        server.thaw()


@pytest.mark.parametrize("fault", [_restart, _kill, _freeze])
def test_server_that_goes_away_under_load(
    server: MariaDb, database: MysqlDatabase, fault: Callable[[MariaDb, Load], None]
) -> None:
    with Load(database) as load:
        fault(server, load)
        before = len(load.accepted)
        until(lambda: len(load.accepted) > before, "a task accepted after it", PATIENCE)
    assert load.longest < PATIENCE
    assert all(error.details["part"] == "database" for error in load.refused)
    assert_whole(database, load.accepted)


def test_short_absence_is_waited_for(
    server: MariaDb, settings: ServerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As short as this machine's server takes to be back.
    monkeypatch.setattr(mysql_sessions, "RETRY_SECONDS", PATIENCE)
    database = MysqlDatabase(settings)
    database.migrate()
    task = new_task(database)
    server.kill()
    server.spawn()
    assert database.get_task(task.id) == task
    assert new_task(database).status == "pending"
    server.wait()
    database.close()


def test_call_on_a_frozen_server_comes_back_and_the_next_one_works(server: MariaDb, database: MysqlDatabase) -> None:
    # Before what other tests left waiting.
    task = new_task(database, priority=9)
    attempt = claim_one(database).attempt
    server.freeze()
    begun = time.monotonic()
    try:
        with pytest.raises(UnavailableError):
            database.record_progress(task.id, attempt, "parsing_intent", 10, "x")
        with pytest.raises(UnavailableError):
            database.ping()
    finally:
        server.thaw()
    assert time.monotonic() - begun < PATIENCE
    stored = database.record_progress(task.id, attempt, "parsing_intent", 10, "x")
    assert stored.seq == len(database.events_since(task.id, 0))


def _place(url: str) -> pymysql.Connection | None:
    try:
        return connect(url)
    except pymysql.err.OperationalError as full:
        assert full.args[0] == TOO_MANY
        return None


def test_connection_limit(server: MariaDb, settings: ServerSettings, database: MysqlDatabase) -> None:
    task = new_task(database)
    database.close()  # its pooled connections go: the next call needs a new one
    with connect(server.url("mysql")) as admin, admin.cursor() as cursor:
        cursor.execute("CREATE USER plain")
        cursor.execute(f"GRANT ALL ON {make_url(server.url()).database}.* TO plain")
        cursor.execute(f"SET GLOBAL max_connections = {PLACES}")
    url = make_url(server.url()).set(username="plain", password="").render_as_string(hide_password=False)
    limited = MysqlDatabase(ServerSettings(database_url=url, database_pool=4))
    with ExitStack() as held:
        for _ in range(PLACES):
            # The server counts what was closed for a moment more.
            held.enter_context(until(lambda: _place(url), "a place", PATIENCE))
        begun = time.monotonic()
        with pytest.raises(UnavailableError, match="1040") as full:
            limited.get_task(task.id)
        assert full.value.told == "The database does not answer; try again in a moment."
        assert time.monotonic() - begun < PATIENCE
        # One that begins while the server is full and sees a place fall free.
        freeing = threading.Timer(0.5, held.close)
        freeing.start()
        assert limited.get_task(task.id) == task
        freeing.join()
    limited.close()
    with connect(server.url("mysql")) as admin, admin.cursor() as cursor:
        cursor.execute("SET GLOBAL max_connections = 151")


def _plain_user(server: MariaDb, name: str) -> str:
    """URL of a user with no rights beyond the database, neither to write to a server that is read-only."""
    with connect(server.url("mysql")) as admin, admin.cursor() as cursor:
        cursor.execute(f"CREATE OR REPLACE USER {name}")
        cursor.execute(f"GRANT ALL ON {make_url(server.url()).database}.* TO {name}")
    return make_url(server.url()).set(username=name, password="").render_as_string(hide_password=False)


def _administer(server: MariaDb, statement: str) -> None:
    with connect(server.url("mysql")) as admin:
        admin.cursor().execute(statement)


def test_limit_of_the_user_is_waited_for(server: MariaDb, database: MysqlDatabase) -> None:
    task = new_task(database)
    url = _plain_user(server, "few")
    _administer(server, "ALTER USER few WITH MAX_USER_CONNECTIONS 1")
    limited = MysqlDatabase(ServerSettings(database_url=url, database_pool=4))
    holder = connect(url)
    with pytest.raises(UnavailableError, match="1226"):
        limited.get_task(task.id)
    freeing = threading.Timer(0.5, holder.close)
    freeing.start()
    assert limited.get_task(task.id) == task
    freeing.join()
    limited.close()


@pytest.fixture
def failed_over(server: MariaDb, database: MysqlDatabase) -> Iterator[ServerSettings]:
    """Of a user whom a read-only server refuses; it takes writes again at the end."""
    yield ServerSettings(database_url=_plain_user(server, "plainer"), database_pool=4)
    _administer(server, "SET GLOBAL read_only = 0")


def _link(database: MysqlDatabase) -> int:
    return database._read(lambda session: int(session.execute(text("SELECT CONNECTION_ID()")).scalar_one()))


def test_server_that_became_read_only_is_let_go_of(server: MariaDb, failed_over: ServerSettings) -> None:
    database, checkpointer = MysqlDatabase(failed_over), MysqlCheckpointer(failed_over)
    task, link = new_task(database), _link(database)
    put_step(checkpointer, "task_1", 1)
    _administer(server, "SET GLOBAL read_only = 1")
    with pytest.raises(UnavailableError, match="read-only"):
        database.cancel_task(task.id)
    with pytest.raises(UnavailableError, match="read-only"):
        put_step(checkpointer, "task_1", 2)
    assert database.get_task(task.id) == task
    assert _link(database) != link
    # One that begins there and ends at the server that has taken its place.
    replacing = threading.Timer(0.5, _administer, (server, "SET GLOBAL read_only = 0"))
    replacing.start()
    assert database.cancel_task(task.id).status == "cancelled"
    replacing.join()
    put_step(checkpointer, "task_1", 3)
    assert newest_step(checkpointer, "task_1") == 3
    database.close()
    checkpointer.close()


def _raise_priority(session: Session, task_id: str, by: int = 1) -> None:
    row = lock(session, TaskRow, task_id)
    assert row is not None
    row.priority += by
    session.add(row)
    session.flush()


def test_commit_that_a_read_only_server_refuses_is_run_again(server: MariaDb, failed_over: ServerSettings) -> None:
    database = MysqlDatabase(failed_over)
    task = new_task(database)
    runs: list[int] = []

    def action(session: Session) -> None:
        runs.append(1)
        if len(runs) > 1:
            _administer(server, "SET GLOBAL read_only = 0")
        _raise_priority(session, task.id)
        if len(runs) == 1:
            _administer(server, "SET GLOBAL read_only = 1")

    database._write(action)
    assert len(runs) > 1
    assert database.get_task(task.id).priority == 1
    database.close()


def test_deadlock_costs_a_second_run_and_nothing_else(
    database: MysqlDatabase, settings: ServerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.close()
    # Or a survivor that this machine holds up makes the other run a third time.
    for limit in ("LOCK_SECONDS", "ANSWER_SECONDS"):
        monkeypatch.setattr(mysql_engine, limit, PATIENCE)
    database = MysqlDatabase(settings)
    first, second = new_task(database).id, new_task(database).id
    both_hold_one = threading.Barrier(2)
    runs: list[str] = []

    def change(own: str, other: str) -> None:
        met: list[bool] = []

        def action(session: Session) -> None:
            runs.append(own)
            _raise_priority(session, own)
            if not met:
                met.append(True)
                both_hold_one.wait(PATIENCE)
            _raise_priority(session, other, by=10)

        database._write(action)

    together([lambda: change(first, second), lambda: change(second, first)])
    assert len(runs) == 3
    assert [database.get_task(task_id).priority for task_id in (first, second)] == [11, 11]
    database.close()


def test_lock_that_is_held_long_is_waited_for_and_one_never_given_back_is_named(
    server: MariaDb, database: MysqlDatabase
) -> None:
    task = new_task(database)
    holder = pymysql.connect(host="127.0.0.1", port=server.port, user="root", database="design_agent")
    holder.cursor().execute(f"SELECT id FROM tasks WHERE id = '{task.id}' FOR UPDATE")
    with pytest.raises(UnavailableError, match="1205"):
        database.cancel_task(task.id)
    assert database.get_task(task.id).status == "pending"
    freeing = threading.Timer(mysql_engine.LOCK_SECONDS + 0.5, holder.rollback)
    freeing.start()
    assert database.cancel_task(task.id).status == "cancelled"
    freeing.join()
    holder.close()


def _kill_own(server: MariaDb, session: Session) -> None:
    number = session.connection().exec_driver_sql("SELECT CONNECTION_ID()").scalar()
    with connect(server.url()) as admin:
        admin.cursor().execute(f"KILL {number}")


def test_killed_connection_is_replaced_and_nothing_is_done_twice(server: MariaDb, database: MysqlDatabase) -> None:
    task = new_task(database)
    runs: list[int] = []

    def action(session: Session) -> None:
        _raise_priority(session, task.id)
        runs.append(1)
        if len(runs) == 1:
            _kill_own(server, session)
        session.connection().exec_driver_sql("SELECT 1")

    database._write(action)
    assert len(runs) == 2
    assert database.get_task(task.id).priority == 1


def test_connection_killed_before_the_commit_answers_is_not_tried_again(
    server: MariaDb, database: MysqlDatabase
) -> None:
    task = new_task(database)
    runs: list[int] = []

    def action(session: Session) -> None:
        runs.append(1)
        _raise_priority(session, task.id)
        _kill_own(server, session)

    with pytest.raises(UnavailableError) as unsure:
        database._write(action)
    assert unsure.value.details["outcome"] == "unknown"
    assert len(runs) == 1
    assert database.get_task(task.id).priority == 0


def test_checkpoints_outlive_a_restart_and_come_back_from_a_frozen_server(
    server: MariaDb, settings: ServerSettings, database: MysqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patient:
        patient.setattr(mysql_sessions, "RETRY_SECONDS", PATIENCE)
        waiting = MysqlCheckpointer(settings)
    put_step(waiting, "task_1", 1)
    server.kill()
    server.spawn()
    assert newest_step(waiting, "task_1") == 1
    put_step(waiting, "task_1", 2)
    waiting.close()
    checkpointer = MysqlCheckpointer(settings)
    server.freeze()
    try:
        with pytest.raises(UnavailableError):
            put_step(checkpointer, "task_1", 3)
    finally:
        server.thaw()
    put_step(checkpointer, "task_1", 4)
    assert newest_step(checkpointer, "task_1") == 4
    checkpointer.close()
    server.wait()


def test_process_may_start_before_its_server(server: MariaDb, settings: ServerSettings) -> None:
    server.stop()
    database, checkpointer = MysqlDatabase(settings), MysqlCheckpointer(settings)
    with pytest.raises(UnavailableError):
        database.ping()
    with pytest.raises(UnavailableError):
        checkpointer.threads()
    server.start()
    database.migrate()
    database.ping()
    assert isinstance(checkpointer.threads(), list)
    database.close()
    checkpointer.close()
