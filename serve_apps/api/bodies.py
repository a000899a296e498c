"""JSON bodies, strictly: no coercion, no values that cannot be stored and given back."""

import math
import re
from collections.abc import Iterator
from typing import Any, TypeVar

import pydantic
from fastapi import Body
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator

ModelT = TypeVar("ModelT", bound=BaseModel)
MAX_DEPTH = 32
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
Location = tuple[str | int, ...]


def _error(location: Location, problem: str) -> dict[str, Any]:
    return {"type": "value_error", "loc": location, "msg": problem}


def _unstorable(value: Any, location: Location) -> Iterator[dict[str, Any]]:
    """Problems of values that JSON parsers let through: lone surrogates, NUL, NaN, huge numbers, deep nesting."""
    if len(location) > MAX_DEPTH:
        yield _error(location[:3], f"is nested deeper than {MAX_DEPTH} levels")
    elif isinstance(value, str):
        if _UNSTORABLE.search(value):
            yield _error(location, "contains NUL or a lone surrogate; send valid Unicode text")
    elif isinstance(value, bool):
        return
    elif isinstance(value, int):
        if abs(value) >= 2**63:
            yield _error(location, "is too large a number")
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield _error(location, "must be a finite number")
    elif isinstance(value, dict):
        for key, item in value.items():
            if _UNSTORABLE.search(key):
                yield _error(location, "has a key with NUL or a lone surrogate; send valid Unicode text")
            else:
                yield from _unstorable(item, (*location, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unstorable(item, (*location, index))


def strictly(model: type[ModelT]) -> BeforeValidator:
    """Annotation that makes a body parameter of this model strict. Raises RequestValidationError."""

    def validate(value: Any) -> ModelT:
        if isinstance(value, bytes):
            raise RequestValidationError([_error(("body",), "must be JSON with Content-Type: application/json")])
        if problems := list(_unstorable(value, ("body",))):
            raise RequestValidationError(problems)
        try:
            # Strictness set on a model does not reach the models inside it; given with the call it does.
            return model.model_validate(value, strict=True)
        except pydantic.ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            raise RequestValidationError([{**entry, "loc": ("body", *entry["loc"])} for entry in found]) from None

    return BeforeValidator(validate)


def json_body(examples: dict[str, Any]) -> Any:
    """A body parameter. ``examples``: summary to value, shown on the API page."""
    shown: dict[str, Any] = {name: {"summary": name, "value": value} for name, value in examples.items()}
    return Body(openapi_examples=shown)
