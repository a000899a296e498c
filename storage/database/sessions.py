"""Transactions of one SQL server."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy import exc as sql_errors
from sqlmodel import Session

from storage.database.fairness import Fairness
from storage.errors import ConflictError, UnavailableError

log = structlog.get_logger()
ResultT = TypeVar("ResultT")


class Transactions(ABC):
    """What the methods of a SQL adapter stand on."""

    _fairness: Fairness

    @abstractmethod
    def _now(self) -> float:
        """Epoch seconds."""

    @abstractmethod
    def _read(self, action: Callable[[Session], ResultT]) -> ResultT:
        """Run it on a snapshot."""

    @abstractmethod
    def _write(self, action: Callable[[Session], ResultT]) -> ResultT:
        """Run it in a transaction, all or nothing; it may run more than once."""


class Sessions(ABC):
    """Reads and writes of many threads. Raises UnavailableError; ConflictError for a broken constraint."""

    @abstractmethod
    def read(self, action: Callable[[Session], ResultT]) -> ResultT:
        """What ``action`` finds; nothing is written. It may run more than once."""

    @abstractmethod
    def write(self, action: Callable[[Session], ResultT]) -> ResultT:
        """Run ``action`` in a transaction, all or nothing. It may run more than once."""

    @abstractmethod
    def connection(self) -> AbstractContextManager[Connection]:
        """A bare connection, for migrations; one holder at a time, over all processes."""

    @abstractmethod
    def close(self) -> None:
        """Close every pooled connection."""


@contextmanager
def named_errors(*unavailable: type[Exception], told: str | None = None) -> Iterator[None]:
    """SQLAlchemy's errors, and these of the driver's own, as ours: ConflictError for a broken constraint.

    ``told``: what clients are told of an outage where the driver's words are not for them.
    """
    outages: tuple[type[Exception], ...] = (sql_errors.DBAPIError, sql_errors.TimeoutError, *unavailable)
    try:
        yield
    except sql_errors.IntegrityError as error:
        # The driver's words name tables and keys: they are for the log.
        log.info("constraint broken", reason=reason_of(error))
        raise ConflictError("Another writer was first; read again.") from error
    except outages as error:
        if isinstance(error, sql_errors.ProgrammingError):
            raise
        raise UnavailableError(
            f"The database does not answer: {reason_of(error)}.", told=told, part="database"
        ) from error


def reason_of(error: Exception) -> str:
    """What the driver said."""
    return str(getattr(error, "orig", None) or error)
