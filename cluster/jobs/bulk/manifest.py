"""``manifest.jsonl``: one line per row that is done, written by one process, each line whole or not at all."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from storage.errors import ValidationError

Line = dict[str, Any]
MANIFEST = "manifest.jsonl"
DONE, FAILED = "done", "failed"
# Not the row's fault: the next run tries again.
_PASSING = frozenset({"UNAVAILABLE", "PHASE_TIMEOUT", "MODEL_UNAVAILABLE", "WORKER_DIED"})


class Manifest:
    """The lines of an output folder. The last line of a row counts, until ``compact`` leaves only that one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _drop_torn_tail(path)
        self._file = path.open("ab", buffering=0)

    def done(self, *, retry_failed: bool) -> frozenset[str]:
        """Ids of the rows that are not to be made again: the finished, and what failed for a reason that stays."""
        return frozenset(
            line["id"]
            for line in self.last_lines().values()
            if line["status"] == DONE or not (retry_failed or line["code"] in _PASSING)
        )

    def append(self, line: Line) -> None:
        """Add a line; on disk when this returns."""
        self._file.write(_encoded(line))
        os.fsync(self._file.fileno())

    def last_lines(self) -> dict[int, Line]:
        """What counts, by row number."""
        return {line["row"]: line for line in self._lines()}

    def compact(self, rows: int) -> None:
        """Leave one line for each of the table's rows, in their order. ``rows``: how many the table has."""
        kept = sorted((number, line) for number, line in self.last_lines().items() if number <= rows)
        replace_file(self.path, b"".join(_encoded(line) for _, line in kept))
        self._file.close()
        self._file = self.path.open("ab", buffering=0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _lines(self) -> Iterator[Line]:
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield json.loads(line)
                except ValueError:
                    raise ValidationError(
                        f"{self.path}, line {number} is not what a bulk run wrote; delete the line, and its row is "
                        "made again."
                    ) from None


def replace_file(path: Path, data: bytes) -> None:
    """Write the file as a whole: afterwards it has the old bytes or the new ones."""
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the folder's entries survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _encoded(line: Line) -> bytes:
    return json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _drop_torn_tail(path: Path) -> None:
    """What a killed writer left after the last whole line."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        data = file.read()
        file.truncate(data.rfind(b"\n") + 1)
