"""Who has dearer tasks has fewer turns, and whom the operator gave more weight has more."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.database.base import Database
from storage.database.fairness import Fairness
from storage.database.mysql import MysqlDatabase
from storage.database.sqlite import SqliteDatabase
from storage.documents.usage import UsageEntry
from tests.contract.conftest import FakeClock
from tests.contract.helpers import claim_one, complete, new_task
from tests.contract.mysql_databases import settings_of


def finish_next(database: Database, seconds: dict[str, float], gpus: float = 1.0) -> str:
    """Claim a task, let it take its user's seconds, complete it; its user."""
    claim = claim_one(database)
    task = database.get_task(claim.task_id)
    entry = UsageEntry(stage="background", step="s", model="m", seconds=seconds[task.user_id], gpus=gpus)
    database.append_usage(task.id, claim.attempt, entry)
    complete(database, task, claim.attempt)
    database.rebalance_turns()
    return task.user_id


def served(database: Database, seconds: dict[str, float], count: int, gpus: float = 1.0) -> Counter[str]:
    """Whose tasks the next so many are, while each user always has one waiting."""
    users: Counter[str] = Counter()
    for _ in range(count):
        for user in seconds:
            if not database.list_tasks(user_id=user, status="pending", limit=1).items:
                new_task(database, user)
        users[finish_next(database, seconds, gpus)] += 1
    return users


@pytest.mark.parametrize("gpus", [0.5, 0.0])
def test_ten_times_dearer_tasks_get_a_tenth_of_the_turns(database: Database, gpus: float) -> None:
    seconds = {"dear": 20.0, "cheap": 2.0}
    served(database, seconds, 10, gpus)
    users = served(database, seconds, 44, gpus)
    # Four, but for where the count begins.
    assert 3 <= users["dear"] <= 5


def test_what_was_queued_before_the_cost_was_known_is_drawn_apart(database: Database) -> None:
    for user in ("dear", "cheap"):
        for _ in range(40):
            new_task(database, user)
    seconds = {"dear": 10.0, "cheap": 1.0}
    users = Counter(finish_next(database, seconds) for _ in range(35))
    assert users["cheap"] >= 28
    assert users["dear"] >= 2


def test_old_costs_fade(database: Database, clock: FakeClock) -> None:
    served(database, {"a": 20.0, "b": 2.0}, 22)
    clock.now += 8 * 3600
    served(database, {"a": 2.0, "b": 2.0}, 8)
    users = served(database, {"a": 2.0, "b": 2.0}, 20)
    assert abs(users["a"] - users["b"]) <= 2


def test_alone_a_dear_user_has_every_turn_and_a_newcomer_is_next(database: Database) -> None:
    assert served(database, {"dear": 50.0}, 5) == {"dear": 5}
    for _ in range(5):
        new_task(database, "dear")
    assert served(database, {"cheap": 1.0}, 1) == {"cheap": 1}
    assert {finish_next(database, {"dear": 50.0, "cheap": 1.0}) for _ in range(5)} == {"dear"}


def test_tasks_that_ended_without_any_work_cost_nothing(database: Database) -> None:
    served(database, {"a": 4.0, "b": 4.0}, 4)
    for _ in range(5):
        database.cancel_task(new_task(database, "a").id)
    assert database.rebalance_turns() == []
    assert served(database, {"a": 4.0, "b": 4.0}, 10) == {"a": 5, "b": 5}


WEIGHTED = Fairness(shares={"three": 3})
WEIGHTED_DATABASES: dict[str, Callable[[Path, FakeClock], Database]] = {
    "sqlite": lambda folder, clock: SqliteDatabase(folder / "weighted.db", clock, fairness=WEIGHTED),
    "mysql": lambda folder, clock: MysqlDatabase(settings_of(folder), clock, fairness=WEIGHTED),
}


def test_a_weight_of_three_is_three_turns_to_one(adapter: str, tmp_path: Path, clock: FakeClock) -> None:
    database = WEIGHTED_DATABASES[adapter](tmp_path, clock)
    database.migrate()
    for user in ("three", "one"):
        for _ in range(30):
            new_task(database, user)
    claims = database.claim("worker", 40, 60)
    users = Counter(database.get_task(claim.task_id).user_id for claim in claims)
    assert users == {"three": 30, "one": 10}
    database.close()
