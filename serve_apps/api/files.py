"""The files of a poster's current version, made first if nobody has."""

import asyncio
import re
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool

from serve_apps.api.services import ApiServices
from storage.documents.poster import Poster, PosterFiles
from storage.errors import UnavailableError


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
        headers["Content-Disposition"] = f"attachment; {_filename(name)}"
    return headers


def _filename(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "poster"
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def download_name(poster: Poster, suffix: str) -> str:
    """``<title> <id>.<suffix>`` without what file systems or shells take amiss."""
    title = re.sub(r"[^\w -]+", " ", poster.title).strip()[:60]
    return f"{title} {poster.id}.{suffix}".strip()
