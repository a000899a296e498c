"""Errors on the wire: the right HTTP status and ``{code, error, details, request_id}``."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from serve_apps.api.methods import allowed_methods
from serve_apps.api.problems import field_problems, sentence
from serve_apps.api.schemas import ErrorBody
from storage import errors as named

RETRY_AFTER_SECONDS = "2"
_STATUS: dict[type[named.DesignAgentError], int] = {
    named.ValidationError: 400,
    named.UnauthorizedError: 401,
    named.ForbiddenError: 403,
    named.TooManyError: 429,
    named.NotFoundError: 404,
    named.ConflictError: 409,
    named.IdempotencyKeyReused: 422,
    named.UnavailableError: 503,
    named.OverloadedError: 529,
}
_HTTP_CODES = {
    400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "BODY_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE", 503: "UNAVAILABLE",
}  # fmt: skip
_HTTP_SENTENCES = {
    400: "The body cannot be read; send one JSON object in UTF-8.",
    404: "There is nothing at this address; see /docs for the addresses there are.",
    405: "This address does not take this method; the Allow header names those it takes.",
}
# An id that cannot be one of ours names nothing, so it is not found rather than invalid.
_PATH_IDS: dict[str, type[named.NotFoundError]] = {
    "task_id": named.TaskNotFound,
    "poster_id": named.PosterNotFound,
    "element_id": named.ElementNotFound,
    "key": named.ObjectNotFound,
}
log = structlog.get_logger(__name__)


def http_status(error: named.DesignAgentError) -> int:
    """HTTP status of a named error; 500 for one that is nobody's fault but ours."""
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return 500


def error_response(
    request_id: str, status: int, code: str, message: str, details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:  # fmt: skip
    """The envelope."""
    body = ErrorBody(code=code, error=message, details=dict(details or {}), request_id=request_id)
    extra = dict(headers or {})
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        extra.setdefault("Retry-After", RETRY_AFTER_SECONDS)
    return JSONResponse(body.model_dump(mode="json"), status, headers=extra)


def named_response(request_id: str, error: named.DesignAgentError) -> JSONResponse:
    """The answer to a named error, with the headers that its status wants."""
    status = http_status(error)
    if status >= 500 and not isinstance(error, named.OverloadedError):
        log.error("request failed", code=error.code, error=error.message, request_id=request_id)
    details = dict(error.details)
    if isinstance(fields := details.get("fields"), Mapping):
        details["fields"] = [{"field": field, "problem": problem} for field, problem in fields.items()]
    headers: dict[str, str] = {}
    if isinstance(error, named.UnauthorizedError):
        headers["WWW-Authenticate"] = 'Bearer realm="design-agent"'
    elif isinstance(error, named.TooManyError | named.OverloadedError):
        headers["Retry-After"] = str(error.retry_after)
    return error_response(request_id, status, error.code, error.told, details, headers)


def _named(request: Request, error: named.DesignAgentError) -> JSONResponse:
    return named_response(request.state.request_id, error)


def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    for problem in error.errors():
        where = problem["loc"]
        if where[0] == "path" and where[1] in _PATH_IDS:
            missing = _PATH_IDS[where[1]]
            noun = missing.code.split("_")[0].lower()
            return _named(request, missing(f"There is no {noun} with this {'key' if noun == 'object' else 'id'}."))
    fields = field_problems(error.errors())
    return error_response(
        request.state.request_id, 400, named.ValidationError.code, sentence(fields), {"fields": fields}
    )


def _http(request: Request, error: StarletteHTTPException) -> JSONResponse:
    code = _HTTP_CODES.get(error.status_code, "HTTP_ERROR")
    message = _HTTP_SENTENCES.get(error.status_code, f"{error.detail}.")
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (
        allowed := allowed_methods(request.app, request.scope["path"])
    ):
        headers["Allow"] = ", ".join(allowed)
    return error_response(request.state.request_id, error.status_code, code, message, headers=headers)


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(named.DesignAgentError, _named)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _invalid)  # type: ignore[arg-type]
    app.add_exception_handler(StarletteHTTPException, _http)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _http)  # type: ignore[arg-type]


_DESCRIPTIONS = {
    400: "Invalid: `details.fields` names each field and its problem.",
    401: "No key, or one that is not valid.",
    403: "The key is not for this.",
    404: "No such thing.",
    405: "Method not allowed.",
    409: "Its state does not allow this.",
    413: "The body is too large.",
    415: "A file of a kind that is not taken.",
    422: "The Idempotency-Key came with another body before.",
    429: "Too many at once; try again after `Retry-After` seconds.",
    500: "Our fault; quote the `request_id`.",
    503: "A needed part does not answer; try again after `Retry-After` seconds.",
    529: "Too many tasks wait, where the operator has set a limit; try again after `Retry-After` seconds.",
}

_WAIT: dict[str, Any] = {
    "Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}, "description": "Seconds."}
}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}, 429: _WAIT, 503: _WAIT, 529: _WAIT,
}  # fmt: skip


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries of the errors that an endpoint can answer; 500 and 503 always among them."""
    return {
        status: {
            "model": ErrorBody,
            "description": _DESCRIPTIONS[status],
            **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
        }
        for status in (*statuses, 500, 503)
    }
