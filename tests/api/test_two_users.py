"""Another user's things are not found, on every address that the application has, those added later included."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from serve_apps.api.authentication import is_public
from serve_apps.api.main import create_app
from serve_apps.api.services import ApiServices
from storage.documents.poster import PosterDocument
from tests.api.conftest import claimed, data, document_of, new_task, store_files
from tests.api.keyed import KEYS, authorization, keyed

TITLE = "Belongs to A alone"
ELEMENT = {"content": {"text": "B was here"}}
PROGRESS = {"phase": "generating_layout", "percentage": 20, "message": "B was here", "details": {}}


@dataclass(frozen=True)
class Belongings:
    """What A has, and what goes into an address."""

    document: PosterDocument
    ids: dict[str, str]
    words: list[str]


@pytest.fixture
def app(services: ApiServices) -> FastAPI:
    return create_app(keyed(services))


@pytest.fixture
def of_a(app: FastAPI, services: ApiServices) -> Belongings:
    task_id = new_task(services, prompt=TITLE, user="user_a")
    attempt = claimed(services, task_id)
    document = document_of(task_id, TITLE)
    document = document.model_copy(update={"poster": document.poster.model_copy(update={"user_id": "user_a"})})
    poster_id = document.poster.id
    files = store_files(services.objects, poster_id, 1)
    services.database.complete_task(task_id, attempt, document, files, {"verdict": "pass"})
    layer = document.layers[0].id
    element = document.elements[layer][0].id
    ids = {"task_id": task_id, "poster_id": poster_id, "element_id": element, "layer_id": layer, "key": files.png}
    return Belongings(document, ids, [*ids.values(), TITLE])


@pytest.fixture
def live(services: ApiServices) -> str:
    """A's task that an outside client works on."""
    return _external(services)


def _external(services: ApiServices) -> str:
    with TestClient(create_app(keyed(services)), headers=authorization(KEYS["user_a"])) as client:
        return str(data(client.post("/api/v1/tasks", json={"prompt": TITLE, "executor": "external"}))["id"])


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def routes(app: FastAPI, kind: type) -> list[tuple[str, str]]:
    """(method, address) of each route of a kind; a socket's method is WS. DELETE comes last: it spoils the rest."""
    found = [
        (method, context.path)
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, kind) and context.path is not None
        for method in (context.methods or {"WS"})
    ]
    return sorted(found, key=lambda entry: (entry[0] == "DELETE", entry[1], entry[0]))


def filled(path: str, ids: dict[str, str]) -> str:
    """The address with A's ids. Fails for a parameter that this test knows nothing of: teach it."""

    def value(match: re.Match[str]) -> str:
        name = match[1].partition(":")[0]
        assert name in ids, f"which of A's things goes into {{{name}}} of {path}?"
        return ids[name]

    return re.sub(r"{([^}]+)}", value, path)


def body_of(method: str, path: str, own: Belongings) -> dict[str, Any] | None:
    """A body that is valid, so that no answer is about the body."""
    if method not in {"PUT", "PATCH", "POST"}:
        return None
    if path.endswith("/progress"):
        return PROGRESS
    if path.endswith("/complete"):
        poster_id = own.ids["poster_id"]
        return {"poster_id": poster_id, "preview": f"/posters/{poster_id}/preview", "layers": [own.ids["layer_id"]]}
    if "/elements/" in path:
        return ELEMENT | ({"version": 1} if method == "PATCH" else {})
    return {}


def test_every_address_wants_a_key_unless_it_is_public(app: FastAPI, client: TestClient, of_a: Belongings) -> None:
    asked = 0
    for method, path in routes(app, APIRoute):
        answer = client.request(method, filled(path, of_a.ids))
        if is_public(path):
            assert answer.status_code == 200, (method, path)
        else:
            asked += 1
            assert answer.status_code == 401, (method, path)
            assert not any(word in answer.text for word in of_a.words)
    assert asked >= 14


@pytest.mark.parametrize("which", ["finished", "external"])
def test_what_is_another_users_is_not_found(
    app: FastAPI, client: TestClient, of_a: Belongings, live: str, services: ApiServices, which: str
) -> None:
    ids = of_a.ids if which == "finished" else of_a.ids | {"task_id": live}
    tried = [(method, path) for method, path in routes(app, APIRoute) if "{" in path]
    assert len(tried) >= 10
    for method, path in tried:
        body = body_of(method, path, of_a)
        address = filled(path, ids)
        answer = client.request(method, address, json=body, headers=authorization(KEYS["user_b"]))
        assert answer.status_code == 404, (method, path, answer.text)
        assert not any(word in answer.text for word in of_a.words if word not in address), (method, path)
        missing = client.request(
            method, filled(path, dict.fromkeys(ids, "none")), json=body, headers=authorization(KEYS["user_b"])
        )
        assert missing.json()["code"] == answer.json()["code"], "the answer tells that there is something"
    unchanged(services, of_a, live)


def unchanged(services: ApiServices, of_a: Belongings, live: str) -> None:
    stored = services.database.get_document(of_a.ids["poster_id"], "user_a")
    assert stored.poster.version == 1
    assert [element.content for element in stored.walk()] == [element.content for element in of_a.document.walk()]
    task = services.database.get_task(live)
    assert (task.status, task.progress.phase) == ("pending", "init")


def test_what_a_body_names_of_another_user_is_refused(
    app: FastAPI, client: TestClient, of_a: Belongings, live: str, services: ApiServices
) -> None:
    element = {"layer_id": of_a.ids["layer_id"], "type": "text", "content": {"text": "B was here"}}
    poster = {"task_id": live, "width": 100, "height": 100}
    naming: dict[str, list[dict[str, Any]]] = {
        "/api/v1/tasks": [{"prompt": "A poster", "user_id": "user_a"}],
        "/api/v1/posters": [poster, {**poster, "task_id": of_a.ids["task_id"]}],
        "/api/v1/elements/batch": [{"elements": [element]}, {"elements": [], "poster_id": of_a.ids["poster_id"]}],
        # Takes a file, whose name is never a path.
        "/api/v1/storage/upload": [],
    }
    for method, path in routes(app, APIRoute):
        if method != "POST" or "{" in path:
            continue
        for body in naming[path]:
            answer = client.post(path, json=body, headers=authorization(KEYS["user_b"]))
            # 409: a layer belongs to the user who named it first.
            assert answer.status_code in {403, 404, 409}, (path, body, answer.text)
            assert not any(word in answer.text for word in of_a.words if word not in str(body))
    unchanged(services, of_a, live)


def test_the_owner_finds_them(app: FastAPI, client: TestClient, of_a: Belongings, live: str) -> None:
    """Otherwise the test above would pass on addresses that are always 404."""
    for method, path in routes(app, APIRoute):
        if "{" not in path:
            continue
        ids = of_a.ids | ({"task_id": live} if path.endswith(("/progress", "/complete")) else {})
        answer = client.request(
            method, filled(path, ids), json=body_of(method, path, of_a), headers=authorization(KEYS["user_a"])
        )
        expected = {200} if method in {"GET", "HEAD"} else {200, 204, 400, 409}
        if method != "DELETE":
            assert answer.status_code in expected, (method, path, answer.text)


def test_lists_hold_the_callers_own_alone(app: FastAPI, client: TestClient, of_a: Belongings, live: str) -> None:
    words = [*of_a.words, live]
    for method, path in routes(app, APIRoute):
        if "{" in path or method != "GET":
            continue
        for query in ({}, {"task_id": of_a.ids["task_id"]}, {"user_id": "user_a"}, {"limit": "100"}):
            answer = client.get(path, params=query, headers=authorization(KEYS["user_b"]))
            assert answer.status_code < 500
            assert not any(word in answer.text for word in words), (path, query)
    for path in ("/api/v1/tasks", "/api/v1/posters"):
        assert of_a.ids["task_id"] in client.get(path, headers=authorization(KEYS["user_a"])).text


def test_sockets_of_another_user_tell_nothing(app: FastAPI, client: TestClient, of_a: Belongings) -> None:
    sockets = routes(app, APIWebSocketRoute)
    assert sockets
    for _, path in sockets:
        for key, code in ((None, 4401), ("wrong", 4401), (KEYS["user_b"], 4404)):
            headers = authorization(key) if key else {}
            with client.websocket_connect(filled(path, of_a.ids), headers=headers) as socket:
                with pytest.raises(WebSocketDisconnect) as closed:
                    socket.receive_text()
                assert closed.value.code == code
        with client.websocket_connect(filled(path, of_a.ids), headers=authorization(KEYS["user_a"])) as socket:
            assert socket.receive_json()["type"] == "snapshot"


@pytest.mark.parametrize("name", ["user_a", "service"])
def test_a_service_and_the_owner_see_the_same(client: TestClient, of_a: Belongings, name: str) -> None:
    headers = authorization(KEYS[name])
    assert data(client.get(f"/api/v1/tasks/{of_a.ids['task_id']}", headers=headers))["user_id"] == "user_a"
    assert client.get(f"/api/v1/objects/{of_a.ids['key']}", headers=headers).status_code == 200
