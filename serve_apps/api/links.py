"""Addresses on read: what is stored is a key or a path, what a client gets can be fetched as it is."""

from starlette.requests import Request

from serve_apps.api.auth import LOCAL
from serve_apps.api.signing import LinkSigner
from storage.documents.poster import Poster
from storage.documents.task import Task
from storage.documents.upload import OBJECTS_PATH, is_foreign


def export_path(poster_id: str) -> str:
    """Where the layered file is."""
    return f"/api/v1/posters/{poster_id}/export?format=psd"


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
    if poster.preview_url and not is_foreign(poster.preview_url):
        changes["preview_url"] = preview_address(request, poster.id)
    if poster.source_url and not is_foreign(poster.source_url):
        # An executor's own source file may be of any kind; after an edit only ours is current.
        given = poster.version == 1 and poster.source_url.startswith(OBJECTS_PATH)
        changes["source_url"] = f"{base}{poster.source_url if given else export_path(poster.id)}"
    return poster.model_copy(update=changes)


def with_task_links(request: Request, task: Task) -> Task:
    """The task with addresses of its references and of its result's preview; foreign ones are kept."""
    if any(reference.startswith(OBJECTS_PATH) for reference in task.input_params.reference):
        base = str(request.base_url).rstrip("/")
        linked = [f"{base}{url}" if url.startswith(OBJECTS_PATH) else url for url in task.input_params.reference]
        task = task.model_copy(update={"input_params": task.input_params.model_copy(update={"reference": linked})})
    if task.result is None or is_foreign(task.result.preview):
        return task
    preview = preview_address(request, task.result.poster_id)
    return task.model_copy(update={"result": task.result.model_copy(update={"preview": preview})})
