"""The OpenAPI document, made to say what this API really answers and really takes."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI

from serve_apps.api.authentication import is_public
from serve_apps.api.bodies import MAX_NUMBER
from serve_apps.api.errors import answers
from serve_apps.api.text import PLAIN_TEXT, REFUSED
from storage.documents.grammar import BLANK, SAYS_SOMETHING

_SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key of the service."},
    "link": {"type": "apiKey", "in": "query", "name": "sig", "description": "A signed link, as `preview_url` is."},
}
_PREFIX = "#/components/schemas/"
_ANY_VALUE = {"$ref": f"{_PREFIX}JsonValue"}
_OPEN_OBJECT = {
    "type": "object",
    "additionalProperties": _ANY_VALUE,
    "propertyNames": {"type": "string", "pattern": PLAIN_TEXT},
}
_JSON_VALUE: dict[str, Any] = {
    "description": "Any JSON, at most 32 levels deep, its texts without control characters.",
    "anyOf": [
        {"type": "string", "pattern": PLAIN_TEXT},
        {"type": "number", "exclusiveMinimum": -MAX_NUMBER, "exclusiveMaximum": MAX_NUMBER},
        {"type": "boolean"},
        {"type": "null"},
        {"type": "array", "items": _ANY_VALUE},
        _OPEN_OBJECT,
    ],
}
# Of a text that must say something, both halves in one expression.
_SAYING = f"^[^{REFUSED}]*[^{REFUSED}{BLANK}][^{REFUSED}]*$"
_WITH_OWN_FORM = frozenset({"pattern", "format", "enum", "const", "contentMediaType"})


def correct_document(app: FastAPI, keys_required: Callable[[], bool]) -> None:
    """FastAPI documents its own answer to invalid input, here a 400, and says that a parameter may be null.

    What the middleware answers, and what is held of every text and number in a body, it does not know at all.
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
            schemas = document["components"]["schemas"]
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            for name in _taken(document):
                _say_what_is_held(schemas[name])
            schemas["JsonValue"] = _JSON_VALUE
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]


def _document_door(operation: dict[str, Any], address: str, *, locked: bool) -> None:
    """What the door answers before the endpoint is asked."""
    known = operation["responses"]["500"]["content"]
    for status, answer in answers(401, 429).items():
        operation["responses"].setdefault(str(status), {**answer, "content": known})
        operation["responses"][str(status)].pop("model", None)
    if locked:
        by_link: list[dict[str, list[str]]] = [{"link": []}] if address.endswith("/preview") else []
        operation["security"] = [{"bearer": []}, *by_link]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or it is not: no text stands for null."""
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {key: value for key, value in {**schema, **choices[0]}.items() if key != "anyOf"}


def _references(part: Any) -> Iterator[str]:
    """Names of the schemas that a part of the document refers to."""
    if isinstance(part, dict):
        if isinstance(reference := part.get("$ref"), str):
            yield reference.removeprefix(_PREFIX)
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def _taken(document: dict[str, Any]) -> set[str]:
    """Names of the schemas of request bodies and of what is in them."""
    schemas = document["components"]["schemas"]
    found: set[str] = set()
    ahead = [
        name
        for path in document["paths"].values()
        for operation in path.values()
        for name in _references(operation.get("requestBody"))
    ]
    while ahead:
        name = ahead.pop()
        if name not in found and name in schemas:
            found.add(name)
            ahead.extend(_references(schemas[name]))
    return found


def _say_what_is_held(schema: Any) -> None:
    """Write into the schema what ``bodies`` holds of every value."""
    if isinstance(schema, list):
        for part in schema:
            _say_what_is_held(part)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "string":
        if schema.get("pattern") == SAYS_SOMETHING:
            schema["pattern"] = _SAYING
        elif not _WITH_OWN_FORM & schema.keys():
            schema["pattern"] = PLAIN_TEXT
    elif schema.get("type") == "object" and schema.get("additionalProperties") is True:
        schema.update({key: value for key, value in _OPEN_OBJECT.items() if key != "type"})
    for name, field in schema.get("properties", {}).items():
        if not {"type", "$ref", "anyOf", "allOf", "enum", "const"} & field.keys():
            schema["properties"][name] = {**field, **_ANY_VALUE}
        _say_what_is_held(field)
    for word in ("items", "anyOf", "additionalProperties"):
        _say_what_is_held(schema.get(word))
