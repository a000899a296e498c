"""Objects that nobody can ask for any more: what deleted, failed and edited posters left in the store.

The database says what is wanted. So a store must belong to one database: beside another's objects, or with an empty
database, most of it would look like orphans, and then nothing is deleted.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import structlog

from storage.database.base import Database
from storage.errors import ConflictError
from storage.objects.base import ObjectStore

BATCH = 500
# So many are deleted in one round at most; the next goes on.
MOST = 100_000
# More than this share of all, and more than so many, is no waste but a mistake.
ALARMING_SHARE, HARMLESS = 0.5, 100
FIRST_SECONDS = 3600.0
ItemT = TypeVar("ItemT")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Orphans:
    """Keys that may be deleted, among ``seen`` objects; what is younger (epoch seconds) was not looked at."""

    keys: list[str]
    seen: int
    older_than: float


def find_orphans(database: Database, objects: ObjectStore, grace_seconds: float) -> Orphans:
    """Objects last written longer ago than that, and unowned. Raises UnavailableError."""
    limit = time.time() - grace_seconds
    found: list[str] = []
    seen = 0
    for batch in _batches(objects.listed()):
        seen += len(batch)
        found += database.unowned([listed.key for listed in batch if listed.written_at < limit], limit)
        if len(found) >= MOST:
            break
    return Orphans(found, seen, limit)


def delete_orphans(orphans: Orphans, database: Database, objects: ObjectStore, *, force: bool = False) -> int:
    """Delete those that are still unowned; how many. Raises ConflictError for alarmingly many, unless forced."""
    count = len(orphans.keys)
    if not force and count > HARMLESS and count > orphans.seen * ALARMING_SHARE:
        raise ConflictError(
            f"{count} of {orphans.seen} objects belong to nothing in this database, so nothing was deleted. Check that "
            "database and object store belong together; if they do, run 'design-agent sweep --force'.",
            orphans=count, seen=orphans.seen,
        )  # fmt: skip
    deleted = 0
    for batch in _batches(orphans.keys):
        for key in database.unowned(batch, orphans.older_than):
            objects.delete(key)
            deleted += 1
    return deleted


def _batches(items: Iterable[ItemT]) -> Iterator[list[ItemT]]:
    items = iter(items)
    while batch := list(islice(items, BATCH)):
        yield batch


class OrphanSweeper:
    """Deletes orphans again and again, in a thread of its own."""

    def __init__(self, database: Database, objects: ObjectStore, every_seconds: float, grace_seconds: float) -> None:
        self._database, self._objects = database, objects
        self._every, self._grace = every_seconds, grace_seconds
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin; the first round is not at once, so that a restart costs nothing."""
        threading.Thread(target=self._run, name="orphans", daemon=True).start()

    def stop(self) -> None:
        """End the thread after its round."""
        self._stop.set()

    def _run(self) -> None:
        wait = min(self._every, FIRST_SECONDS)
        while not self._stop.wait(wait):
            wait = self._every
            try:
                orphans = find_orphans(self._database, self._objects, self._grace)
                deleted = delete_orphans(orphans, self._database, self._objects)
                log.info("orphans swept", deleted=deleted, seen=orphans.seen)
            except Exception:
                log.exception("orphans not swept; tried again in the next round")
