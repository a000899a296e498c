"""The OpenAPI document, made to say what this API really answers."""

import re
from typing import Any

from fastapi import FastAPI

_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")
# The one parameter that may hold slashes.
_MANY_SEGMENTS = "key"


def document_without_422(app: FastAPI) -> None:
    """FastAPI documents its own answer to invalid input, which here is a 400."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            for path in document["paths"].values():
                for operation in path.values():
                    operation["responses"].pop("422", None)
            for name in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(name, None)
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]


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
