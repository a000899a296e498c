"""The OpenAPI document, made to say what this API really answers."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from serve_apps.api.authentication import is_public
from serve_apps.api.errors import answers

_SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key of the service."},
    "link": {"type": "apiKey", "in": "query", "name": "sig", "description": "A signed link, as `preview_url` is."},
}


def correct_document(app: FastAPI, keys_required: Callable[[], bool]) -> None:
    """FastAPI documents its own answer to invalid input, here a 400, and says that a parameter may be null.

    What the middleware answers it does not know at all.
    """
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            locked = keys_required()
            if locked:
                document["components"]["securitySchemes"] = _SECURITY_SCHEMES
            for address, path in document["paths"].items():
                for operation in path.values():
                    if "HTTPValidationError" in str(operation["responses"].get("422")):
                        del operation["responses"]["422"]
                    if not is_public(address):
                        _document_door(operation, address, locked=locked)
                    for parameter in operation.get("parameters", []):
                        parameter["schema"] = _without_null(parameter["schema"])
            for name in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(name, None)
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]


def _document_door(operation: dict[str, Any], address: str, *, locked: bool) -> None:
    """What the door answers before the endpoint is asked."""
    known = operation["responses"]["500"]["content"]
    for status, answer in answers(401, 429).items():
        operation["responses"].setdefault(str(status), {"description": answer["description"], "content": known})
    if locked:
        by_link: list[dict[str, list[str]]] = [{"link": []}] if address.endswith("/preview") else []
        operation["security"] = [{"bearer": []}, *by_link]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or it is not: no text stands for null."""
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {key: value for key, value in {**schema, **choices[0]}.items() if key != "anyOf"}
