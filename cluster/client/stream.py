"""Server-sent events of a task, put together again after every cut. No I/O here."""

from cluster.client.calls import Call, events
from cluster.client.errors import ConnectionFailed
from storage.documents.progress import TaskEvent
from storage.documents.task import FINAL_STATUSES

# The service sends a line every 15 s; a connection silent for longer is dead.
SILENCE_SECONDS = 45.0


class TaskStream:
    """Which messages the caller has, and so from where a new connection goes on.

    For each connection: ``opening``, then ``take`` for each line, ``closed`` when it ends in order. A message comes
    out once, whatever the cuts.
    """

    def __init__(self, task_id: str, since: int | None = None) -> None:
        self._task_id = task_id
        self._seq = since
        self._begun = False
        self._status = ""
        self._withheld: TaskEvent | None = None
        self.over = False

    def opening(self) -> Call[None]:
        """The request of the next connection."""
        self._status, self._withheld = "", None
        return events(self._task_id, self._seq)

    def take(self, line: str) -> TaskEvent | None:
        """The new message that this line carries, if any."""
        if not line.startswith("data:"):
            return None
        event = TaskEvent.model_validate_json(line.removeprefix("data:"), extra="allow")
        self._status = event.status
        if event.type == "snapshot" and self._begun:
            self._withheld = event
            return None
        self._begun, self._withheld, self._seq = True, None, event.seq
        self.over = event.type == "end"
        return event

    def closed(self) -> TaskEvent | None:
        """The connection ended in order: a last message, if any is left. Raises ConnectionFailed if it was too early.

        A stream opened after the task's last event is a snapshot and nothing more.
        """
        if self._status not in FINAL_STATUSES:
            raise ConnectionFailed("The stream was cut before the task ended.")
        self.over = True
        return self._withheld
