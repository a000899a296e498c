"""A schema as the server itself describes it."""

from pathlib import Path
from typing import Any, NamedTuple

from tests.contract.mysql_databases import connect

SEED = Path(__file__).parents[1] / "data" / "seed_schema.sql"
_COLUMNS = (
    "column_type", "is_nullable", "column_default", "extra", "character_set_name", "collation_name", "column_key",
)  # fmt: skip


class ServerTable(NamedTuple):
    """Columns by name in order; indexes as name -> (unique, columns); engine and collation; checks of JSON columns."""

    columns: dict[str, tuple[Any, ...]]
    indexes: dict[str, tuple[bool, list[str]]]
    options: tuple[str, str]
    checks: set[str]


def create_seed(url: str) -> None:
    """The known schema, statement by statement as it is written, in this database."""
    text = "\n".join(line for line in SEED.read_text().splitlines() if not line.startswith("--"))
    with connect(url) as connection, connection.cursor() as cursor:
        for statement in text.split(";"):
            if statement.strip().startswith("CREATE TABLE"):
                cursor.execute(statement)


def describe(url: str) -> dict[str, ServerTable]:
    """Every table of the database."""
    with connect(url) as connection, connection.cursor() as cursor:
        found: dict[str, ServerTable] = {}
        cursor.execute("SELECT table_name, engine, table_collation FROM information_schema.tables "
                       "WHERE table_schema = DATABASE()")  # fmt: skip
        for name, engine, collation in cursor.fetchall():
            found[name] = ServerTable({}, {}, (engine, collation), set())
        cursor.execute(f"SELECT table_name, column_name, {', '.join(_COLUMNS)} FROM information_schema.columns "
                       "WHERE table_schema = DATABASE() ORDER BY ordinal_position")  # fmt: skip
        for table, column, *rest in cursor.fetchall():
            found[table].columns[column] = tuple(_normal(value) for value in rest)
        cursor.execute("SELECT table_name, index_name, non_unique, column_name, collation "
                       "FROM information_schema.statistics WHERE table_schema = DATABASE() "
                       "ORDER BY seq_in_index")  # fmt: skip
        for table, index, repeats, column, order in cursor.fetchall():
            _, columns = found[table].indexes.setdefault(index, (not int(repeats), []))
            columns.append(column if order == "A" else f"{column} DESC")
        cursor.execute("SELECT tc.table_name, cc.check_clause FROM information_schema.check_constraints cc "
                       "JOIN information_schema.table_constraints tc USING (constraint_schema, constraint_name) "
                       "WHERE constraint_schema = DATABASE() AND tc.constraint_type = 'CHECK'")  # fmt: skip
        for table, clause in cursor.fetchall():
            found[table].checks.add(clause)
        return found


def _normal(value: Any) -> Any:
    # One and the same number: servers keep the words it was given in.
    return {"1.0": "1"}.get(value, value) if isinstance(value, str) else value
