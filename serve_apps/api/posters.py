"""Posters: read, list, export, preview."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from serve_apps.api.addresses import with_element_links
from serve_apps.api.auth import CurrentUser
from serve_apps.api.errors import answers
from serve_apps.api.examples import POSTER, example
from serve_apps.api.files import FILE_ANSWERS, current_key, download_name, elsewhere, file_headers, matches
from serve_apps.api.links import with_poster_links
from serve_apps.api.schemas import Limit, Listing, PosterCursor, PosterId, Success
from serve_apps.api.services import Services
from storage.documents.ids import Id
from storage.documents.poster import Poster, PosterDocument

router = APIRouter(prefix="/api/v1/posters", tags=["posters"])
preview_router = APIRouter(tags=["posters"])
IfNoneMatch = Annotated[str | None, Header(description="`ETag` of the copy that the client has.")]
# A version's files never change, but the poster may have a new version at any time.
_REVALIDATE = "private, no-cache"
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


@router.get("", responses=answers(400, 403))
def list_posters(
    request: Request,
    services: Services,
    user: CurrentUser,
    task_id: Annotated[Id | None, Query(description="Only this task's poster.")] = None,
    user_id: Annotated[Id | None, Query(description="Only this user's posters.")] = None,
    limit: Limit = 20,
    cursor: PosterCursor = None,
) -> Success[Listing[Poster]]:
    """Posters, newest first."""
    page = services.database.list_posters(user.owner_listed(user_id), task_id, limit, cursor)
    items = [with_poster_links(request, poster) for poster in page.items]
    return Success(data=Listing(items=items, next=page.next))


@router.get("/{poster_id}", responses={200: example(POSTER), **answers(404)})
def get_poster(poster_id: PosterId, request: Request, services: Services, user: CurrentUser) -> Success[Poster]:
    """A poster without its layers. `metadata.quality` is the verdict on its current version."""
    return Success(data=with_poster_links(request, services.database.get_poster(poster_id, user.scope)))


def _document(poster_id: str, request: Request, services: Services, user: CurrentUser) -> PosterDocument:
    document = services.database.get_document(poster_id, user.scope)
    elements = {
        layer_id: [with_element_links(request, element) for element in stacked]
        for layer_id, stacked in document.elements.items()
    }
    return document.model_copy(update={"poster": with_poster_links(request, document.poster), "elements": elements})


@router.get("/{poster_id}/full", responses=answers(404))
def get_full_poster(
    poster_id: PosterId, request: Request, services: Services, user: CurrentUser
) -> Success[PosterDocument]:
    """The whole poster: `layers` bottom to top, and the `elements` of each, bottom to top."""
    return Success(data=_document(poster_id, request, services, user))


_EXPORTS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": PosterDocument,
        "description": "The file, as a download; JSON is the data of `/full`.",
        "content": {"image/png": _BINARY, "image/jpeg": _BINARY, "image/vnd.adobe.photoshop": _BINARY},
    },
    **FILE_ANSWERS,
}


@router.get("/{poster_id}/export", response_class=Response, responses={**_EXPORTS, **answers(400, 404)})
async def export_poster(
    poster_id: PosterId,
    request: Request,
    services: Services,
    user: CurrentUser,
    format: Annotated[Literal["png", "jpg", "psd", "json"], Query(description="The kind of file.")] = "png",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A file of the poster as it is now; drawn first if it was edited since."""
    if format == "json":
        document = await run_in_threadpool(_document, poster_id, request, services, user)
        poster = document.poster
        headers = file_headers(_etag(poster.id, poster.version, format), _REVALIDATE, download_name(poster, format))
        return JSONResponse(document.model_dump(mode="json"), headers=headers)
    return await _file(services, user, poster_id, format, if_none_match, download=True)


@preview_router.get(
    "/posters/{poster_id}/preview",
    response_class=Response,
    responses={
        200: {"description": "The picture.", "content": {"image/jpeg": _BINARY, "image/png": _BINARY}},
        **FILE_ANSWERS,
        **answers(400, 404),
    },
)
async def preview_poster(
    poster_id: PosterId,
    services: Services,
    user: CurrentUser,
    format: Annotated[Literal["jpg", "png"], Query(description="The kind of picture.")] = "jpg",
    exp: Annotated[str, Query(description="When a signed link ends, epoch seconds.")] = "",  # noqa: ARG001
    sig: Annotated[str, Query(description="Its signature; no key is asked for then.")] = "",  # noqa: ARG001
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The poster as it is now; drawn first if it was edited since."""
    return await _file(services, user, poster_id, format, if_none_match, download=False)


def _etag(poster_id: str, version: int, format: str) -> str:
    return f'"{poster_id}-{version}-{format}"'


async def _file(
    services: Services, user: CurrentUser, poster_id: str, format: Literal["png", "jpg", "psd"],
    if_none_match: str | None, *, download: bool,
) -> Response:  # fmt: skip
    poster = await run_in_threadpool(services.database.get_poster, poster_id, user.scope)
    name = download_name(poster, format) if download else None
    etag = _etag(poster_id, poster.version, format)
    if matches(if_none_match, etag):
        return Response(status_code=304, headers=file_headers(etag, _REVALIDATE))
    key, version = await current_key(services, poster, format)
    if redirect := elsewhere(services, key, name):
        return redirect
    stored = await run_in_threadpool(services.objects.get, key)
    headers = file_headers(_etag(poster_id, version, format), _REVALIDATE, name)
    return Response(stored.data, media_type=stored.content_type, headers=headers)
