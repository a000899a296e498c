"""Column types and defaults that mean the same on SQLite and on MySQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import TIMESTAMP, Dialect, and_
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine
from typing_extensions import override


class _SqliteTimestamp(sqlite.DATETIME):
    """SQLite's date storage, declared under the name the schema uses."""

    __visit_name__ = "TIMESTAMP"


class UtcSeconds(TypeDecorator[datetime]):
    """TIMESTAMP of whole seconds: written without a zone in UTC, read back aware."""

    impl = TIMESTAMP
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Seconds only, so that text comparison in SQLite is time comparison."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(_SqliteTimestamp(truncate_microseconds=True))  # type: ignore[no-untyped-call]
        return dialect.type_descriptor(TIMESTAMP())

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To naive UTC."""
        return None if value is None else value.astimezone(UTC).replace(microsecond=0, tzinfo=None)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class _Bytes(FunctionElement[str]):
    """A text as its bytes, where texts are compared by other rules."""

    name = "bytes"
    inherit_cache = True


@compiles(_Bytes)
def _bytes(element: _Bytes, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_Bytes, "mysql")
def _bytes_mysql(element: _Bytes, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS BINARY)"


def letters(column: Any) -> ColumnElement[str]:
    """A text by its very letters, to group by: the schema's collation takes ``Ann`` and ``ann`` for one."""
    return _Bytes(column)


def exactly(column: Any, value: str) -> ColumnElement[bool]:
    """Equal to the letter. The schema's collation takes ``Ann`` and ``ann`` for one, and they are two users.

    The plain comparison beside it is the one that an index serves.
    """
    return and_(column == value, _Bytes(column) == _Bytes(value))


class TouchedNow(ColumnElement[datetime]):
    """Column default of ``updated_at``: now, and on MySQL also now at every update."""

    inherit_cache = True


@compiles(TouchedNow)
def _touched_now(_element: TouchedNow, _compiler: SQLCompiler, **_options: Any) -> str:
    return "CURRENT_TIMESTAMP"


@compiles(TouchedNow, "mysql")
@compiles(TouchedNow, "mariadb")
def _touched_now_mysql(_element: TouchedNow, _compiler: SQLCompiler, **_options: Any) -> str:
    return "CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"
