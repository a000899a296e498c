"""Addresses on read: what is stored is a key or a path, what a client gets can be fetched as it is."""

from starlette.requests import Request

from serve_apps.api.auth import LOCAL
from serve_apps.api.signing import LinkSigner
from storage.documents.poster import Poster
from storage.documents.task import Task


def _foreign(url: str) -> bool:
    return "://" in url


def preview_address(request: Request, poster_id: str) -> str:
    """Address of the poster's picture; signed where keys are asked for, so that a page can show it without one."""
    address = f"{str(request.base_url).rstrip('/')}/posters/{poster_id}/preview"
    if request.state.user == LOCAL:
        return address
    signer: LinkSigner = request.app.state.signer
    return f"{address}?{signer.query(poster_id)}"


def with_poster_links(request: Request, poster: Poster) -> Poster:
    """The poster with addresses of its current version's files; foreign ones are kept."""
    base = str(request.base_url).rstrip("/")
    changes: dict[str, str] = {}
    if poster.preview_url and not _foreign(poster.preview_url):
        changes["preview_url"] = preview_address(request, poster.id)
    if poster.source_url and not _foreign(poster.source_url):
        changes["source_url"] = f"{base}/api/v1/posters/{poster.id}/export?format=psd"
    return poster.model_copy(update=changes)


def with_task_links(request: Request, task: Task) -> Task:
    """The task with an address of its result's preview; a foreign one is kept."""
    if task.result is None or _foreign(task.result.preview):
        return task
    preview = preview_address(request, task.result.poster_id)
    return task.model_copy(update={"result": task.result.model_copy(update={"preview": preview})})
