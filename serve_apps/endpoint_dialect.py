"""What of the OpenAI API an endpoint speaks: most take all of it, some refuse a field or another."""

import threading
from collections.abc import Callable
from typing import Any

from pipelines.models.generation import TextRequest

Body = dict[str, Any]
# Lengths of strings bound what vLLM writes; strict endpoints refuse schemas that hold them.
_LENGTHS = ("minLength", "maxLength")


def _without_lengths(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_lengths(part) for part in schema]
    if isinstance(schema, dict):
        return {key: _without_lengths(part) for key, part in schema.items() if key not in _LENGTHS}
    return schema


def _any_object(body: Body) -> None:
    if body["response_format"]["type"] == "json_object":
        del body["response_format"]
    else:
        body["response_format"] = {"type": "json_object"}


def _completion_tokens(body: Body) -> None:
    body["max_completion_tokens"] = body.pop("max_tokens")


# What is refused by name, and what is said instead. A schema that is refused leaves "any JSON object", then nothing.
_OTHERWISE: dict[str, Callable[[Body], Any]] = {
    "response_format": _any_object,
    "max_tokens": _completion_tokens,
    "temperature": lambda body: body.pop("temperature"),
    "seed": lambda body: body.pop("seed"),
}


class Dialect:
    """Learns from refusals; what was learnt holds for the calls after."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: list[str] = []

    @property
    def version(self) -> int:
        """Grows with each thing learnt."""
        return len(self._changes)

    def body(self, model: str, request: TextRequest) -> Body:
        """The request as this endpoint takes it."""
        body = _full(model, request)
        for field in list(self._changes):
            if field in body:
                _OTHERWISE[field](body)
        return body

    def learn(self, refusal: str, spoken: int) -> bool:
        """Whether the words of a refusal name a field to do without, or another call has learnt since ``spoken``."""
        words = refusal.replace("json_schema", "response_format")
        with self._lock:
            if len(self._changes) > spoken:
                return True
            for field in _OTHERWISE:
                if field in words and self._changes.count(field) < (2 if field == "response_format" else 1):
                    self._changes.append(field)
                    return True
        return False


def _full(model: str, request: TextRequest) -> Body:
    body: Body = {
        "model": model, "messages": list(request.messages), "max_tokens": request.max_tokens,
        "temperature": request.temperature, "seed": request.seed,
    }  # fmt: skip
    if request.schema:
        schema = {"name": "answer", "strict": True, "schema": _without_lengths(request.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body
