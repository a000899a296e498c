"""Uploads: a picture or a source file becomes an object of its own, named by us."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from tempfile import TemporaryFile
from typing import IO, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from serve_apps.api.auth import CurrentUser
from serve_apps.api.errors import answers
from serve_apps.api.multipart import FIELD, read_file
from serve_apps.api.schemas import StoredFile, Success
from serve_apps.api.services import ApiServices, Services
from serve_apps.api.sniffing import CONTENT_TYPES, sniff
from storage.documents.upload import OBJECTS_PATH, UPLOADS, Upload
from storage.errors import UnavailableError, ValidationError
from storage.objects.base import Data

router = APIRouter(prefix="/api/v1/storage", tags=["uploads"])
UPLOAD_PATH = "/api/v1/storage/upload"
# What surrounds the file in its body.
ENVELOPE_BYTES = 64 * 1024
MAX_PIXELS = 100_000_000
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {FIELD: {"type": "string", "format": "binary"}},
                    "required": [FIELD],
                },
                "encoding": {FIELD: {"contentType": ", ".join(CONTENT_TYPES)}},
            }
        },
    }
}


@router.post("/upload", responses=answers(400, 413, 415), openapi_extra=_BODY)
async def upload_file(request: Request, services: Services, user: CurrentUser) -> Success[StoredFile]:
    """Store a PNG, JPEG, WebP, GIF, PSD or PDF file. Its kind is read from its bytes; its name is not used."""
    with _named_errors(), await run_in_threadpool(_spool, services) as file:
        await read_file(request.stream(), services.settings.max_upload_bytes, file)
        stored = await run_in_threadpool(_store_file, services, user.id, file)
    url = f"{str(request.base_url).rstrip('/')}{OBJECTS_PATH}{stored.key}"
    return Success(data=StoredFile(url=url, key=stored.key, content_type=stored.content_type, size=stored.size))


def _spool(services: ApiServices) -> IO[bytes]:
    """A file without a name, on the disk of the data folder: gone when it is closed, also by a kill."""
    services.settings.data.mkdir(parents=True, exist_ok=True)
    return TemporaryFile(dir=services.settings.data)


@contextmanager
def _named_errors() -> Iterator[None]:
    """Around the spooled file: it may find the disk full as late as when it is closed."""
    try:
        yield
    except OSError as error:
        raise UnavailableError(f"The upload cannot be kept: {error.strerror}.", part="data folder") from error


def _store_file(services: ApiServices, user_id: str, file: IO[bytes]) -> Upload:
    if file.tell() == 0:
        raise _other_kind()
    with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        return _store(services, user_id, data)


def _other_kind() -> HTTPException:
    return HTTPException(415, "Send a PNG, JPEG, WebP, GIF, PSD or PDF file; these bytes are none of them")


def _store(services: ApiServices, user_id: str, data: Data) -> Upload:
    kind = sniff(data)
    if kind is None:
        raise _other_kind()
    if kind.width * kind.height > MAX_PIXELS:
        problem = f"is {kind.width} x {kind.height} pixels; at most {MAX_PIXELS // 10**6} million are taken"
        raise ValidationError(f"{FIELD} {problem}.", fields={FIELD: problem})
    key = f"{UPLOADS}{secrets.token_hex(16)}.{kind.suffix}"
    upload = Upload(key=key, user_id=user_id, content_type=kind.content_type, size=len(data))
    # The owner first: an object without one would be nobody's for ever.
    services.database.add_upload(upload)
    services.objects.put(key, data, kind.content_type)
    return upload
