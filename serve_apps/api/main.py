"""The HTTP application."""

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from configs import build
from serve_apps.api import (
    deletion,
    elements,
    errors,
    external,
    health,
    objects,
    posters,
    streams,
    tasks,
    uploads,
    usage,
)
from serve_apps.api.authentication import Authentication
from serve_apps.api.keyring import KeyRing
from serve_apps.api.middleware import BodyLimit, RequestContext
from serve_apps.api.openapi import correct_document
from serve_apps.api.ratelimit import RequestLimit
from serve_apps.api.services import ApiServices
from serve_apps.api.signing import LinkSigner
from storage.secret_file import load_or_make

MAX_BODY_BYTES = 1024 * 1024
_ABOUT = """One sentence in, one finished, layered, editable poster out.

Success is `{"code": 0, "data": ...}`; an error is `{"code", "error", "details", "request_id"}` with the right status.
Times are UTC. Progress comes by WebSocket at `/api/v1/tasks/{task_id}/ws` (the same messages as `/events`; an unknown
task closes with 4404), by server-sent events, or by asking `/status`.
"""


def create_app(services: ApiServices) -> FastAPI:
    """The application over these services; the caller opened them and closes them."""
    app = FastAPIOffline(title="design-agent", version=build.version(), description=_ABOUT, redoc_url=None)
    settings = services.settings
    keys = KeyRing(settings.api_keys, services.database)
    secret = settings.link_secret.get_secret_value().encode() if settings.link_secret else None
    signer = LinkSigner(secret or load_or_make(settings.link_secret_path), settings.preview_link_seconds)
    app.state.services, app.state.signer = services, signer
    # Read now: /healthz is asked often and must not touch the disk.
    build.commit()
    build.source_hash()
    uploaded = {uploads.UPLOAD_PATH: settings.max_upload_bytes + uploads.ENVELOPE_BYTES}
    app.add_middleware(BodyLimit, most=MAX_BODY_BYTES, others=uploaded)
    limit = RequestLimit(settings.requests_per_minute)
    app.add_middleware(Authentication, keys=keys, limit=limit, by_link=signer.holder)
    app.add_middleware(RequestContext)
    errors.install(app)
    for module in (tasks, streams, external, posters, elements, uploads, objects, deletion, usage, health):
        app.include_router(module.router)
    app.include_router(posters.preview_router)
    correct_document(app, keys.required)
    return app
