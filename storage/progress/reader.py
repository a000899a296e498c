"""One stream's end of a feed: a bounded buffer between the feed's thread and an event loop."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence

from storage.documents.progress import TaskEvent

BUFFER = 256


class Reader:
    """Written by one feed thread, read by one coroutine.

    ``behind`` says that the stored events must be read to go on: at first, after the buffer was full, or after a gap.
    """

    def __init__(self, task_id: str, since_seq: int) -> None:
        self.task_id = task_id
        self.last_seq = since_seq
        self.behind = True
        self.ended = False
        self._buffer: deque[TaskEvent] = deque()
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    @property
    def room(self) -> int:
        """How many more events fit."""
        return BUFFER - len(self._buffer)

    def offer(self, events: Sequence[TaskEvent]) -> None:
        """Take the next events as far as they fit and follow on; otherwise fall behind."""
        for event in events:
            if event.seq <= self.last_seq:
                continue
            if event.seq != self.last_seq + 1 or not self.room:
                self.behind = True
                break
            self._append(event)
        self._wake()

    def catch_up(self, events: Sequence[TaskEvent]) -> None:
        """Take what was read from the store after ``last_seq``."""
        for event in events:
            self._append(event)
        self._wake()

    def end(self) -> None:
        """Nothing more will come."""
        self.ended = True
        self._wake()

    def _append(self, event: TaskEvent) -> None:
        self._buffer.append(event)
        self.last_seq = event.seq
        self.ended = self.ended or event.type == "end"

    def _wake(self) -> None:
        # A loop that was closed has nobody waiting in it.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._changed.set)

    async def next(self) -> TaskEvent | None:
        """The next event; None after the last."""
        while not self._buffer:
            self._changed.clear()
            if self.ended:
                return self._buffer.popleft() if self._buffer else None
            await self._changed.wait()
        return self._buffer.popleft()
