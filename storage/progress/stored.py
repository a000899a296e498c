"""What feeds of stored events have in common: one thread a process reads what is new and hands it to all streams."""

import threading
from abc import abstractmethod
from collections import defaultdict
from collections.abc import AsyncGenerator, Collection, Sequence

import structlog
from typing_extensions import override

from storage.database.base import Database
from storage.documents.progress import TaskEvent
from storage.errors import UnavailableError
from storage.progress.base import ProgressFeed
from storage.progress.reader import Reader

log = structlog.get_logger()
PAGE = 500


class StoredFeed(ProgressFeed):
    """Reads while somebody follows a task, and not at all otherwise; an adapter says when, and which tasks.

    A task's own numbers are compared, never those of all tasks: two transactions may commit in another order than
    they were numbered, and a reader of all numbers would pass over the later one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._readers: set[Reader] = set()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()

    @abstractmethod
    def _wait(self, hurry: bool) -> Collection[str] | None:
        """Sleep until it is time, or until ``_wake`` is set. Tasks that may have news, None for any.

        ``hurry``: some stream is not up to date, and its reader may have room again.
        """

    @override
    async def follow(self, task_id: str, since_seq: int) -> AsyncGenerator[TaskEvent, None]:
        reader = Reader(task_id, since_seq)
        self._join(reader)
        try:
            while (event := await reader.next()) is not None:
                yield event
        finally:
            with self._lock:
                self._readers.discard(reader)

    @override
    def close(self) -> None:
        with self._lock:
            readers, self._readers = self._readers, set()
            thread = self._thread
        for reader in readers:
            reader.end()
        self._wake.set()
        if thread is not None:
            thread.join()

    def _join(self, reader: Reader) -> None:
        with self._lock:
            self._readers.add(reader)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="progress-feed", daemon=True)
                self._thread.start()
        self._wake.set()

    def _followed(self) -> list[Reader]:
        """The readers now; the thread is over when there are none."""
        with self._lock:
            if not self._readers:
                self._thread = None
            return list(self._readers)

    def _run(self) -> None:
        hinted: Collection[str] | None = None
        while readers := self._followed():
            try:
                self._read(readers, hinted)
            except UnavailableError as error:
                log.warning("progress cannot be read; streams wait", error=error.message)
                self._missed(readers)
            hinted = self._wait(any(reader.behind for reader in readers))

    @staticmethod
    def _missed(readers: Sequence[Reader]) -> None:
        # What was hinted at is forgotten by now, so everybody looks again.
        for reader in readers:
            reader.behind = True

    def _read(self, readers: Sequence[Reader], hinted: Collection[str] | None) -> None:
        together: defaultdict[str, list[Reader]] = defaultdict(list)
        for reader in readers:
            if not reader.behind and not reader.ended and (hinted is None or reader.task_id in hinted):
                together[reader.task_id].append(reader)
        seen = {task_id: min(reader.last_seq for reader in group) for task_id, group in together.items()}
        newest = self._database.newest_seqs(list(seen)) if hinted is None and seen else None
        for task_id, group in together.items():
            if newest is None or newest.get(task_id, 0) > seen[task_id]:
                self._hand_out(task_id, seen[task_id], group)
        for reader in readers:
            if reader.behind and (room := reader.room):
                page = self._database.events_since(reader.task_id, reader.last_seq, room)
                reader.behind = len(page) == room
                reader.catch_up(page)

    def _hand_out(self, task_id: str, seen: int, group: Sequence[Reader]) -> None:
        """One read for all streams of a task that are about equally far."""
        page = self._database.events_since(task_id, seen, PAGE)
        for reader in group:
            reader.offer(page)
            reader.behind = reader.behind or len(page) == PAGE
