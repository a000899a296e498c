"""Which errors of a MySQL-protocol server pass when the transaction is run again."""

import pymysql
from sqlalchemy import exc as sql_errors

DUPLICATE = 1062
UNKNOWN_DATABASE = 1049
NOT_ALLOWED = frozenset({1044, 1142, 1227})
# Deadlock; a lock not had in time; a row that changed after the snapshot.
_LOCKS = frozenset({1213, 1205, 1020})
# No connection to be had: unreachable, too many of all users, too many of this user (by the server, by its own limit).
_REFUSED = frozenset({2002, 2003, 1040, 1203, 1226})
# The connection broke: gone, lost, killed, idle for too long, the server going down, the query cancelled.
_BROKEN = frozenset({0, 2006, 2013, 2014, 2045, 2055, 1927, 4031, 1053, 1317, 1152, 1158, 1159, 1160, 1161})
# A table or a column that is not there.
OTHER_SCHEMA = frozenset({1146, 1054})
# An option of the server's forbids the statement; the server, as a whole, is read only.
_OPTION, _READ_ONLY = 1290, 1836
_DUPLICATE_RUNS = 3


def code_of(error: BaseException | None) -> int | None:
    """The server's number for what went wrong."""
    original = getattr(error, "orig", None) or error
    arguments = getattr(original, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def broke_connection(error: BaseException) -> bool:
    """Whether what the connection was doing has an unknown end."""
    invalidated = isinstance(error, sql_errors.DBAPIError) and error.connection_invalidated
    return invalidated or code_of(error) in _BROKEN


def takes_no_writes(error: BaseException) -> bool:
    """Whether the server was made read-only: after a failover another one, at the same address, takes writes."""
    code = code_of(error)
    return code == _READ_ONLY or (code == _OPTION and "read-only" in str(error))


def passes(error: BaseException, runs: int) -> bool:
    """Whether another run may succeed, after so many.

    A duplicate key is another writer that was first: the next run finds its row and goes the other way. One that comes
    again and again is no race.
    """
    if not isinstance(error, (sql_errors.DBAPIError, pymysql.err.MySQLError)):
        return False
    code = code_of(error)
    if code == DUPLICATE:
        return runs < _DUPLICATE_RUNS
    return code in _LOCKS or code in _REFUSED or takes_no_writes(error) or broke_connection(error)
