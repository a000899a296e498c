"""The database of an older version in this one: every row is there, and means the same."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from configs.settings import Settings
from storage.database.fair_cost import STEP
from storage.documents.key import key_digest
from storage.factory import open_checkpointer, open_database
from tests.old_data import unpack

COMMIT = "c31a778"
Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


def rows_of(path: Path, columns: dict[str, list[str]] | None = None) -> Rows:
    """Columns and rows of every table, or of these columns of these tables."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for table in columns or (name for name in names if name not in {"sqlite_sequence", "alembic_version"}):
            wanted = (columns or {}).get(table) or [
                column[1] for column in connection.execute(f"PRAGMA table_info({table})")
            ]
            listed = ", ".join(f'"{name}"' for name in wanted)
            found[table] = (wanted, sorted(connection.execute(f"SELECT {listed} FROM {table}"), key=repr))
        return found


def contents(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What the elements hold, by layer."""
    return {
        layer: [
            {name: value for name, value in element["content"].items() if value is not None} for element in elements
        ]
        for layer, elements in document["elements"].items()
    }


@pytest.fixture
def facts(tmp_path: Path) -> dict[str, Any]:
    return unpack(COMMIT, tmp_path)


@pytest.fixture
def settings(tmp_path: Path, facts: dict[str, Any]) -> Iterator[Settings]:
    yield Settings(data=tmp_path / "data")


def test_no_row_is_lost_or_changed(settings: Settings, tmp_path: Path) -> None:
    shutil.copytree(settings.data, tmp_path / "before")
    before = rows_of(tmp_path / "before" / settings.database_path.name)
    counts = {table: len(rows) for table, (_, rows) in before.items()}
    assert (counts["tasks"], counts["posters"], counts["api_keys"], counts["outbox"]) == (7, 3, 3, 3)
    assert counts["checkpoints"] > 0 and counts["elements"] > 10
    database = open_database(settings)
    database.migrate()
    database.close()
    for table in ("outbox", "queue_turns"):
        columns, rows = before[table]
        before[table] = columns, sorted((_in_thousandths(columns, row) for row in rows), key=repr)
    assert rows_of(settings.database_path, {table: columns for table, (columns, _) in before.items()}) == before


def _in_thousandths(columns: list[str], row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A turn was a whole task once."""
    return tuple(value * STEP if name == "turn" else value for name, value in zip(columns, row, strict=True))


def test_what_was_stored_means_the_same(settings: Settings, facts: dict[str, Any]) -> None:
    database = open_database(settings)
    database.migrate()
    for poster_id, document in facts["documents"].items():
        stored = database.get_document(poster_id).model_dump(mode="json", exclude_none=True)
        known = document["poster"] | {"preview_url": stored["poster"]["preview_url"],
                                      "source_url": stored["poster"].get("source_url")}  # fmt: skip
        assert stored["poster"].items() >= {name: value for name, value in known.items() if value is not None}.items()
        assert [layer["id"] for layer in stored["layers"]] == [layer["id"] for layer in document["layers"]]
        assert contents(stored) == contents(document)
    assert {task_id: database.get_task(task_id).status for task_id in facts["tasks"]} == facts["tasks"]
    found = database.find_key(key_digest(facts["key"]))
    assert found is not None and (found.user_id, found.role) == ("alice", "user")
    assert database.find_key(key_digest(facts["revoked_key"])) is None
    database.close()


def test_the_queue_goes_on_where_it_was(settings: Settings, facts: dict[str, Any]) -> None:
    database = open_database(settings)
    database.migrate()
    high, low = facts["waiting"]
    assert database.backlog() == 2
    # The one at work keeps its place, ahead of what came after it.
    assert database.release_owned("service-") == [facts["held"]]
    assert [claim.task_id for claim in database.claim("worker", 9, 60)] == [high, facts["held"], low]
    events = database.events_since(facts["held"], 0)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    database.close()


def test_repeated_request_gets_its_first_answer(settings: Settings, facts: dict[str, Any]) -> None:
    with closing(sqlite3.connect(settings.database_path)) as rows:
        ((body_hash, reserved_at),) = rows.execute("SELECT body_hash, reserved_at FROM idempotency_keys").fetchall()
    database = open_database(settings)
    database.migrate()
    database._clock = lambda: reserved_at / 1000 + 60  # type: ignore[attr-defined]
    answer = database.reserve_request("alice", facts["idempotency_key"], body_hash)
    assert answer is not None and answer.id == facts["held"]
    database.close()


def test_checkpoints_load(settings: Settings, facts: dict[str, Any]) -> None:
    database = open_database(settings)
    database.migrate()
    database.close()
    checkpointer = open_checkpointer(settings)
    found = checkpointer.get_tuple({"configurable": {"thread_id": facts["held"]}})
    assert found is not None
    values = found.checkpoint["channel_values"]
    assert values["task_id"] == facts["held"]
    assert values["params"]["prompt"] == facts["body"]["prompt"]
    for reference in facts["stored_steps"]:
        assert (settings.objects_path / "data" / reference).is_file()
    checkpointer.close()
