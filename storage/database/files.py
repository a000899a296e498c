"""A lock between processes, for what only one of them may do at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def file_lock(database: Path) -> Iterator[None]:
    """One process at a time may shape the schema of this database file; a killed one leaves no lock behind."""
    with database.with_name(database.name + ".schema").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
