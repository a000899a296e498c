"""Keys, fields, lifetimes and channels in Redis, as the services beside this one read them."""

import json
import random
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from sqlalchemy.exc import StatementError

from storage.announcer.base import Change, EventStored, TaskDeleted
from storage.database.base import Database
from storage.documents.base import utc_now
from storage.documents.element import Element, ElementUpdate, Transform
from storage.documents.progress import TaskEvent
from storage.documents.task import TaskError
from storage.progress.redis_keys import write_progress
from tests.contract.helpers import complete, completed_task, new_task, poster_id, running_task
from tests.contract.redis_copies import announce
from tests.contract.test_database_external import batch, external_task, poster_of, text
from tests.storage.redis_sight import listening, until

DAY, HOUR = 24 * 3600, 3600
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture
def database(database: Database) -> Database:
    announce(database)
    return database


def lives(client: Any, key: str, seconds: int) -> bool:
    return seconds - 60 < client.ttl(key) <= seconds


def test_progress_is_a_hash_for_a_day_and_a_message(database: Database, seen: Any) -> None:
    task, attempt = running_task(database)
    key = f"task:progress:{task.id}"
    with listening(seen, key) as heard:
        details = {"prompt": "蓝色", "repair_round": 1, "nested": {"ok": True}}
        event = database.record_progress(task.id, attempt, "parsing_intent", 10, "解析设计需求", details)
        channel, message = heard.next()
        while json.loads(message)["phase"] == "init":  # told late, when the test had subscribed already
            channel, message = heard.next()
        assert channel == key
        stored = seen.hgetall(key)
        assert set(stored) == {"phase", "percentage", "message", "details", "updated_at"}
        assert (stored["phase"], stored["percentage"], stored["message"]) == ("parsing_intent", "10", "解析设计需求")
        assert json.loads(stored["details"]) == details
        assert TIME.fullmatch(stored["updated_at"])
        assert json.loads(message) == {
            "phase": "parsing_intent", "percentage": 10, "message": "解析设计需求", "details": details,
            "updated_at": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }  # fmt: skip
        assert lives(seen, key, DAY)
        database.record_progress(task.id, attempt, "generating_layout", 20.5, "生成布局方案")
        assert json.loads(heard.next()[1])["percentage"] == 20.5
        stored = seen.hgetall(key)
        assert (stored["percentage"], stored["details"]) == ("20.5", "{}")


def test_status_is_a_hash_for_a_day_and_follows_the_task(database: Database, seen: Any) -> None:
    task = new_task(database)
    key = f"task:status:{task.id}"
    until(lambda: seen.exists(key), "the new task's status")
    stored = seen.hgetall(key)
    assert set(stored) == {"id", "status", "created_at", "updated_at"}
    assert (stored["id"], stored["status"]) == (task.id, "pending")
    assert TIME.fullmatch(stored["created_at"]) and TIME.fullmatch(stored["updated_at"])
    assert lives(seen, key, DAY)
    attempt = database.claim("worker", 1, 60)[0].attempt
    database.record_progress(task.id, attempt, "p", 10, "m")
    until(lambda: seen.hget(key, "status") == "processing", "the running task's status")
    complete(database, task, attempt)
    until(lambda: seen.hget(key, "status") == "completed", "the completed task's status")
    assert seen.hget(key, "created_at") == stored["created_at"]


def test_completion_drops_the_hash_and_says_the_bare_id(database: Database, seen: Any) -> None:
    task, attempt = running_task(database)
    progress, completed = f"task:progress:{task.id}", f"task:complete:{task.id}"
    with listening(seen, progress, completed) as heard:
        complete(database, task, attempt)
        messages = [heard.next()]
        while messages[-1][0] != completed:
            messages.append(heard.next())
    assert messages[-1] == (completed, task.id)
    assert json.loads(messages[-2][1])["percentage"] == 100
    assert not seen.exists(progress)


def test_failure_stays_readable_and_completes_nothing(database: Database, seen: Any) -> None:
    (task, attempt), (other, other_attempt) = running_task(database), running_task(database)
    with listening(seen, f"task:complete:{task.id}", f"task:complete:{other.id}") as heard:
        database.fail_attempt(task.id, attempt, TaskError(code="DESIGN_FAILED", message="no"), max_attempts=1)
        complete(database, other, other_attempt)
        assert heard.next()[1] == other.id
    stored = seen.hgetall(f"task:progress:{task.id}")
    assert (stored["phase"], stored["percentage"]) == ("failed", "-1")
    assert seen.hget(f"task:status:{task.id}", "status") == "failed"


def test_what_was_rolled_back_is_told_to_nobody(database: Database, seen: Any) -> None:
    task, attempt = running_task(database)
    with pytest.raises(StatementError):
        database.record_progress(task.id, attempt, "p", 10, "m", {"bad": float("nan")})
    database.record_progress(task.id, attempt, "q", 20, "m")
    key = f"task:progress:{task.id}"
    until(lambda: seen.hget(key, "phase") == "q", "the event after it")
    assert seen.get(f"design-agent:seq:{task.id}") == "2"


def test_deleted_task_leaves_nothing_to_read(database: Database, seen: Any) -> None:
    task = completed_task(database)
    (element_id, *_) = [element.id for element in database.get_document(poster_id(task)).walk()]
    seen.set(f"element:{element_id}", "{}")
    until(lambda: seen.hget(f"task:status:{task.id}", "status") == "completed", "the status")
    database.delete_task(task.id)
    until(lambda: not seen.exists(f"task:status:{task.id}"), "the status to go")
    until(lambda: not seen.exists(f"element:{element_id}"), "the element to go")


def test_new_elements_are_json_for_an_hour_and_go_with_an_edit(database: Database, seen: Any) -> None:
    task = external_task(database)
    poster = poster_of(database, task)
    (element_id,) = batch(database, text("layer_1"), poster_id=poster.id)
    key = f"element:{element_id}"
    until(lambda: seen.exists(key), "the new element")
    stored = json.loads(seen.get(key))
    assert Element.model_validate(stored) == database.get_element(element_id)
    assert {"id", "layer_id", "type", "transform", "style", "content", "locked", "visible", "selectable",
            "created_at", "updated_at"} <= set(stored)  # fmt: skip
    assert lives(seen, key, HOUR)
    database.cancel_task(task.id)
    database.update_element(element_id, ElementUpdate(transform=Transform(x=7)))
    until(lambda: not seen.exists(key), "the edited element to go")


def event(seq: int, *, end: bool = False) -> TaskEvent:
    return TaskEvent(type="end" if end else "progress", seq=seq, status="completed" if end else "processing",
                     phase=f"p{seq}", percentage=seq, message="m", at=utc_now())  # fmt: skip


def write(client: Any, change: Change) -> None:
    with client.pipeline(transaction=False) as pipeline:
        write_progress(pipeline, change)
        pipeline.execute()


@pytest.mark.parametrize("last", ["completed", "deleted"])
def test_late_progress_never_brings_a_dropped_hash_back(seen: Any, last: str) -> None:
    """Thirty tasks, each with twenty events written by many connections at once, some of them twice, in any order."""
    dice = random.Random(5)
    tasks = [f"task_late_{last}_{number}" for number in range(30)]
    made = utc_now()
    changes: list[Change] = []
    for task_id in tasks:
        seen.delete(f"design-agent:seq:{task_id}")
        changes += [EventStored(task_id, made, event(seq)) for seq in range(1, 20) for _ in range(dice.choice([1, 2]))]
        changes.append(EventStored(task_id, made, event(20, end=True)) if last == "completed" else TaskDeleted(task_id))
    dice.shuffle(changes)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(partial(write, seen), changes))
    assert [task_id for task_id in tasks if seen.exists(f"task:progress:{task_id}")] == []
    statuses = [seen.hgetall(f"task:status:{task_id}").get("status") for task_id in tasks]
    assert statuses == ["completed" if last == "completed" else None] * 30


def test_the_newest_progress_wins_whatever_the_order(seen: Any) -> None:
    dice = random.Random(6)
    tasks = [f"task_newest_{number}" for number in range(20)]
    for task_id in tasks:
        seen.delete(f"design-agent:seq:{task_id}", f"task:progress:{task_id}")
    changes = [EventStored(task_id, utc_now(), event(seq)) for task_id in tasks for seq in range(1, 21)]
    dice.shuffle(changes)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(partial(write, seen), changes))
    assert [seen.hget(f"task:progress:{task_id}", "phase") for task_id in tasks] == ["p20"] * 20
