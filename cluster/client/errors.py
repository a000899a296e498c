"""What a client may raise.

ClientError
├── ConnectionFailed             no answer came
├── AnswerError                  the service refused: code, status, request_id, details
│   ├── InvalidRequest           400, 413, 415; details["fields"] names what is wrong
│   ├── Unauthorized             401
│   ├── Forbidden                403
│   ├── NotFound                 404
│   ├── Conflict                 409
│   ├── IdempotencyKeyReused     422
│   ├── TooManyRequests          429
│   └── ServerError              500 and above
│       └── Unavailable          502, 503, 504, 529
├── TaskFailed                   ``wait``: the task ended without a poster
├── TaskWasCancelled             ``wait``: somebody cancelled it
└── WaitTimeout                  ``wait``: it has not ended yet
"""

from collections.abc import Mapping
from typing import Any

from storage.documents.task import Task
from storage.errors import DesignAgentError


class ClientError(DesignAgentError):
    """Root of the client's errors."""

    code = "CLIENT_ERROR"


class ConnectionFailed(ClientError):
    """The service cannot be reached, or the connection broke."""

    code = "NOT_REACHABLE"


class AnswerError(ClientError):
    """An error answer. ``code`` is the answer's stable code, ``request_id`` finds it in the service's logs."""

    def __init__(
        self, message: str, *, code: str, status: int, request_id: str = "",
        details: Mapping[str, Any] | None = None, retry_after: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message, **(details or {}))
        self.code = code
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after


class InvalidRequest(AnswerError):
    """The request does not satisfy the contract."""


class Unauthorized(AnswerError):
    """No key, or one that is not valid."""


class Forbidden(AnswerError):
    """The key is not for this."""


class NotFound(AnswerError):
    """No such thing, or it is somebody else's."""


class Conflict(AnswerError):
    """The thing's state does not allow this."""


class IdempotencyKeyReused(AnswerError):
    """The Idempotency-Key came with another body before."""


class TooManyRequests(AnswerError):
    """The key's share is used up; ``retry_after`` says for how many seconds."""


class ServerError(AnswerError):
    """The service failed."""


class Unavailable(ServerError):
    """A part that the request needs does not answer."""


class TaskFailed(ClientError):
    """The task ended without a poster; ``task.error`` says why."""

    code = "TASK_FAILED"

    def __init__(self, task: Task) -> None:
        reason = task.error
        super().__init__(reason.message if reason else "The task failed.", **((reason and reason.details) or {}))
        self.task = task
        if reason:
            self.code = reason.code


class TaskWasCancelled(ClientError):
    """The task was cancelled."""

    code = "CANCELLED"

    def __init__(self, task: Task) -> None:
        super().__init__(f"Task {task.id} was cancelled.")
        self.task = task


class WaitTimeout(ClientError, TimeoutError):
    """The task has not ended in the time given; it goes on."""

    code = "WAIT_TIMEOUT"


_BY_STATUS: dict[int, type[AnswerError]] = {
    400: InvalidRequest, 413: InvalidRequest, 415: InvalidRequest, 401: Unauthorized, 403: Forbidden, 404: NotFound,
    409: Conflict, 422: IdempotencyKeyReused, 429: TooManyRequests,
    502: Unavailable, 503: Unavailable, 504: Unavailable, 529: Unavailable,
}  # fmt: skip


def kind_of(status: int) -> type[AnswerError]:
    """The class for an HTTP status."""
    return _BY_STATUS.get(status, ServerError if status >= 500 else AnswerError)
