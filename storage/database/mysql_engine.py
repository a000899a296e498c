"""Connections to a MySQL-protocol server (MySQL 8, MariaDB 10.11 or newer) through pymysql."""

from typing import Any

from pydantic import SecretStr
from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy import exc as sql_errors

from configs.servers import ServerSettings
from storage.database.mysql_errors import takes_no_writes
from storage.database.rows import to_json
from storage.errors import UnavailableError
from storage.tls import tls_context

# A server that stopped answering is given up after these; a lock is waited for less long than a query.
CONNECT_SECONDS = 5
ANSWER_SECONDS = 10
LOCK_SECONDS = 5
# Changing a large table takes its time.
MIGRATION_SECONDS = 3600
POOL_SECONDS = 10
# Below the idle limits that balancers between us and the server tend to have.
RECYCLE_SECONDS = 300
SNAPSHOT, NEWEST = "REPEATABLE READ", "READ COMMITTED"
CHARSET = "utf8mb4"
COLLATION = "utf8mb4_unicode_ci"


def database_url(settings: ServerSettings) -> URL:
    """The server and the database on it. Raises UnavailableError unless the setting names both."""
    assert isinstance(settings.database_url, SecretStr)  # the profile needs it
    try:
        url = make_url(settings.database_url.get_secret_value())
    except sql_errors.ArgumentError:
        url = URL.create("")
    if url.drivername not in {"mysql", "mysql+pymysql", "mariadb", "mariadb+pymysql"} or not url.database:
        raise UnavailableError(
            "DESIGN_AGENT_DATABASE_URL is not like mysql+pymysql://user:password@host:3306/design_agent.",
            part="database",
        )
    return url.set(drivername="mysql+pymysql")


def connect_arguments(settings: ServerSettings, answer_seconds: float | None = None) -> dict[str, Any]:
    """What ``pymysql.connect`` gets beside the address: time limits, character set, TLS. Raises UnavailableError."""
    seconds = answer_seconds or ANSWER_SECONDS
    arguments: dict[str, Any] = {
        "charset": CHARSET, "connect_timeout": CONNECT_SECONDS, "read_timeout": seconds, "write_timeout": seconds,
    }  # fmt: skip
    if settings.database_tls:
        # With a context the driver refuses a server that offers no TLS.
        try:
            arguments["ssl"] = tls_context(settings)
        except OSError as error:
            raise UnavailableError(
                f"The certificates for the database cannot be used ({error}); look at DESIGN_AGENT_CA_FILE, "
                "DESIGN_AGENT_CLIENT_CERTIFICATE and DESIGN_AGENT_CLIENT_KEY.",
                told="The database cannot be reached safely; tell its operator.", part="database",
            ) from error  # fmt: skip
    return arguments


def prepare_session(connection: Any, isolation: str) -> None:
    """What every session of ours is: in UTC, strict, with short waits for locks."""
    with connection.cursor() as cursor:
        cursor.execute(
            # JSON_ARRAYAGG, which the checkpoints are read with, is cut at group_concat_max_len on MariaDB.
            "SET SESSION time_zone = '+00:00', sql_mode = 'TRADITIONAL', group_concat_max_len = 1073741824, "
            f"innodb_lock_wait_timeout = {LOCK_SECONDS}"
        )
        cursor.execute(f"SET SESSION TRANSACTION ISOLATION LEVEL {isolation}")


def open_engine(url: URL, connect_arguments: dict[str, Any], isolation: str = SNAPSHOT, **pool: Any) -> Engine:
    """An engine whose sessions are prepared.

    Reads see one snapshot (REPEATABLE READ), so that a poster and its elements are of one version. Transactions of
    connections with the option ``writes`` are READ COMMITTED: what is read after a lock was waited for is what its
    last holder left, and scanning the queue takes no gap locks, which would hold up whoever adds to it.
    """
    engine = create_engine(url, json_serializer=to_json, connect_args=connect_arguments, **pool)

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        prepare_session(connection, isolation)

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes", False):
            connection.exec_driver_sql(f"SET TRANSACTION ISOLATION LEVEL {NEWEST}")

    @event.listens_for(engine, "handle_error")
    def on_error(context: ExceptionContext) -> None:
        # It answers as before: without this the pool would keep to a server that another has replaced.
        if takes_no_writes(context.original_exception):
            context.is_disconnect = True

    return engine


def open_pool(settings: ServerSettings, isolation: str = SNAPSHOT) -> Engine:
    """The engine of a process; it keeps ``database_pool`` connections and has as many again for a moment."""
    return open_engine(
        database_url(settings), connect_arguments(settings), isolation, pool_size=settings.database_pool,
        max_overflow=settings.database_pool, pool_timeout=POOL_SECONDS, pool_recycle=RECYCLE_SECONDS,
        pool_pre_ping=True,
    )  # fmt: skip
