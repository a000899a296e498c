"""Data folders that older versions left, see tests/data/upgrade/README.md."""

import json
import sqlite3
import tarfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data" / "upgrade"
DAY_SECONDS = 24 * 3600


def unpack(commit: str, target: Path) -> dict[str, Any]:
    """Put the data folder at ``target``/data; what is known of it."""
    with tarfile.open(FOLDER / f"{commit}.tar.xz") as archive:
        # Debian 12's Python has no filters yet, later ones warn without.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(target)
    facts: dict[str, Any] = json.loads((target / "facts.json").read_text())
    return facts


def make_young(database: Path) -> None:
    """As if it had been left just now: external tasks are given up, and request keys forgotten, after a day."""
    with closing(sqlite3.connect(database)) as connection, connection:
        now = int(time.time() * 1000)
        connection.execute("UPDATE task_extras SET expires_at = ? WHERE expires_at IS NOT NULL",
                           (now + DAY_SECONDS * 1000,))  # fmt: skip
        connection.execute("UPDATE idempotency_keys SET reserved_at = ?", (now,))
