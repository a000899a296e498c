"""Stored objects, served back."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Response

from serve_apps.api.auth import CurrentUser
from serve_apps.api.errors import answers
from serve_apps.api.files import FILE_ANSWERS, elsewhere, file_headers, matches
from serve_apps.api.services import Services
from storage.errors import ObjectNotFound, ValidationError

router = APIRouter(prefix="/api/v1/objects", tags=["objects"])
ObjectKey = Annotated[str, Path(max_length=500, pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$")]
_FOREVER = "private, max-age=31536000, immutable"
_SHOWN = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes, with the type they were stored under.",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    },
    **FILE_ANSWERS,
}


@router.get("/{key:path}", response_class=Response, responses={**_ANSWERS, **answers(404)})
def get_object(
    key: ObjectKey,
    services: Services,
    user: CurrentUser,
    if_none_match: Annotated[str | None, Header(description="`ETag` of the copy that the client has.")] = None,
) -> Response:
    """A stored object: a picture of an element, a preview, a source file."""
    services.database.check_readable(key, user.scope)
    try:
        content_type = services.objects.content_type(key)
        # A picture may be shown in a page; anything else is kept from being opened in one.
        name = None if content_type in _SHOWN else key.rpartition("/")[2]
        if redirect := elsewhere(services, key, name):
            return redirect
        stored = services.objects.get(key)
    except ValidationError:
        # A key that cannot be one names nothing.
        raise ObjectNotFound("There is no object with this key.") from None
    etag = f'"{hashlib.sha256(stored.data).hexdigest()[:32]}"'
    headers = file_headers(etag, _FOREVER, name)
    if matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(stored.data, media_type=stored.content_type, headers=headers)
