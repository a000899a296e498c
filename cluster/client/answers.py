"""From an HTTP answer to a value or a named error."""

from typing import Any, TypeVar

import httpx
from pydantic import BaseModel

from cluster.client.errors import AnswerError, kind_of
from cluster.client.options import Page

DocumentT = TypeVar("DocumentT", bound=BaseModel)
_SHOWN_CHARACTERS = 200


def parsed(kind: type[DocumentT], value: Any) -> DocumentT:
    """A document; fields that a newer service adds are kept rather than refused."""
    return kind.model_validate(value, extra="allow")


def data_of(answer: httpx.Response) -> Any:
    """``data`` of a success. Raises AnswerError."""
    body = _body_of(answer)
    if not answer.is_success or body.get("code") != 0 or "data" not in body:
        raise error_of(answer)
    return body["data"]


def document_of(kind: type[DocumentT], answer: httpx.Response) -> DocumentT:
    """``data`` as a document. Raises AnswerError."""
    return parsed(kind, data_of(answer))


def page_of(kind: type[DocumentT], answer: httpx.Response) -> Page[DocumentT]:
    """``data`` as a page of documents. Raises AnswerError."""
    data = data_of(answer)
    return Page([parsed(kind, item) for item in data["items"]], data["next"])


def check(answer: httpx.Response) -> None:
    """Raise AnswerError for an error answer."""
    if not answer.is_success:
        raise error_of(answer)


def error_of(answer: httpx.Response) -> AnswerError:
    """The error of an answer, also of one that a proxy between gave."""
    body = _body_of(answer)
    message = body.get("error") or f"The service answered {answer.status_code}: {answer.text[:_SHOWN_CHARACTERS]!r}."
    details = body.get("details")
    return kind_of(answer.status_code)(
        str(message),
        code=str(body.get("code") or f"HTTP_{answer.status_code}"),
        status=answer.status_code,
        request_id=str(body.get("request_id") or answer.headers.get("X-Request-ID", "")),
        details=details if isinstance(details, dict) else None,
        retry_after=_seconds(answer.headers.get("Retry-After")),
    )


def _body_of(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _seconds(value: str | None) -> float | None:
    """Retry-After in seconds; one that is a date is not taken."""
    try:
        return max(0.0, float(value)) if value else None
    except ValueError:
        return None
