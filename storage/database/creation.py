"""New tasks, several in one transaction: what they share is asked for once, and each table is written to once."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert, inspect
from sqlmodel import Session, SQLModel

from storage.announcer.base import EventStored
from storage.database import changes, costs, lanes, quota, requests, rows, turns
from storage.database.client_tables import TaskExtraRow
from storage.database.clock import at, milliseconds
from storage.database.fairness import Fairness
from storage.database.tables import OutboxRow, TaskEventRow, TaskLeaseRow, TaskRow
from storage.documents.ids import new_task_id
from storage.documents.progress import PHASES, TaskEvent
from storage.documents.task import Task, TaskLane, TaskParams

TASK_TYPE = "poster_generation"
EXTERNAL = "external"
EXTERNAL_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Origin:
    """Who executes a task, which one it repeats, the group of tasks it is one of, and its lane."""

    executor: str = "cluster"
    retry_of: str | None = None
    group_id: str | None = None
    lane: TaskLane = "interactive"


PLAIN = Origin()


@dataclass(frozen=True, slots=True)
class Order:
    """A task to make. ``request``: its reserved idempotency key; ``most_unfinished``: its user's limit."""

    user_id: str
    params: TaskParams
    priority: int
    origin: Origin = PLAIN
    request: str | None = None
    most_unfinished: int | None = None


def create(session: Session, orders: Sequence[Order], now: float, fairness: Fairness) -> list[Task]:
    """Task, lease, outbox row and the ``init`` event of each. An external task is in no queue, so nobody claims it.

    Raises TooManyError or ConflictError of one of them, and then makes none.
    """
    # In one order, so that no two transactions wait for each other in a ring.
    for user_id in sorted({order.user_id for order in orders}):
        turns.hold(session, user_id)
    made = [_new(order, now) for order in orders]
    _insert(session, TaskRow, [one.task for one in made])
    _insert(session, TaskLeaseRow, [{"task_id": one.task["id"], "attempt": 0, "failures": 0} for one in made])
    _insert(session, TaskEventRow, [one.event for one in made])
    _insert(session, TaskExtraRow, [one.extra for one in made if one.extra])
    _insert(session, OutboxRow, _entries(session, orders, made, now, fairness))
    for user_id, most in {(order.user_id, order.most_unfinished) for order in orders}:
        quota.check(session, user_id, most)
    tasks = []
    for order, one in zip(orders, made, strict=True):
        task = Task.model_validate(one.task | asdict(order.origin))
        if order.request is not None:
            requests.settle(session, order.request, task)
        changes.note(session, EventStored(task.id, task.created_at, _told(one.event)))
        tasks.append(task)
    return tasks


@dataclass(frozen=True, slots=True)
class _New:
    """Values of the rows of one task; no ``extra``: a plain task of the cluster."""

    task: dict[str, Any]
    event: dict[str, Any]
    extra: dict[str, Any]


def _new(order: Order, now: float) -> _New:
    made, task_id = at(now), new_task_id()
    phase = PHASES["init"]
    progress = {"phase": "init", "percentage": float(phase.percentage), "message": phase.message}
    task = {
        "id": task_id, "user_id": order.user_id, "type": TASK_TYPE, "status": "pending", "priority": order.priority,
        "input_params": rows.dump(order.params), "progress": progress, "created_at": made, "updated_at": made,
    }  # fmt: skip
    event = {"task_id": task_id, "seq": 1, "type": "progress", "status": "pending", **progress, "attempt": 0,
             "at": made}  # fmt: skip
    if order.origin == PLAIN:
        return _New(task, event, {})
    external = order.origin.executor == EXTERNAL
    expires = milliseconds(now + EXTERNAL_SECONDS) if external else None
    return _New(task, event, {"task_id": task_id, **asdict(order.origin), "expires_at": expires})


def _told(event: dict[str, Any]) -> TaskEvent:
    return TaskEvent.model_validate({name: value for name, value in event.items() if name != "task_id"})


def _entries(
    session: Session, orders: Sequence[Order], made: Sequence[_New], now: float, fairness: Fairness
) -> list[dict[str, Any]]:
    """Outbox rows of those that the cluster executes; of a user's tasks each a step after the one before."""
    entries: list[dict[str, Any]] = []
    following: dict[tuple[str, int], int] = {}
    for order, one in zip(orders, made, strict=True):
        if order.origin.executor == EXTERNAL:
            continue
        level, weight = lanes.level_of(order.origin.lane, order.priority), fairness.weight(order.user_id)
        key = (order.user_id, level)
        if key not in following:
            following[key] = turns.next_turn(session, *key, weight)
        entries.append({"task_id": one.task["id"], "priority": level, "created_at": at(now), "user_id": order.user_id,
                        "turn": following[key]})  # fmt: skip
        following[key] += costs.step_of(session, order.user_id, weight)
    return entries


def _insert(session: Session, table: type[SQLModel], values: list[dict[str, Any]]) -> None:
    if values:
        session.connection().execute(insert(inspect(table).local_table), values)
