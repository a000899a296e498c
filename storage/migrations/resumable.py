"""Revisions that go on where a killed run stopped.

MySQL ends the transaction at every change of a table, so a run that is killed leaves a part of a revision behind, and
the revision runs again. There each operation first looks whether it is done. SQLite takes a killed run back whole.
"""

from collections.abc import Callable
from typing import Any

from alembic.operations import Operations, ops, toimpl
from sqlalchemy import Inspector, inspect


def _has_column(found: Inspector, table: str, column: str) -> bool:
    return column in {entry["name"] for entry in found.get_columns(table)}


def _has_index(found: Inspector, table: str, index: str | None) -> bool:
    return index in {entry["name"] for entry in found.get_indexes(table)}


_DONE: dict[Any, tuple[Callable[..., Any], Callable[[Inspector, Any], bool]]] = {
    ops.CreateTableOp: (toimpl.create_table, lambda found, op: found.has_table(op.table_name)),
    ops.DropTableOp: (toimpl.drop_table, lambda found, op: not found.has_table(op.table_name)),
    ops.AddColumnOp: (toimpl.add_column, lambda found, op: _has_column(found, op.table_name, op.column.name)),
    ops.DropColumnOp: (toimpl.drop_column, lambda found, op: not _has_column(found, op.table_name, op.column_name)),
    ops.CreateIndexOp: (toimpl.create_index, lambda found, op: _has_index(found, op.table_name, op.index_name)),
    ops.DropIndexOp: (toimpl.drop_index, lambda found, op: not _has_index(found, op.table_name, op.index_name)),
}


def _guard(run: Callable[..., Any], done: Callable[[Inspector, Any], bool]) -> Callable[..., Any]:
    def guarded(operations: Operations, operation: Any) -> Any:
        context = operations.migration_context
        on_server = context.dialect.name == "mysql" and context.connection is not None
        # A new inspector each time: one remembers what it saw.
        if on_server and done(inspect(context.connection), operation):
            return None
        return run(operations, operation)

    return guarded


def install() -> None:
    """Have every operation of every revision look first; for this process, once."""
    for operation, (run, done) in _DONE.items():
        Operations.implementation_for(operation, replace=True)(_guard(run, done))
