"""MySQL transactions, run again when what broke them passes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pymysql
from sqlalchemy import Connection, NullPool, text
from sqlalchemy import exc as sql_errors
from sqlmodel import Session
from tenacity import RetryCallState, Retrying, stop_after_delay, wait_random_exponential
from typing_extensions import override

from configs.servers import ServerSettings
from storage.database import mysql_engine, sessions
from storage.database.mysql_errors import (
    NOT_ALLOWED,
    OTHER_SCHEMA,
    UNKNOWN_DATABASE,
    broke_connection,
    code_of,
    passes,
    takes_no_writes,
)
from storage.database.sessions import ResultT, Sessions, reason_of
from storage.errors import UnavailableError

# No run begins later than this after the first.
RETRY_SECONDS = 10.0
MIGRATION_LOCK_SECONDS = 600
# To clients; what the driver says names hosts and users.
_AWAY = "The database does not answer; try again in a moment."
_OTHER_SCHEMA = "The database has the tables of another version; its operator has to bring them up."
_UNSURE = "The database broke off while it stored this; read again to see whether it did."


def _may_pass(state: RetryCallState) -> bool:
    error = None if state.outcome is None else state.outcome.exception()
    return error is not None and passes(error, state.attempt_number)


def retrying() -> Retrying:
    """Runs a function again, after short waits of random length, while what broke it passes."""
    return Retrying(
        retry=_may_pass, stop=stop_after_delay(RETRY_SECONDS), wait=wait_random_exponential(0.02, max=1), reraise=True
    )


@contextmanager
def named_errors() -> Iterator[None]:
    """The errors of SQLAlchemy, and of the driver where it is used without it, as ours."""
    try:
        with sessions.named_errors(pymysql.err.MySQLError, told=_AWAY):
            yield
    except sql_errors.ProgrammingError as error:
        if code_of(error) not in OTHER_SCHEMA:
            raise
        raise UnavailableError(
            f"The database has the tables of another version ({reason_of(error)}); design-agent up brings them up.",
            told=_OTHER_SCHEMA, part="database",
        ) from error  # fmt: skip


class MysqlSessions(Sessions):
    """Transactions on one database of a MySQL-protocol server.

    Both ``read`` and ``write`` raise UnavailableError in bounded time when the server is away, frozen or full. A write
    whose commit got no answer is not run again, since it may have happened: UnavailableError with ``outcome`` unknown.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self.engine = mysql_engine.open_pool(settings)
        self._writer = self.engine.execution_options(writes=True)
        self._retrying = retrying()

    @override
    def read(self, action: Callable[[Session], ResultT]) -> ResultT:
        def run() -> ResultT:
            with Session(self.engine, expire_on_commit=False) as session:
                return action(session)

        with named_errors():
            return self._retrying(run)

    @override
    def write(self, action: Callable[[Session], ResultT]) -> ResultT:
        def run() -> ResultT:
            with Session(self._writer, expire_on_commit=False) as session:
                result = action(session)
                session.flush()
                _commit(session)
                return result

        with named_errors():
            return self._retrying(run)

    @override
    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Not in a transaction: the server ends one at every change of a table. Makes the database if it is missing."""
        arguments = mysql_engine.connect_arguments(self._settings, mysql_engine.MIGRATION_SECONDS)
        engine = mysql_engine.open_engine(self.engine.url, arguments, poolclass=NullPool)
        with named_errors():
            self._retrying(self._make_database)
            with engine.connect() as connection, schema_lock(connection, str(engine.url.database)):
                yield connection
                connection.commit()

    def _make_database(self) -> None:
        try:
            self.engine.connect().close()
        except sql_errors.OperationalError as error:
            if code_of(error) != UNKNOWN_DATABASE:
                raise
            self._create_database(str(self.engine.url.database))

    def _create_database(self, name: str) -> None:
        arguments = mysql_engine.connect_arguments(self._settings)
        server = mysql_engine.open_engine(self.engine.url.set(database=""), arguments, poolclass=NullPool)
        statement = (
            f"CREATE DATABASE IF NOT EXISTS {server.dialect.identifier_preparer.quote_identifier(name)} "
            f"CHARACTER SET {mysql_engine.CHARSET} COLLATE {mysql_engine.COLLATION}"
        )
        try:
            with server.connect() as connection:
                connection.exec_driver_sql(statement)
        except sql_errors.DBAPIError as error:
            if code_of(error) not in NOT_ALLOWED:
                raise
            raise UnavailableError(
                f"The database {name} does not exist and this user may not make it; let an administrator run: "
                f"{statement}", told=_AWAY, part="database",
            ) from error  # fmt: skip

    @override
    def close(self) -> None:
        self.engine.dispose()


def _commit(session: Session) -> None:
    try:
        session.commit()
    except sql_errors.DBAPIError as error:
        if takes_no_writes(error) or not broke_connection(error):
            raise
        raise UnavailableError(
            f"The database broke off while it stored this ({reason_of(error)}); read again to see whether it did.",
            told=_UNSURE, part="database", outcome="unknown",
        ) from error  # fmt: skip


@contextmanager
def schema_lock(connection: Connection, database: str) -> Iterator[None]:
    """One process at a time may shape this database; a killed one's lock goes with its connection."""
    name = f"design-agent schema {database}"[:64]
    got = connection.execute(
        text("SELECT GET_LOCK(:name, :seconds)"), {"name": name, "seconds": MIGRATION_LOCK_SECONDS}
    )
    if got.scalar() != 1:
        raise UnavailableError("Another process has been migrating the database for ten minutes; look at it first.",
                               part="database")  # fmt: skip
    connection.rollback()
    yield
    connection.execute(text("DO RELEASE_LOCK(:name)"), {"name": name})
