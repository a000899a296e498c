"""The files of a poster's current version, made first if nobody has."""

import asyncio
import re
from typing import Any, Literal

from fastapi import Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from serve_apps.api.services import ApiServices
from storage.documents.poster import Poster, PosterFiles
from storage.documents.upload import OBJECTS_PATH
from storage.errors import ObjectNotFound, UnavailableError, ValidationError
from storage.objects.disposition import disposition

# Long enough to begin a download, too short to pass an address on.
PUBLIC_SECONDS = 300
FILE_ANSWERS: dict[int | str, dict[str, Any]] = {
    304: {"description": "The client's copy is current."},
    307: {"description": "Fetch it there, without the key: clients reach the object store themselves."},
}
_TYPES = {"png": "image/png", "jpg": "image/jpeg", "psd": "image/vnd.adobe.photoshop"}
_PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})


async def current_key(services: ApiServices, poster: Poster, format: Literal["png", "jpg", "psd"]) -> tuple[str, int]:
    """Key of the poster's file as it is now, and the version that it is of. Raises as ``current_files``."""
    given = await run_in_threadpool(_given_key, services, poster, format)
    if given is not None:
        return given, poster.version
    files = await current_files(services, poster)
    return getattr(files, format), files.version


def _given_key(services: ApiServices, poster: Poster, format: Literal["png", "jpg", "psd"]) -> str | None:
    """What an executor uploaded as this file; only of the first version: after an edit it would be stale."""
    url = poster.source_url if format == "psd" else poster.preview_url
    if poster.version > 1 or not url or not url.startswith(OBJECTS_PATH):
        return None
    key = url.removeprefix(OBJECTS_PATH)
    try:
        stored = services.objects.content_type(key)
    except (ObjectNotFound, ValidationError):
        return None
    # The default picture is whatever the executor gave; another kind is drawn.
    return key if stored == _TYPES[format] or (format == "jpg" and stored in _PICTURES) else None


def elsewhere(services: ApiServices, key: str, name: str | None) -> Response | None:
    """Sends the client to the object store, where clients reach that; ``name``: as a download."""
    address = services.objects.public_url(key, PUBLIC_SECONDS, name)
    # Not to be kept: the address ends before a kept answer would.
    return RedirectResponse(address, 307, headers={"Cache-Control": "no-store"}) if address else None


async def current_files(services: ApiServices, poster: Poster) -> PosterFiles:
    """Files of the version that the poster has now.

    Raises PosterNotFound; UnavailableError when they cannot be made in ``http_timeout_seconds``.
    """
    stored = await run_in_threadpool(services.database.get_files, poster.id, poster.version)
    if stored is not None:
        return stored
    try:
        async with asyncio.timeout(services.settings.http_timeout_seconds):
            return await services.workshop.files(poster.id, poster.version)
    except TimeoutError:
        raise UnavailableError("Drawing the poster takes too long; try again in a moment.") from None


def matches(if_none_match: str | None, etag: str) -> bool:
    """Whether the client's copy is the current one (RFC 9110, weak comparison)."""
    if if_none_match is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in tags or etag in tags


def file_headers(etag: str, caching: str, name: str | None = None) -> dict[str, str]:
    """Headers of stored bytes; with ``name`` as a download. A browser must not guess a type nor run what is in it."""
    headers = {
        "ETag": etag,
        "Cache-Control": caching,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if name is not None:
        headers["Content-Disposition"] = disposition(name)
    return headers


def download_name(poster: Poster, suffix: str) -> str:
    """``<title> <id>.<suffix>`` without what file systems or shells take amiss."""
    title = re.sub(r"[^\w -]+", " ", poster.title).strip()[:60]
    return f"{title} {poster.id}.{suffix}".strip()
