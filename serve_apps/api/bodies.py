"""JSON bodies, strictly: no coercion, no values that cannot be stored and given back, no text that does harm."""

import math
from typing import Any, TypeVar

import pydantic
from fastapi import Body
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator

from serve_apps.api.text import text_problem

ModelT = TypeVar("ModelT", bound=BaseModel)
MAX_DEPTH = 32
MAX_NUMBER = 2**63
Location = tuple[str | int, ...]
Problems = list[dict[str, Any]]


def _error(location: Location, problem: str) -> dict[str, Any]:
    return {"type": "value_error", "loc": location, "msg": problem}


def _checked(value: Any, location: Location, problems: Problems) -> Any:
    """The value, a number without a fraction as an integer (3.0 is 3 in JSON). Notes what cannot be taken."""
    if len(location) > MAX_DEPTH:
        problems.append(_error(location[:3], f"is nested deeper than {MAX_DEPTH} levels"))
    elif isinstance(value, str):
        if problem := text_problem(value):
            problems.append(_error(location, problem))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value, location, problems)
    elif isinstance(value, dict):
        hostile = [problem for key in value if (problem := text_problem(key))]
        problems += [_error(location, f"has a key that {problem}") for problem in hostile]
        # What is under such a key is not looked at: its place could not be named.
        return value if hostile else {key: _checked(item, (*location, key), problems) for key, item in value.items()}
    elif isinstance(value, list):
        return [_checked(item, (*location, index), problems) for index, item in enumerate(value)]
    return value


def _number(value: int | float, location: Location, problems: Problems) -> int | float:
    if not math.isfinite(value):
        problems.append(_error(location, "must be a finite number"))
    elif abs(value) >= MAX_NUMBER:
        problems.append(_error(location, "is too large a number"))
    elif isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def strictly(model: type[ModelT]) -> BeforeValidator:
    """Annotation that makes a body parameter of this model strict. Raises RequestValidationError."""

    def validate(value: Any) -> ModelT:
        if isinstance(value, bytes):
            raise RequestValidationError([_error(("body",), "must be JSON with Content-Type: application/json")])
        problems: Problems = []
        checked = _checked(value, ("body",), problems)
        if problems:
            raise RequestValidationError(problems)
        try:
            # Strictness set on a model does not reach the models inside it; given with the call it does.
            return model.model_validate(checked, strict=True)
        except pydantic.ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            raise RequestValidationError([{**entry, "loc": ("body", *entry["loc"])} for entry in found]) from None

    return BeforeValidator(validate)


def json_body(examples: dict[str, Any]) -> Any:
    """A body parameter. ``examples``: summary to value, shown on the API page."""
    shown: dict[str, Any] = {name: {"summary": name, "value": value} for name, value in examples.items()}
    return Body(openapi_examples=shown)
