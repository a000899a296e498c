"""Named errors with stable codes.

    DesignAgentError
    ├── ValidationError        INVALID_ARGUMENT
    ├── NotFoundError          NOT_FOUND
    │   ├── TaskNotFound       TASK_NOT_FOUND
    │   ├── PosterNotFound     POSTER_NOT_FOUND
    │   ├── ElementNotFound    ELEMENT_NOT_FOUND
    │   ├── ObjectNotFound     OBJECT_NOT_FOUND
    │   ├── KeyNotFound        KEY_NOT_FOUND
    │   └── LetterNotFound     LETTER_NOT_FOUND
    ├── UnauthorizedError      UNAUTHORIZED       no valid key
    ├── ForbiddenError         FORBIDDEN          a valid key, but not for this
    ├── TooManyError           TOO_MANY_REQUESTS  the key's share is used up for now
    ├── OverloadedError        OVERLOADED         too many tasks wait, whoever they belong to
    ├── ConflictError          CONFLICT
    │   ├── StaleAttempt       STALE_ATTEMPT      a newer attempt owns the task
    │   └── TaskCancelled      TASK_CANCELLED     the task reached a final state meanwhile
    ├── IdempotencyKeyReused   IDEMPOTENCY_KEY_REUSED
    ├── UnavailableError       UNAVAILABLE        a needed part does not answer
    │   ├── PhaseTimeout       PHASE_TIMEOUT      a task stayed in one phase for too long
    │   └── ModelUnavailable   MODEL_UNAVAILABLE  a model gives no answer in time
    └── DesignError            DESIGN_FAILED      the pipeline cannot make the poster
        └── PromptTooLong      PROMPT_TOO_LONG    a prompt does not fit the language model

The HTTP status of each is decided in ``serve_apps.api.errors``.
"""

from typing import Any


class DesignAgentError(Exception):
    """Root of all errors a client may see: a sentence that says what to do, and a stable code.

    ``told``: what clients are told in place of the message, where that has the words of a driver, which may name
    servers and users: they are for the log and for ``doctor``.
    """

    code: str = "INTERNAL_ERROR"

    def __init__(self, message: str, *, told: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.told = told or message
        self.details: dict[str, Any] = details


class ValidationError(DesignAgentError):
    """The input does not satisfy the contract; ``details.fields`` names each field."""

    code = "INVALID_ARGUMENT"


class NotFoundError(DesignAgentError):
    """No such thing, or it belongs to somebody else."""

    code = "NOT_FOUND"


class TaskNotFound(NotFoundError):
    """No task with this id."""

    code = "TASK_NOT_FOUND"


class PosterNotFound(NotFoundError):
    """No poster with this id."""

    code = "POSTER_NOT_FOUND"


class ElementNotFound(NotFoundError):
    """No element with this id."""

    code = "ELEMENT_NOT_FOUND"


class ObjectNotFound(NotFoundError):
    """No stored object under this key."""

    code = "OBJECT_NOT_FOUND"


class KeyNotFound(NotFoundError):
    """No API key with this id."""

    code = "KEY_NOT_FOUND"


class LetterNotFound(NotFoundError):
    """No dead letter with this number."""

    code = "LETTER_NOT_FOUND"


class UnauthorizedError(DesignAgentError):
    """The caller shows no valid key."""

    code = "UNAUTHORIZED"


class ForbiddenError(DesignAgentError):
    """The caller's key is valid, but not for what was asked."""

    code = "FORBIDDEN"


class TooManyError(DesignAgentError):
    """The caller's share is used up; ``details.retry_after`` says for how many seconds at least."""

    code = "TOO_MANY_REQUESTS"

    def __init__(self, message: str, retry_after: int, **details: Any) -> None:
        super().__init__(message, retry_after=retry_after, **details)
        self.retry_after = retry_after


class OverloadedError(DesignAgentError):
    """More tasks wait than the operator allows; ``details.retry_after`` says for how many seconds at least."""

    code = "OVERLOADED"

    def __init__(self, message: str, retry_after: int, **details: Any) -> None:
        super().__init__(message, retry_after=retry_after, **details)
        self.retry_after = retry_after


class ConflictError(DesignAgentError):
    """The thing is in a state that does not allow this."""

    code = "CONFLICT"


class StaleAttempt(ConflictError):
    """A newer attempt owns the task; this writer must stop."""

    code = "STALE_ATTEMPT"


class TaskCancelled(ConflictError):
    """The task is final already (usually cancelled); this writer must stop."""

    code = "TASK_CANCELLED"


class IdempotencyKeyReused(DesignAgentError):
    """The Idempotency-Key was sent before, with another body."""

    code = "IDEMPOTENCY_KEY_REUSED"


class UnavailableError(DesignAgentError):
    """A part the request needs does not answer; trying again later may work."""

    code = "UNAVAILABLE"


class PhaseTimeout(UnavailableError):
    """A task stayed in one phase for too long; another attempt may not."""

    code = "PHASE_TIMEOUT"


class ModelUnavailable(UnavailableError):
    """A model is away, overloaded, out of memory or too slow, and there is nothing to fall back on."""

    code = "MODEL_UNAVAILABLE"


class DesignError(DesignAgentError):
    """The pipeline cannot make the poster that was asked for."""

    code = "DESIGN_FAILED"


class PromptTooLong(DesignError):
    """A prompt does not fit the language model's context."""

    code = "PROMPT_TOO_LONG"
