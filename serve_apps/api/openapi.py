"""The OpenAPI document, made to say what this API really answers."""

import re
from typing import Any

from fastapi import FastAPI

_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")
# The one parameter that may hold slashes.
_MANY_SEGMENTS = "key"


def correct_document(app: FastAPI) -> None:
    """FastAPI documents its own answer to invalid input, here a 400, and says that a parameter may be null."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            for path in document["paths"].values():
                for operation in path.values():
                    operation["responses"].pop("422", None)
                    for parameter in operation.get("parameters", []):
                        parameter["schema"] = _without_null(parameter["schema"])
            for name in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(name, None)
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or it is not: no text stands for null."""
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {key: value for key, value in {**schema, **choices[0]}.items() if key != "anyOf"}


def allowed_methods(app: FastAPI, path: str) -> list[str]:
    """Methods that the address takes; the router names those of its first route only."""
    found: set[str] = set()
    for template, methods in app.openapi()["paths"].items():
        pattern = re.sub(r"\\{(\w+)\\}", _segment, re.escape(template))
        if re.fullmatch(pattern, path):
            found |= {method.upper() for method in methods}
    return [method for method in _METHODS if method in found]


def _segment(match: re.Match[str]) -> str:
    return ".+" if match[1] == _MANY_SEGMENTS else "[^/]+"
