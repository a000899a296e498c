"""The application on a socket, and who makes its posters."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from fastapi import FastAPI

from cluster.client import Client
from serve_apps.api.services import ApiServices
from storage.documents.poster import PosterFiles
from storage.errors import TaskCancelled, TaskNotFound
from tests.api.conftest import app, document_of, services  # noqa: F401 - fixtures
from tests.cluster.driven import Driven
from tests.pictures import encoded, psd
from tests.serving import served


@pytest.fixture
def url(app: FastAPI) -> Iterator[str]:  # noqa: F811
    with served(app) as address:
        yield address


@pytest.fixture(params=[Client, Driven], ids=["blocking", "asyncio"])
def kind(request: pytest.FixtureRequest) -> type[Client]:
    """Each client in turn."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def client(kind: type[Client], url: str) -> Iterator[Client]:
    with kind(url) as client:
        yield client


class Studio(threading.Thread):
    """Stands where the orchestrator stands: ends every task that waits with the same real files."""

    def __init__(self, services: ApiServices) -> None:  # noqa: F811
        super().__init__()
        self._services, self._over = services, threading.Event()
        self._files: dict[str, Any] = {"png": encoded(64, 96, "PNG"), "jpg": encoded(64, 96), "psd": psd(64, 96)}

    def run(self) -> None:
        while not self._over.wait(0.01):
            for claim in self._services.database.claim("studio", 10, 60):
                # The client may have been faster.
                with suppress(TaskCancelled, TaskNotFound):
                    self._finish(claim.task_id, claim.attempt)

    def _finish(self, task_id: str, attempt: int) -> None:
        document = document_of(task_id)
        keys = {suffix: f"posters/{document.poster.id}/v1/file.{suffix}" for suffix in self._files}
        for suffix, data in self._files.items():
            self._services.objects.put(keys[suffix], data, f"image/{suffix}")
        files = PosterFiles(version=1, **keys)
        self._services.database.complete_task(task_id, attempt, document, files, {"verdict": "pass"})

    def close(self) -> None:
        self._over.set()
        self.join()


@pytest.fixture
def studio(services: ApiServices) -> Iterator[Studio]:  # noqa: F811
    working = Studio(services)
    working.start()
    yield working
    working.close()
