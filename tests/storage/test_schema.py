from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateIndex, CreateTable

from storage.database.client_tables import TaskExtraRow
from storage.database.sqlite import SqliteDatabase
from storage.database.sqlite_sessions import SqliteSessions
from tests.storage.schema import TableSchema, migrated_mysql, parse

SEED = parse((Path(__file__).parents[1] / "data" / "seed_schema.sql").read_text())
OURS = parse(migrated_mysql())
ADDED_COLUMNS = {
    "posters": {"version": "INT NOT NULL DEFAULT 1"},
    "layers": {"user_id": "VARCHAR(50)"},
    "elements": {"position": "INT NOT NULL DEFAULT 0", "version": "INT NOT NULL DEFAULT 1"},
}
ADDED_INDEXES = {"poster_layers": {"idx_layer_id": "layer_id"}}
SIDE_TABLES = {
    "task_leases", "task_events", "outbox", "poster_files", "poster_quality", "api_keys",
    "task_extras", "idempotency_keys", "uploads", "upload_uses", "queue_turns", "usage_ledger", "user_costs",
}  # fmt: skip


def test_the_known_schema_is_read_whole() -> None:
    assert {name: len(table.columns) for name, table in SEED.items()} == {
        "tasks": 13, "posters": 13, "layers": 10, "poster_layers": 5, "elements": 11,
    }  # fmt: skip
    assert SEED["poster_layers"].indexes == {
        "idx_poster_id": "poster_id", "uk_poster_layer": "UNIQUE poster_id, layer_id",
    }  # fmt: skip


def test_everything_else_is_in_side_tables() -> None:
    assert set(OURS) == set(SEED) | SIDE_TABLES


@pytest.mark.parametrize("table", SEED)
def test_known_table_is_kept_to_the_letter(table: str) -> None:
    ours, seed = OURS[table], SEED[table]
    assert ours.columns == {**seed.columns, **ADDED_COLUMNS.get(table, {})}
    assert ours.indexes == {**seed.indexes, **ADDED_INDEXES.get(table, {})}
    assert ours.options == seed.options
    assert list(ours.columns)[: len(seed.columns)] == list(seed.columns)


def _models() -> dict[str, TableSchema]:
    dialect = mysql.dialect()
    tables = TaskExtraRow.metadata.sorted_tables
    statements = [CreateTable(table) for table in tables]
    indexes = [CreateIndex(index) for table in tables for index in sorted(table.indexes, key=lambda i: str(i.name))]
    return parse("".join(f"{statement.compile(dialect=dialect)};\n" for statement in [*statements, *indexes]))


def test_models_say_what_the_revisions_make() -> None:
    models = _models()
    assert models == OURS


def test_sqlite_has_the_same_columns_and_indexes(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "test.db")
    database.migrate()
    database.close()
    sessions = SqliteSessions(tmp_path / "test.db")
    found = inspect(sessions.engine)
    for name, table in TaskExtraRow.metadata.tables.items():
        columns = {column["name"]: (column["nullable"], str(column["type"])) for column in found.get_columns(name)}
        dialect = sessions.engine.dialect
        assert columns == {
            column.name: (bool(column.nullable), column.type.compile(dialect)) for column in table.columns
        }
        indexes = {str(index["name"]) for index in found.get_indexes(name)} - {
            str(key["name"]) for key in found.get_unique_constraints(name)
        }
        assert indexes == {f"{name}_{index.name}" for index in table.indexes}
    sessions.close()
