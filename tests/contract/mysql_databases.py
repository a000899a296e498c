"""Migrated databases on the shared MySQL server, one for each folder that asks, used again by later tests.

Making and migrating one takes a third of a second, emptying one takes milliseconds.
"""

import atexit
import contextlib
import os
from pathlib import Path

import pymysql
from sqlalchemy import URL, make_url

from configs.servers import ServerSettings
from storage.database.mysql import MysqlDatabase
from tests.servers.shared import database_url

NAME = "mysql.url"
_KEPT = frozenset({"alembic_version", "checkpoint_migrations"})
_free: list[str] = []
_lent: dict[Path, str] = {}


def settings_of(folder: Path) -> ServerSettings:
    """Settings that name this folder's database; a child process finds it by the same folder."""
    place = folder / NAME
    if not place.exists():
        place.write_text(_lend(folder))
    return ServerSettings(database_url=place.read_text(), database_pool=16)


def lend_bare(folder: Path) -> None:
    """Give the folder a database without tables."""
    url = _bare()
    (folder / NAME).write_text(url)


def take_back() -> None:
    """A test is over: what was lent to it may go to the next."""
    _free.extend(_lent.values())
    _lent.clear()


def connect(url: str) -> "pymysql.Connection[pymysql.cursors.Cursor]":
    """A connection beside the adapter."""
    parts = make_url(url)
    return pymysql.connect(
        host=parts.host or "127.0.0.1", port=parts.port or 3306, user=parts.username, password=parts.password or "",
        database=parts.database, autocommit=True,
    )  # fmt: skip


def _lend(folder: Path) -> str:
    for other in [place for place in _lent if not place.exists()]:
        _free.append(_lent.pop(other))
    url = _emptied(_free.pop()) if _free else _made()
    _lent[folder] = url
    return url


def _bare() -> str:
    url = database_url(Path(f"/pool/{os.getpid()}/{os.urandom(8).hex()}"))
    atexit.register(_drop, make_url(url))
    return url


def _made() -> str:
    url = _bare()
    database = MysqlDatabase(ServerSettings(database_url=url))
    database.migrate()
    database.close()
    return url


def _emptied(url: str) -> str:
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        for (table,) in cursor.fetchall():
            if table not in _KEPT:
                cursor.execute(f"DELETE FROM {table}")
    return url


def _drop(url: URL) -> None:
    with contextlib.suppress(pymysql.err.MySQLError), connect(url.render_as_string(hide_password=False)) as connection:
        connection.cursor().execute(f"DROP DATABASE {url.database}")
