"""The embedded adapter: one thread a process reads new events by number and hands them to all streams."""

import threading
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence

import structlog
from typing_extensions import override

from storage.database.base import Database
from storage.documents.progress import TaskEvent
from storage.errors import UnavailableError
from storage.progress.base import ProgressFeed
from storage.progress.reader import Reader

log = structlog.get_logger()
PAGE = 500


class PollingFeed(ProgressFeed):
    """Polls every ``poll_seconds`` while somebody follows a task, and not at all otherwise."""

    def __init__(self, database: Database, poll_seconds: float) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._lock = threading.Lock()
        self._readers: set[Reader] = set()
        self._thread: threading.Thread | None = None
        self._joined = threading.Event()
        self._seen: int | None = None

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
        self._joined.set()
        if thread is not None:
            thread.join()

    def _join(self, reader: Reader) -> None:
        with self._lock:
            self._readers.add(reader)
            if self._thread is None:
                self._seen = None
                self._thread = threading.Thread(target=self._run, name="progress-feed", daemon=True)
                self._thread.start()
        self._joined.set()

    def _run(self) -> None:
        while True:
            with self._lock:
                readers = list(self._readers)
                if not readers:
                    self._thread = None
                    return
            try:
                self._round(readers)
            except UnavailableError as error:
                log.warning("progress cannot be read; streams wait", error=error.message)
            self._joined.wait(self._poll_seconds)
            self._joined.clear()

    def _round(self, readers: Sequence[Reader]) -> None:
        newest = self._database.newest_event_id()
        if self._seen is None or newest - self._seen > PAGE:
            # After a pause each stream reads its own task: cheaper than everybody's events.
            for reader in readers:
                reader.behind = True
            self._seen = newest
        elif newest > self._seen:
            self._fan_out(readers, self._seen)
        for reader in readers:
            if reader.behind and (room := reader.room):
                page = self._database.events_since(reader.task_id, reader.last_seq, room)
                reader.behind = len(page) == room
                reader.catch_up(page)

    def _fan_out(self, readers: Sequence[Reader], seen: int) -> None:
        found = self._database.events_after(seen, PAGE)
        by_task: defaultdict[str, list[TaskEvent]] = defaultdict(list)
        for numbered in found:
            by_task[numbered.task_id].append(numbered.event)
        for reader in readers:
            if not reader.behind and reader.task_id in by_task:
                reader.offer(by_task[reader.task_id])
        if found:
            self._seen = found[-1].id
