"""MySQL: reachable, let in, new enough, the right database with the rights to it, its schema and its clock."""

import re
import time
from typing import Any

import pymysql
from sqlalchemy import URL

from cluster.access import check_reach
from cluster.diagnosis.clock import clock_finding
from cluster.diagnosis.finding import Finding
from cluster.diagnosis.network import Unreachable, reach, tls_of
from cluster.errors import ServiceError
from configs.settings import Settings
from storage.database.base import Database
from storage.database.mysql_engine import connect_arguments, database_url
from storage.database.mysql_errors import NOT_ALLOWED, UNKNOWN_DATABASE, code_of
from storage.errors import DesignAgentError

MYSQL_AT_LEAST, MARIADB_AT_LEAST = (8, 0, 19), (10, 11)
SECONDS = 3.0
_DENIED = frozenset({1045, 1698, 1251, 2061})
_FULL = frozenset({1040, 1203, 1226})
_NO_TABLE = 1146
_PROBE = (
    "CREATE TABLE IF NOT EXISTS design_agent_doctor (n INT)",
    "INSERT INTO design_agent_doctor VALUES (1)",
    "DROP TABLE IF EXISTS design_agent_doctor",
)
_VARIABLE = "DESIGN_AGENT_DATABASE_URL"


def connection(settings: Settings) -> Finding:
    """Whether the server lets us in."""
    try:
        _connect(settings, database=None).close()
    except Unreachable as problem:
        return problem.finding("mysql")
    except DesignAgentError as error:
        return Finding("mysql", False, error.message, f"Correct {_VARIABLE}.")
    return Finding("mysql", True, "answers")


def examine(settings: Settings) -> list[Finding]:
    """Everything about it."""
    first = connection(settings)
    if not first.ok:
        return [first]
    with _connect(settings, database=None) as link:
        found = [_version(link, settings), _clock(link)]
    try:
        with _connect(settings, database=database_url(settings).database) as link:
            return [*found, _rights(link), _schema(link), *_keys(settings)]
    except Unreachable as problem:
        return [*found, problem.finding("mysql database")]


def _connect(settings: Settings, database: str | None) -> Any:
    """Raises Unreachable, UnavailableError for a URL that is none."""
    url = database_url(settings)
    if settings.database_tls:
        tls_of(settings)
    reach(url.host or "127.0.0.1", url.port or 3306, _VARIABLE)
    try:
        return pymysql.connect(
            host=url.host or "127.0.0.1", port=url.port or 3306, user=url.username, password=url.password or "",
            database=database, autocommit=True, **(connect_arguments(settings, SECONDS) | {"connect_timeout": SECONDS}),
        )  # fmt: skip
    except (pymysql.err.MySQLError, OSError) as error:
        raise _refusal(error, url) from error


def _refusal(error: Exception, url: URL) -> Unreachable:
    code, words = code_of(error), str(error.args[-1] if error.args else error)
    if code in _DENIED:
        return Unreachable(f"it refuses the user {url.username}: {words}", f"Correct user or password in {_VARIABLE}.")
    if code in _FULL:
        return Unreachable(
            f"it has no connection left: {words}", "Raise max_connections, or lower DESIGN_AGENT_DATABASE_POOL."
        )
    if code == UNKNOWN_DATABASE:
        return Unreachable(
            f"there is no database {url.database} yet",
            "'design-agent up' makes it where the user may; else let an administrator run CREATE DATABASE and GRANT.",
        )
    if code in NOT_ALLOWED:
        return Unreachable(f"the user {url.username} may not use it: {words}", f"GRANT ALL ON {url.database}.* to it.")
    if "SSL" in words or "certificate" in words.casefold():
        return Unreachable(
            f"no TLS: {words}", "Check DESIGN_AGENT_DATABASE_TLS, DESIGN_AGENT_CA_FILE and the server's certificate."
        )
    return Unreachable(f"{type(error).__name__}: {words}", "Look at the server's own log.")


def _ask(link: Any, statement: str) -> Any:
    with link.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
        return row[0] if row else None


def _version(link: Any, settings: Settings) -> Finding:
    said = str(_ask(link, "SELECT VERSION()"))
    numbers = tuple(int(part) for part in re.findall(r"\d+", said)[:3])
    needed = MARIADB_AT_LEAST if "MariaDB" in said else MYSQL_AT_LEAST
    url = database_url(settings)
    safe = "encrypted" if settings.database_tls else "not encrypted"
    return Finding(
        "mysql", numbers >= needed, f"{said} at {url.host}:{url.port or 3306}, {safe}",
        f"Use MySQL {'.'.join(map(str, MYSQL_AT_LEAST))} or MariaDB {'.'.join(map(str, MARIADB_AT_LEAST))}, or newer.",
    )  # fmt: skip


def _clock(link: Any) -> Finding:
    begin = time.time()
    theirs = float(_ask(link, "SELECT UNIX_TIMESTAMP(NOW(6))"))
    return clock_finding("mysql", (begin + time.time()) / 2, theirs)


def _rights(link: Any) -> Finding:
    try:
        for statement in _PROBE:
            _ask(link, statement)
    except pymysql.err.MySQLError as error:
        return Finding("mysql database", False, f"the user lacks a right: {error.args[-1]}",
                       "Grant the user all rights on the database: the service migrates it.")  # fmt: skip
    return Finding("mysql database", True, "tables can be made and written")


def _schema(link: Any) -> Finding:
    from storage.migrations import run  # alembic takes a third of a second to import

    try:
        revision = _ask(link, "SELECT version_num FROM alembic_version")
    except pymysql.err.ProgrammingError as error:
        if code_of(error) != _NO_TABLE:
            raise
        revision = None
    if revision is None:
        return Finding("mysql schema", True, "none yet; 'design-agent up' makes it")
    if not run.knows(str(revision)):
        return Finding("mysql schema", False, f"revision {revision} is of a newer version of design-agent",
                       "Run that version, or restore the backup made before the upgrade.")  # fmt: skip
    newest = run.newest()
    said = "the newest" if revision == newest else f"'design-agent up' brings it to {newest}"
    return Finding("mysql schema", True, f"revision {revision}, {said}")


def _keys(settings: Settings) -> list[Finding]:
    """Whether the API may be reached from elsewhere, and without a key; keys are in the database, too."""
    from storage.factory import open_database

    database = open_database(settings)
    try:
        if settings.on_loopback:
            return _keys_at_home(settings, database)
        check_reach(settings, database)
    except ServiceError as problem:
        return [Finding("keys", False, f"the API is reached at {settings.host}", problem.message)]
    except DesignAgentError:
        # Without a schema there are no keys in it either.
        ok = bool(settings.api_keys) or settings.on_loopback
        return [Finding("keys", ok, "none in the database yet", "Run 'design-agent keys create --user NAME'.")]
    finally:
        database.close()
    return [Finding("keys", True, f"the API is reached at {settings.host} with a key only")]


def _keys_at_home(settings: Settings, database: Database) -> list[Finding]:
    """Nothing to mend, for other machines get in only if somebody lets them; whoever put a proxy here did."""
    if settings.api_keys or database.has_keys():
        return []
    return [
        Finding("keys", True, f"warning: there are none, so whoever reaches {settings.host} is let in; before you put "
                              "a proxy there, run 'design-agent keys create --user NAME'")
    ]  # fmt: skip
