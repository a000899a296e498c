"""Who waits for whom on a server with row locks, and what is read after the waiting."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from storage.database import leases, outbox, posters, tasks, turns
from storage.database.base import Claim
from storage.database.fair_cost import STEP
from storage.database.mysql import MysqlDatabase
from storage.database.tables import OutboxRow, TaskRow
from storage.documents.element import ElementUpdate
from storage.documents.task import TaskError
from storage.documents.usage import UsageEntry
from tests.contract.adapters import open_database
from tests.contract.helpers import PARAMS, complete, completed_task, new_task, poster_id, running_task, together
from tests.contract.mysql_databases import take_back

PATIENCE = 60


@pytest.fixture
def database(tmp_path: Path) -> Iterator[MysqlDatabase]:
    database = open_database("mysql", tmp_path)
    assert isinstance(database, MysqlDatabase)
    yield database
    database.close()
    take_back()


@contextmanager
def open_claim(database: MysqlDatabase, limit: int, *, bulk: bool = False) -> Iterator[list[str]]:
    """Tasks that a transaction has claimed and not yet committed."""
    claimed, may_commit = threading.Event(), threading.Event()
    held: list[str] = []

    def action(session: Session) -> None:
        claims = leases.claim(session, "slow", [bulk] * limit, 60, database._now())
        session.flush()
        held[:] = [claim.task_id for claim in claims]
        claimed.set()
        assert may_commit.wait(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(database._write, action)
        assert claimed.wait(PATIENCE)
        try:
            yield held
        finally:
            may_commit.set()
            job.result(PATIENCE)


@pytest.mark.parametrize("waiting", [3, 60])
def test_claimer_locks_what_it_takes_and_no_more(database: MysqlDatabase, waiting: int) -> None:
    made = [new_task(database, f"u{number}").id for number in range(waiting)]
    with open_claim(database, 1) as held:
        others = [claim.task_id for claim in database.claim("quick", 1, 60)]
        # And whoever adds to the queue waits for nobody: neither before nor behind what is claimed.
        added = [new_task(database, "u0", priority=priority).id for priority in (9, 0)]
        assert database.backlog() == waiting - len(others) + len(added)
    assert held == made[:1]
    assert others == made[1:2]


@pytest.mark.parametrize("bulk_first", [False, True])
def test_claimers_of_two_lanes_wait_for_nobody(database: MysqlDatabase, bulk_first: bool) -> None:
    made = [database.create_task(f"u{number}", PARAMS, lane="bulk").id for number in range(3)]
    made += [new_task(database, f"u{number}").id for number in range(3)]
    with open_claim(database, 1, bulk=bulk_first) as held:
        # It finds all the others, whichever lane they are in, and more of both can be added.
        others = [claim.task_id for claim in database.claim("quick", 6, 60)]
        added = [database.create_task("u0", PARAMS).id, database.create_task("u0", PARAMS, lane="bulk").id]
    assert held == (made[:1] if bulk_first else made[3:4])
    assert sorted(held + others) == sorted(made)
    assert [claim.task_id for claim in database.claim("quick", 6, 60)] == added


def test_claimer_passes_over_a_task_that_is_being_cancelled(database: MysqlDatabase) -> None:
    first, second = new_task(database).id, new_task(database).id
    locked, may_commit = threading.Event(), threading.Event()

    def cancel(session: Session) -> None:
        tasks.cancel(session, first, None, database._now())
        locked.set()
        assert may_commit.wait(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(database._write, cancel)
        assert locked.wait(PATIENCE)
        assert [claim.task_id for claim in database.claim("worker", 2, 60)] == [second]
        may_commit.set()
        job.result(PATIENCE)
    assert database.get_task(first).status == "cancelled"
    assert database.claim("worker", 2, 60) == []


def test_task_that_is_deleted_while_it_is_claimed_keeps_back_no_other(database: MysqlDatabase) -> None:
    first, gone, last = (new_task(database).id for _ in range(3))
    seen: list[bool] = []

    def delete() -> None:
        database.cancel_task(gone)
        database.delete_task(gone)

    def claim(session: Session) -> list[str]:
        if not seen:
            # From here on it reads what was there now, and locks what is there then.
            seen.append(session.get(TaskRow, gone) is not None)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(delete).result(PATIENCE)
        found = outbox.claim_tasks(session, [first, gone, last], "worker", 3, 60, database._now())
        return [claim.task_id for claim in found.claims]

    assert database._write(claim) == [first, last]
    assert seen == [True]


def test_tasks_that_one_user_makes_at_once_get_a_turn_each(database: MysqlDatabase) -> None:
    together([lambda: new_task(database, "many") for _ in range(16)])
    turns = database._read(lambda session: session.exec(select(OutboxRow.turn)).all())
    assert sorted(turns) == [STEP * place for place in range(16)]


def test_claims_at_once_leave_the_last_turn(database: MysqlDatabase) -> None:
    for _ in range(24):
        new_task(database, "many")
    together([lambda: database.claim("worker", 3, 60) for _ in range(8)])
    assert database.backlog() == 0
    assert database.get_task(new_task(database, "many").id).status == "pending"
    turns = database._read(lambda session: session.exec(select(OutboxRow.turn)).all())
    assert max(turns) == 24 * STEP


def test_lapsed_lease_that_is_being_renewed_stays(database: MysqlDatabase) -> None:
    task, attempt = running_task(database)
    database.renew(task.id, attempt, -1)
    locked, may_commit = threading.Event(), threading.Event()

    def renew(session: Session) -> None:
        leases.renew(session, task.id, attempt, 60, database._now())
        session.flush()
        locked.set()
        assert may_commit.wait(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(database._write, renew)
        assert locked.wait(PATIENCE)
        assert database.requeue_lapsed(3) == []
        may_commit.set()
        job.result(PATIENCE)
    assert database.requeue_lapsed(3) == []
    database.check_fence(task.id, attempt)


def test_relays_at_once_put_each_lapsed_task_back_once(database: MysqlDatabase) -> None:
    made = [running_task(database) for _ in range(20)]
    for task, attempt in made:
        database.renew(task.id, attempt, -1)
    results = together([lambda: database.requeue_lapsed(3) for _ in range(4)])
    put_back = [task_id for result in results if isinstance(result, list) for task_id in result]
    put_back += database.requeue_lapsed(3)
    assert sorted(put_back) == sorted(task.id for task, _ in made)


def test_many_changes_of_one_task_at_once_end_in_one_order(database: MysqlDatabase) -> None:
    task, attempt = running_task(database)
    error = TaskError(code="NODE_FAILED", message="no")
    actions = [
        lambda: database.record_progress(task.id, attempt, "parsing_intent", 10, "m"),
        lambda: database.renew(task.id, attempt, 60),
        lambda: database.fail_attempt(task.id, attempt, error, 3),
        lambda: database.cancel_task(task.id),
        lambda: database.release(task.id, attempt),
    ] * 3
    together(actions)
    events = database.events_since(task.id, 0)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.type for event in events].count("end") == 1
    assert database.get_task(task.id).status == "cancelled"


def test_document_is_read_as_of_one_version(database: MysqlDatabase) -> None:
    poster = poster_id(completed_task(database))
    element = database.get_document(poster).walk()[0]

    def read(session: Session) -> tuple[int, int]:
        version = posters.get(session, poster, None).version
        with ThreadPoolExecutor(1) as pool:
            pool.submit(database.update_element, element.id, ElementUpdate(locked=True)).result(PATIENCE)
        stored = {found.id: found for found in posters.get_document(session, poster, None).walk()}
        return version, stored[element.id].version

    assert database._read(read) == (1, 1)
    assert database.get_document(poster).poster.version == 2


def test_users_that_differ_in_case_are_two(database: MysqlDatabase) -> None:
    task = completed_task(database, "Ann")
    assert database.list_tasks(user_id="ann").items == []
    assert database.list_posters(user_id="ann").items == []
    assert [found.id for found in database.list_tasks(user_id="Ann").items] == [task.id]
    waiting = database.create_task("ann", task.input_params, most_unfinished=1)
    assert database.create_task("Ann", task.input_params, most_unfinished=1).user_id == "Ann"
    assert [found.id for found in database.list_tasks(user_id="ann").items] == [waiting.id]


def test_ends_and_moves_at_once_break_nothing(database: MysqlDatabase) -> None:
    """Tasks that end while the waiting ones of their user are moved."""

    def end(claim: Claim, seconds: float) -> None:
        entry = UsageEntry(stage="s", step="s", model="m", seconds=seconds)
        database.append_usage(claim.task_id, claim.attempt, entry)
        complete(database, database.get_task(claim.task_id), claim.attempt)

    for _ in range(4):
        new_task(database, "few")
        end(database.claim("worker", 1, 60)[0], 0.1)
    for _ in range(24):
        new_task(database, "many")
    claims = database.claim("worker", 12, 60)
    ends = [partial(end, claim, 2.0**place) for place, claim in enumerate(claims)]
    moves = [partial(database._write, partial(turns.rebalance, user_id="many")) for _ in range(4)]
    outcomes = together([*ends, *moves])
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert database.backlog() == 12
    waiting = database._read(lambda session: session.exec(select(OutboxRow.turn).order_by(col(OutboxRow.id))).all())
    assert waiting == sorted(waiting)
    database.rebalance_turns()
    moved = database._read(lambda session: session.exec(select(OutboxRow.turn).order_by(col(OutboxRow.id))).all())
    gaps = {after - before for before, after in pairwise(moved)}
    assert min(gaps) > STEP and max(gaps) - min(gaps) < 10
