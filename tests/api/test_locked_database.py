"""Somebody else holds the database's write lock for longer than anybody waits."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from serve_apps.api.services import ApiServices
from storage.database import sqlite_sessions
from storage.documents.poster import PosterDocument
from tests.api.conftest import refused
from tests.contract.helpers import together
from tests.pictures import encoded

BUSY_SECONDS = 1
BODY = {"prompt": "A concert poster"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_sessions, "BUSY_SECONDS", BUSY_SECONDS)


@pytest.fixture
def services(impatient: None, services: ApiServices) -> ApiServices:
    return services


@pytest.fixture
def locked(services: ApiServices, poster: PosterDocument) -> Iterator[sqlite3.Connection]:
    other = sqlite3.connect(services.settings.database_path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


WRITES: dict[str, Callable[[TestClient, str, str], Any]] = {
    "create": lambda client, *_: client.post("/api/v1/tasks", json=BODY),
    "create with a key": lambda client, *_: client.post("/api/v1/tasks", json=BODY, headers={"Idempotency-Key": "k"}),
    "cancel": lambda client, task_id, _: client.post(f"/api/v1/tasks/{task_id}/cancel"),
    "retry": lambda client, task_id, _: client.post(f"/api/v1/tasks/{task_id}/retry"),
    "edit": lambda client, _, element_id: client.put(f"/api/v1/elements/{element_id}", json={"transform": {"x": 1}}),
    "patch": lambda client, _, element_id: client.patch(
        f"/api/v1/elements/{element_id}", json={"version": 1, "transform": {"x": 1}}
    ),
    "upload": lambda client, *_: client.post(
        "/api/v1/storage/upload", files={"file": ("a.jpg", encoded(64, 64), "image/jpeg")}
    ),
}


@pytest.mark.parametrize("write", WRITES)
def test_write_is_refused_as_unavailable_and_works_once_the_lock_is_gone(
    client: TestClient, locked: sqlite3.Connection, poster: PosterDocument, write: str
) -> None:
    element = next(entry for entry in poster.walk() if entry.type == "text")
    ask = partial(WRITES[write], client, poster.poster.task_id, element.id)
    answer = ask()
    body = refused(answer, 503, "UNAVAILABLE")
    assert body["details"]["part"] == "database" and "locked" in body["error"]
    assert int(answer.headers["Retry-After"]) > 0
    locked.execute("ROLLBACK")
    assert ask().status_code in {200, 409}  # 409: a finished task is not cancelled


def test_reads_go_on(client: TestClient, locked: sqlite3.Connection, poster: PosterDocument) -> None:
    for path in ("/healthz", "/api/v1/tasks", f"/api/v1/posters/{poster.poster.id}/full"):
        assert client.get(path).status_code == 200


def test_nobody_waits_for_all_who_wait_before(app: FastAPI, locked: sqlite3.Connection) -> None:
    def took(client: TestClient) -> float:
        began = time.monotonic()
        answers = together([partial(client.post, "/api/v1/tasks", json=BODY)] * 12)
        assert [answer.status_code for answer in answers if not isinstance(answer, Exception)] == [503] * 12
        return time.monotonic() - began

    with TestClient(app) as client:
        # One after the other they would take twelve seconds. A busy machine may hold up some of them once.
        assert any(took(client) < 6 * BUSY_SECONDS for _ in range(3))
