"""What is counted and traced of a call to a model's deployment, as its caller sees it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from opentelemetry.trace import INVALID_SPAN, Span

from pipelines.models.generation import GeneratedImage, GeneratedText
from serve_apps import tracing
from serve_apps.metrics import MODEL_CALL_SECONDS, MODEL_CALLS
from storage.errors import ConflictError, DesignAgentError, ModelUnavailable, NotFoundError, UnavailableError


class CallWatch:
    """A context manager around one call, in the thread that makes it."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._began, self._attempts = 0.0, 0
        self._span: Span = INVALID_SPAN

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        MODEL_CALLS.inc(1, {"model": self._model, "outcome": self._outcome(error)})
        MODEL_CALL_SECONDS.observe(time.monotonic() - self._began, {"model": self._model})

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around each time that a replica is asked; what Serve tells of the call is within its span."""
        self._attempts += 1
        with tracing.span(f"call {self._model}", model=self._model, attempt=self._attempts) as self._span:
            yield

    def answered(self, answer: Any) -> None:
        """What the answer took, for the trace of the attempt."""
        if isinstance(answer, GeneratedText):
            self._span.set_attributes({
                "engine": answer.model, "prompt_tokens": answer.prompt_tokens,
                "completion_tokens": answer.completion_tokens,
            })  # fmt: skip
        elif isinstance(answer, GeneratedImage):
            self._span.set_attributes({"engine": answer.model, "steps": answer.steps, "first_step": answer.first_step})

    def _outcome(self, error: BaseException | None) -> str:
        if error is None:
            return "answered"
        if isinstance(error, ModelUnavailable):
            return "unavailable" if self._attempts else "not_asked"
        # What the caller's check raises: the task is not wanted, or cannot go on now.
        if isinstance(error, ConflictError | NotFoundError | UnavailableError):
            return "stopped"
        return "refused" if isinstance(error, DesignAgentError) else "stopped"
