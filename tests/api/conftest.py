"""The application on the real database and object store in a folder of the test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from configs.settings import Settings
from serve_apps.api.main import create_app
from serve_apps.api.services import ApiServices
from storage.database.base import Database
from storage.documents.element import ElementContent, ElementSpec, LayerSpec, Transform
from storage.documents.poster import PosterDocument, PosterFiles, assemble
from storage.documents.progress import PHASES
from storage.documents.style import ElementStyle, TextStyle, solid
from storage.documents.task import TaskParams
from storage.errors import UnavailableError
from storage.factory import open_cache, open_database, open_objects, open_progress_feed, open_queue
from storage.objects.base import ObjectStore

PNG, JPG, PSD = "image/png", "image/jpeg", "image/vnd.adobe.photoshop"


@dataclass
class Workshop:
    """Stands where the drawing deployment stands: its pictures say which version they are of."""

    database: Database
    objects: ObjectStore
    states: dict[str, str] = field(default_factory=lambda: {"text_reader": "ready"})
    drawn: list[tuple[str, int]] = field(default_factory=list)
    failure: Exception | None = None

    async def files(self, poster_id: str, version: int) -> PosterFiles:
        if self.failure:
            raise self.failure
        self.drawn.append((poster_id, version))
        files = store_files(self.objects, poster_id, version)
        self.database.put_files(poster_id, files)
        return files

    async def model_states(self) -> dict[str, str]:
        if self.failure:
            raise self.failure
        return self.states


def store_files(objects: ObjectStore, poster_id: str, version: int) -> PosterFiles:
    keys = {suffix: f"posters/{poster_id}/{version}/poster.{suffix}" for suffix in ("png", "jpg", "psd")}
    for suffix, content_type in (("png", PNG), ("jpg", JPG), ("psd", PSD)):
        objects.put(keys[suffix], f"{suffix} of version {version}".encode(), content_type)
    return PosterFiles(version=version, **keys)


@contextmanager
def opened_services(folder: Path) -> Iterator[ApiServices]:
    settings = Settings(data=folder, progress_poll_seconds=0.01)
    database, objects = open_database(settings), open_objects(settings)
    database.migrate()
    feed = open_progress_feed(settings, database)
    queue = open_queue(settings, database)
    yield ApiServices(settings, database, objects, feed, Workshop(database, objects), open_cache(settings), queue)
    database.close()


@pytest.fixture
def services(tmp_path: Path) -> Iterator[ApiServices]:
    with opened_services(tmp_path) as services:
        yield services


@pytest.fixture
def app(services: ApiServices) -> FastAPI:
    return create_app(services)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def workshop(services: ApiServices) -> Workshop:
    assert isinstance(services.workshop, Workshop)
    return services.workshop


def data(response: Any) -> Any:
    """The data of a success."""
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["code"] == 0
    return body["data"]


def refused(response: Any, status: int, code: str) -> dict[str, Any]:
    """The body of an error, after checking its envelope."""
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    assert set(body) == {"code", "error", "details", "request_id"}
    assert body["code"] == code
    assert len(body["error"]) > 10
    assert body["request_id"] == response.headers["X-Request-ID"]
    return body


def fields(response: Any) -> list[str]:
    """Names of the fields that a 400 names."""
    return [entry["field"] for entry in refused(response, 400, "INVALID_ARGUMENT")["details"]["fields"]]


def new_task(services: ApiServices, prompt: str = "A concert poster", user: str = "local") -> str:
    return services.database.create_task(user, TaskParams(prompt=prompt, seed=7)).id


def advance(services: ApiServices, task_id: str, attempt: int, phase: str) -> None:
    percentage, message = PHASES[phase]
    services.database.record_progress(task_id, attempt, phase, percentage, message)


def claimed(services: ApiServices, task_id: str) -> int:
    """Attempt number after claiming every task that waits."""
    claims = services.database.claim("test", 1000, 60)
    return next(claim.attempt for claim in claims if claim.task_id == task_id)


def document_of(task_id: str, title: str = "A concert: 夜/..\\x") -> PosterDocument:
    text = ElementSpec(
        type="text",
        transform=Transform(x=10, y=20, width=300, height=80),
        style=ElementStyle(fill=solid("#ffffff"), text_style=TextStyle(font_size=64)),
        content=ElementContent(text="夜曲", name="title", role="title"),
    )
    shape = ElementSpec(
        type="shape",
        transform=Transform(width=640, height=960),
        style=ElementStyle(fill=solid("#102030")),
        content=ElementContent(shape_type="path", shape_path="M0 0H640V960H0Z"),
    )
    group = ElementSpec(type="group", transform=Transform(width=640, height=960))
    layers = [
        LayerSpec(role="background", name="Background", type="background", elements=[shape]),
        LayerSpec(role="text", name="Text", elements=[text, group]),
    ]
    poster_fields: dict[str, Any] = {"title": title, "preview_url": "preview", "source_url": "source"}
    return assemble(task_id, "local", 640, 960, layers, **poster_fields)


def finish(services: ApiServices, task_id: str, attempt: int) -> PosterDocument:
    document = document_of(task_id)
    files = store_files(services.objects, document.poster.id, 1)
    services.database.complete_task(task_id, attempt, document, files, {"verdict": "pass"})
    return document


@pytest.fixture
def poster(services: ApiServices) -> PosterDocument:
    """A finished task's poster."""
    task_id = new_task(services)
    return finish(services, task_id, claimed(services, task_id))


@pytest.fixture
def broken_database(services: ApiServices, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise UnavailableError("The database does not answer.")

    for method in ("ping", "get_task", "create_task", "events_since"):
        monkeypatch.setattr(services.database, method, fail)
