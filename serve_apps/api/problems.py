"""Sentences about invalid input, from what pydantic says."""

from collections.abc import Iterable, Sequence
from typing import Any

_MOST_NAMED = 3
_MOST_LISTED = 50
_LONGEST_NAME = 200
_PLAIN = {
    "missing": "is required",
    "extra_forbidden": "is not a known field; remove it",
    "string_pattern_mismatch": "has characters or a form that is not allowed here",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be a string",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
}


def field_name(location: Sequence[str | int]) -> str:
    """``("body", "elements", 3, "content")`` as ``elements[3].content``; ``body`` for the whole body."""
    parts = location[1:] if location and location[0] in {"body", "query", "path", "header"} else location
    name = ""
    for part in parts:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return name[:_LONGEST_NAME] or str(location[0] if location else "body")


def _problem(error: dict[str, Any]) -> str:
    kind, message = error["type"], str(error["msg"])
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    for noun in ("Input", "String", "List", "Dictionary"):
        message = message.replace(f"{noun} should", "must")
    return message


def field_problems(errors: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """``[{field, problem}]``, in the order found; never echoes the input."""
    found: list[dict[str, str]] = []
    for error in errors:
        if error["type"] == "json_invalid":
            place, reason = error["loc"][-1], error.get("ctx", {}).get("error", "syntax error")
            found.append({"field": "body", "problem": f"is not valid JSON at character {place}: {reason}"})
        else:
            found.append({"field": field_name(error["loc"]), "problem": _problem(error)})
    return found[:_MOST_LISTED]


def sentence(fields: Sequence[dict[str, str]]) -> str:
    """One sentence a person can act on."""
    named = "; ".join(f"{entry['field']} {entry['problem']}" for entry in fields[:_MOST_NAMED])
    rest = len(fields) - _MOST_NAMED
    return f"{named}{f'; and {rest} more' if rest > 0 else ''}."
