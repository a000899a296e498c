"""Whether an SQLite file has changed, for a hundredth of what a query costs."""

import sqlite3
import threading
from pathlib import Path

from storage.database.sqlite_sessions import BUSY_SECONDS, named_errors


class Changes:
    """Watches the file at ``path`` through a connection of its own, which writes nothing; thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def version(self) -> int:
        """Another number than the last one whenever anybody has committed since. Raises UnavailableError."""
        with self._lock, named_errors():
            if self._connection is None:
                self._connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, check_same_thread=False)
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            return int(version)

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
