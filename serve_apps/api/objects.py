"""Stored objects, served back."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Response

from serve_apps.api.auth import CurrentUser, User
from serve_apps.api.errors import answers
from serve_apps.api.files import file_headers, matches
from serve_apps.api.services import ApiServices, Services
from storage.errors import NotFoundError, ObjectNotFound, ValidationError

router = APIRouter(prefix="/api/v1/objects", tags=["objects"])
ObjectKey = Annotated[str, Path(max_length=500, pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$")]
_FOREVER = "private, max-age=31536000, immutable"
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes, with the type they were stored under.",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "The client's copy is current."},
}


@router.get("/{key:path}", response_class=Response, responses={**_ANSWERS, **answers(404)})
def get_object(
    key: ObjectKey,
    services: Services,
    user: CurrentUser,
    if_none_match: Annotated[str | None, Header(description="`ETag` of the copy that the client has.")] = None,
) -> Response:
    """A stored object: a picture of an element, a preview, a source file."""
    _check_owner(services, user, key)
    try:
        stored = services.objects.get(key)
    except ValidationError:
        # A key that cannot be one names nothing.
        raise ObjectNotFound("There is no object with this key.") from None
    etag = f'"{hashlib.sha256(stored.data).hexdigest()[:32]}"'
    headers = file_headers(etag, _FOREVER)
    if matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(stored.data, media_type=stored.content_type, headers=headers)


def _check_owner(services: ApiServices, user: User, key: str) -> None:
    """Raise ObjectNotFound unless the key is under a poster or a task that the user may see."""
    if user.scope is None:
        return
    kind, _, rest = key.partition("/")
    owner = rest.partition("/")[0]
    try:
        if kind == "posters":
            services.database.get_poster(owner, user.scope)
        elif kind == "tasks":
            services.database.get_task(owner, user.scope)
        else:
            raise ObjectNotFound(key)
    except NotFoundError:
        raise ObjectNotFound("There is no object with this key.") from None
