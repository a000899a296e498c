"""A schema as plain data, read from MySQL's own words."""

import io
import re
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from alembic.migration import MigrationContext
from alembic.operations import Operations

from storage.migrations import versions

REVISIONS = sorted(path.stem for path in Path(versions.__file__).parent.glob("r*.py"))
_SAME = {"TINYINT(1)": "BOOL", "BOOLEAN": "BOOL", "INTEGER": "INT", "DEFAULT FALSE": "DEFAULT 0",
         "DEFAULT TRUE": "DEFAULT 1", "DEFAULT 1.0": "DEFAULT 1"}  # fmt: skip


class TableSchema(NamedTuple):
    """Columns by name, in normal words; indexes and unique keys as name -> columns; the table's options."""

    columns: dict[str, str]
    indexes: dict[str, str]
    options: frozenset[str]


def migrated_mysql() -> str:
    """What the revisions would say to a MySQL server."""
    buffer = io.StringIO()
    context = MigrationContext.configure(dialect_name="mysql", opts={"as_sql": True, "output_buffer": buffer})
    with Operations.context(context):
        for revision in REVISIONS:
            import_module(f"storage.migrations.versions.{revision}").upgrade()
    return buffer.getvalue()


def parse(script: str) -> dict[str, TableSchema]:
    """CREATE TABLE, CREATE INDEX, ADD COLUMN and DROP INDEX statements as tables by name, in this order."""
    script = re.sub(r"--.*", "", script).replace("`", "")
    tables = {}
    for name, body, options in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\)([^;]*);", script, re.S):
        columns, indexes = {}, {}
        for line in re.split(r",\s*\n", body.strip()):
            key, index = _index_of(line.strip())
            if index:
                indexes[key] = index
            elif key:
                columns[key] = _normal(line.strip().split(maxsplit=1)[1])
        _mark_primary(body, columns)
        tables[name] = TableSchema(columns, indexes, frozenset(_normal(options).replace("DEFAULT ", "").split()))
    for table, column, definition in re.findall(r"ALTER TABLE (\w+) ADD COLUMN (\w+) ([^;]*);", script):
        tables[table].columns[column] = _normal(definition)
    changes = re.compile(r"CREATE INDEX (\w+) ON (\w+) \((.*?)\);|DROP INDEX (\w+) ON (\w+);")
    for index, table, columns_text, dropped, its_table in changes.findall(script):
        if dropped:
            del tables[its_table].indexes[dropped]
        else:
            tables[table].indexes[index] = columns_text
    return tables


def _index_of(line: str) -> tuple[str, str]:
    found = re.match(r"(?:INDEX|UNIQUE KEY|CONSTRAINT) (\w+) (UNIQUE )?\((.*)\)$", line)
    if found:
        unique = "UNIQUE " if line.startswith("UNIQUE") or found[2] else ""
        return found[1], unique + found[3]
    return ("", "") if line.startswith("PRIMARY KEY") else (line.split()[0], "")


def _mark_primary(body: str, columns: dict[str, str]) -> None:
    found = re.search(r"PRIMARY KEY \(([\w, ]+)\)", body)
    if found:
        for name in found[1].split(", "):
            columns[name] = columns[name].replace(" NOT NULL", "") + " PRIMARY KEY"


def _normal(definition: str) -> str:
    text = " ".join(definition.upper().split()).replace("COLLATE UTF8MB4_UNICODE_CI", "COLLATE=UTF8MB4_UNICODE_CI")
    for ours, theirs in _SAME.items():
        text = text.replace(ours, theirs)
    # "NULL" alone says what is so without it.
    text = re.sub(r"(?<!NOT) NULL\b", "", text)
    return re.sub(r" = |=", "=", text)
