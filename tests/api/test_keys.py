"""Who is let in, as whom, and by which link."""

import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from configs.settings import Settings
from serve_apps.api import keyring, revocation
from serve_apps.api.keyring import KeyRing
from serve_apps.api.main import create_app
from serve_apps.api.services import ApiServices
from serve_apps.api.signing import LinkSigner
from storage.documents.key import key_digest
from storage.errors import UnauthorizedError
from storage.secret_file import load_or_make
from tests.api.conftest import advance, claimed, data, document_of, new_task, refused, store_files
from tests.api.keyed import KEYS, LIST, authorization, client_of, keyed

A, B, SERVICE = KEYS["user_a"], KEYS["user_b"], KEYS["service"]
BODY = {"prompt": "A concert poster"}


@pytest.fixture
def locked(services: ApiServices) -> Iterator[TestClient]:
    """A client without a key of an application that asks for one."""
    with client_of(keyed(services), None) as client:
        yield client


def poster_of(services: ApiServices, user: str) -> str:
    task_id = new_task(services, user=user)
    attempt = claimed(services, task_id)
    document = document_of(task_id)
    document = document.model_copy(update={"poster": document.poster.model_copy(update={"user_id": user})})
    files = store_files(services.objects, document.poster.id, 1)
    services.database.complete_task(task_id, attempt, document, files, {"verdict": "pass"})
    return document.poster.id


# who is let in


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer  ", "Basic a2V5", f"Token {A}", f"bearer {A}x", A])
def test_without_a_valid_key_nobody_is_let_in(locked: TestClient, header: str | None) -> None:
    answer = locked.get("/api/v1/tasks", headers={"Authorization": header} if header else {})
    refused(answer, 401, "UNAUTHORIZED")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_refusal_comes_before_the_body_and_the_address_are_looked_at(locked: TestClient) -> None:
    refused(locked.post("/api/v1/tasks", content=b"{"), 401, "UNAUTHORIZED")
    refused(locked.get("/nowhere"), 401, "UNAUTHORIZED")
    refused(locked.put("/api/v1/tasks"), 401, "UNAUTHORIZED")


def test_health_and_the_document_are_open_to_all(locked: TestClient) -> None:
    for path in ("/healthz", "/readyz", "/openapi.json", "/docs", "/static-offline-docs/swagger-ui.css"):
        assert locked.get(path).status_code == 200, path


@pytest.mark.parametrize("path", ["/healthz/", "//healthz", "/static-offline-docs/../api/v1/tasks", "/docs/x"])
def test_what_only_looks_open_is_not(locked: TestClient, path: str) -> None:
    assert locked.get(path).status_code in {401, 404}
    assert locked.get(path, headers=authorization("wrong")).status_code in {401, 404}


def test_the_scheme_may_be_written_in_any_case(locked: TestClient) -> None:
    assert locked.get("/api/v1/tasks", headers={"Authorization": f"bEARER {A}"}).status_code == 200


def test_without_keys_any_token_will_do(client: TestClient) -> None:
    for headers in ({}, authorization("anything")):
        task = data(client.post("/api/v1/tasks", json=BODY | {"user_id": "anybody"}, headers=headers))
        assert task["user_id"] == "anybody"


def test_the_document_names_the_bearer_once_there_are_keys(locked: TestClient, client: TestClient) -> None:
    document = locked.get("/openapi.json").json()
    assert document["paths"]["/api/v1/tasks"]["post"]["security"] == [{"bearer": []}]
    assert {"link": []} in document["paths"]["/posters/{poster_id}/preview"]["get"]["security"]
    assert "security" not in document["paths"]["/healthz"]["get"]
    assert "securitySchemes" not in client.get("/openapi.json").json()["components"]


# as whom


def test_a_task_belongs_to_the_user_of_its_key(locked: TestClient) -> None:
    assert data(locked.post("/api/v1/tasks", json=BODY, headers=authorization(A)))["user_id"] == "user_a"
    own = BODY | {"user_id": "user_a"}
    assert data(locked.post("/api/v1/tasks", json=own, headers=authorization(A)))["user_id"] == "user_a"
    other = BODY | {"user_id": "user_b"}
    refused(locked.post("/api/v1/tasks", json=other, headers=authorization(A)), 403, "FORBIDDEN")


def test_a_service_acts_for_any_user(locked: TestClient) -> None:
    headers = authorization(SERVICE)
    task = data(locked.post("/api/v1/tasks", json=BODY | {"user_id": "user_a"}, headers=headers))
    assert task["user_id"] == "user_a"
    assert data(locked.post("/api/v1/tasks", json=BODY, headers=headers))["user_id"] == "service"
    assert data(locked.get(f"/api/v1/tasks/{task['id']}", headers=headers)) == task
    assert len(data(locked.get("/api/v1/tasks", headers=headers))["items"]) == 2
    assert data(locked.get(f"/api/v1/tasks/{task['id']}", headers=authorization(A))) == task


@pytest.mark.parametrize("path", ["/api/v1/tasks", "/api/v1/posters"])
def test_a_list_of_another_user_is_refused(locked: TestClient, path: str) -> None:
    refused(locked.get(path, params={"user_id": "user_b"}, headers=authorization(A)), 403, "FORBIDDEN")
    assert data(locked.get(path, params={"user_id": "user_b"}, headers=authorization(B)))["items"] == []


# keys of the table


def test_a_first_key_in_the_table_locks_the_door_at_once(client: TestClient, services: ApiServices) -> None:
    assert client.get("/api/v1/tasks").status_code == 200
    services.database.create_key("user_a", "user", "", key_digest("secret-1"))
    refused(client.get("/api/v1/tasks"), 401, "UNAUTHORIZED")
    assert data(client.post("/api/v1/tasks", json=BODY, headers=authorization("secret-1")))["user_id"] == "user_a"


def test_a_revoked_key_is_refused_at_the_next_request_and_the_door_stays_locked(
    client: TestClient, services: ApiServices
) -> None:
    old, new = (services.database.create_key("user_a", "user", "", key_digest(secret)) for secret in ("s1", "s2"))
    for secret in ("s1", "s2"):
        assert client.get("/api/v1/tasks", headers=authorization(secret)).status_code == 200
    services.database.revoke_key(old.id)
    refused(client.get("/api/v1/tasks", headers=authorization("s1")), 401, "UNAUTHORIZED")
    assert client.get("/api/v1/tasks", headers=authorization("s2")).status_code == 200
    services.database.revoke_key(new.id)
    refused(client.get("/api/v1/tasks"), 401, "UNAUTHORIZED")


def test_the_last_use_is_written_once_a_minute(services: ApiServices, monkeypatch: pytest.MonkeyPatch) -> None:
    now, noted = [1000.0], []
    key = services.database.create_key("user_a", "user", "", key_digest("s"))
    monkeypatch.setattr(services.database, "note_key_use", noted.append)
    ring = KeyRing((), services.database, clock=lambda: now[0])
    for _ in range(3):
        assert ring.user("s").id == "user_a"
    assert noted == [key.id]
    now[0] += keyring.NOTE_SECONDS
    ring.user("s")
    assert noted == [key.id, key.id]


def test_configured_keys_and_the_table_hold_together(services: ApiServices) -> None:
    services.database.create_key("user_c", "service", "", key_digest("from the table"))
    ring = KeyRing(keyed(services).settings.api_keys, services.database)
    assert ring.user(A).scope == "user_a"
    assert ring.user("from the table").scope is None
    with pytest.raises(UnauthorizedError):
        ring.user(None)


def test_keys_that_cannot_be_checked_let_nobody_in(
    client: TestClient, services: ApiServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.errors import UnavailableError

    def fail(*_: object) -> None:
        raise UnavailableError("The database does not answer.")

    monkeypatch.setattr(services.database, "has_keys", fail)
    refused(client.get("/api/v1/objects/art/one.svg"), 503, "UNAVAILABLE")


# sockets


def test_a_socket_without_a_key_is_closed_with_4401(locked: TestClient, services: ApiServices) -> None:
    task_id = new_task(services, user="user_a")
    for headers in ({}, authorization("wrong")):
        with locked.websocket_connect(f"/api/v1/tasks/{task_id}/ws", headers=headers) as socket:
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_json()
            assert closed.value.code == 4401


def test_a_socket_takes_the_key_as_a_header_or_as_a_subprotocol(locked: TestClient, services: ApiServices) -> None:
    task_id = new_task(services, user="user_a")
    services.database.cancel_task(task_id)
    path = f"/api/v1/tasks/{task_id}/ws"
    with locked.websocket_connect(path, headers=authorization(A)) as socket:
        assert socket.receive_json()["type"] == "snapshot"
    encoded = base64.urlsafe_b64encode(A.encode()).decode().rstrip("=")
    with locked.websocket_connect(path, subprotocols=["design-agent", f"bearer.{encoded}"]) as socket:
        assert socket.accepted_subprotocol == "design-agent"
        assert socket.receive_json()["type"] == "snapshot"
    for wrong in ("bearer.???", "bearer.", f"bearer.{encoded}AAAA"):
        with locked.websocket_connect(path, subprotocols=["design-agent", wrong]) as socket:
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_json()
            assert closed.value.code == 4401


@pytest.fixture
def recheck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "RECHECK_SECONDS", 0.0)


@pytest.mark.usefixtures("recheck")
def test_an_open_socket_ends_when_its_key_is_revoked(locked: TestClient, services: ApiServices) -> None:
    key = services.database.create_key("user_a", "user", "", key_digest("s"))
    task_id = new_task(services, user="user_a")
    attempt = claimed(services, task_id)
    with locked.websocket_connect(f"/api/v1/tasks/{task_id}/ws", headers=authorization("s")) as socket:
        assert socket.receive_json()["type"] == "snapshot"
        services.database.revoke_key(key.id)
        advance(services, task_id, attempt, "fetching_task")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == 4401


@pytest.mark.usefixtures("recheck")
def test_an_open_event_stream_ends_when_its_key_is_revoked(locked: TestClient, services: ApiServices) -> None:
    key = services.database.create_key("user_a", "user", "", key_digest("s"))
    task_id = new_task(services, user="user_a")
    attempt = claimed(services, task_id)
    follow, asked = services.feed.follow, threading.Event()

    async def followed(*arguments: Any) -> Any:
        asked.set()
        async for event in follow(*arguments):
            yield event

    def revoke() -> None:
        assert asked.wait(120)
        services.database.revoke_key(key.id)
        advance(services, task_id, attempt, "parsing_intent")

    services.feed.follow = followed  # type: ignore[method-assign]
    thread = threading.Thread(target=revoke)
    thread.start()
    answer = locked.get(f"/api/v1/tasks/{task_id}/events", headers=authorization("s"))
    thread.join()
    assert answer.status_code == 200
    assert "snapshot" in answer.text
    assert "parsing_intent" not in answer.text


# signed links


def test_a_preview_wants_the_bearer_or_the_signature_of_its_link(locked: TestClient, services: ApiServices) -> None:
    poster_id = poster_of(services, "user_a")
    bare = f"/posters/{poster_id}/preview"
    refused(locked.get(bare), 401, "UNAUTHORIZED")
    assert locked.get(bare, headers=authorization(A)).status_code == 200
    poster = data(locked.get(f"/api/v1/posters/{poster_id}", headers=authorization(A)))
    task = data(locked.get(f"/api/v1/tasks/{poster['task_id']}", headers=authorization(A)))
    for link in (poster["preview_url"], task["result"]["preview"]):
        picture = locked.get(link)
        assert picture.status_code == 200
        assert picture.headers["Content-Type"] == "image/jpeg"


def test_a_link_is_good_for_its_poster_and_its_time_alone(locked: TestClient, services: ApiServices) -> None:
    mine, other = poster_of(services, "user_a"), poster_of(services, "user_a")
    link = data(locked.get(f"/api/v1/posters/{mine}", headers=authorization(A)))["preview_url"]
    query = link.partition("?")[2]
    end = int(query.removeprefix("exp=").partition("&")[0])
    for path in (
        f"/posters/{other}/preview?{query}",
        f"/posters/{mine}/preview?{query.replace(str(end), str(end + 1))}",
        f"/posters/{mine}/preview?{query[:-1]}{'0' if query[-1] != '0' else '1'}",
        f"/posters/{mine}/preview?exp={end}",
        f"/posters/{mine}/preview?exp=ü&sig=ü",
        f"/api/v1/posters/{mine}/export?{query}",
        f"/api/v1/posters/{mine}?{query}",
    ):
        refused(locked.get(path), 401, "UNAUTHORIZED")


def test_a_link_ends() -> None:
    now = [1_800_000_000.0]
    signer = LinkSigner(b"secret", 600, clock=lambda: now[0])
    exp, sig = (part.partition("=")[2] for part in signer.query("poster_1").split("&"))
    assert signer.query("poster_1") == signer.query("poster_1")
    assert 600 <= int(exp) - now[0] <= 600 + 3600
    now[0] += 600
    assert signer.valid("poster_1", exp, sig)
    now[0] = float(exp)
    assert not signer.valid("poster_1", exp, sig)
    assert not LinkSigner(b"another", 600, clock=lambda: 0.0).valid("poster_1", exp, sig)


def test_without_keys_links_are_plain(client: TestClient, services: ApiServices) -> None:
    poster_id = poster_of(services, "local")
    assert data(client.get(f"/api/v1/posters/{poster_id}"))["preview_url"].endswith(f"/posters/{poster_id}/preview")


def test_the_signing_secret_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "link_secret"
    secret = load_or_make(path)
    assert len(secret) == 32
    assert load_or_make(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["link_secret"]


def test_links_outlive_a_restart_and_can_have_a_secret_of_the_operators(services: ApiServices) -> None:
    poster_id = poster_of(services, "user_a")

    def link(**settings: Any) -> str:
        with client_of(keyed(services, **settings), A) as client:
            return str(data(client.get(f"/api/v1/posters/{poster_id}"))["preview_url"])

    assert link() == link()
    assert link(link_secret="one") != link()
    with client_of(keyed(services), None) as client:
        assert client.get(link()).status_code == 200
        refused(client.get(link(link_secret="one")), 401, "UNAUTHORIZED")


# the operator's settings


@pytest.mark.parametrize(
    "value",
    [
        "secret-word", '{"key": "secret-word"}', '[{"key": "secret-word"}]', '[{"key": "", "user_id": "u"}]',
        '[{"key": "secret-word", "user_id": "u", "role": "root"}]', '[{"key": "secret-word", "user_id": "../u"}]',
        '[{"key": "secret-word", "user_id": "u"}, {"key": "secret-word", "user_id": "v"}]',
        '[{"key": "secret-word", "user_id": "u", "secret": "secret-word"}]',
    ],
)  # fmt: skip
def test_keys_that_make_no_sense_are_refused_without_repeating_them(value: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Settings(api_keys=value)  # type: ignore[arg-type]
    assert "secret-word" not in str(refusal.value)


def test_keys_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys.json"
    path.write_text(LIST + "\n")
    monkeypatch.setenv("DESIGN_AGENT_API_KEYS_FILE", str(path))
    monkeypatch.delenv("DESIGN_AGENT_API_KEYS", raising=False)
    assert [entry.user_id for entry in Settings().api_keys] == list(KEYS)
    monkeypatch.setenv("DESIGN_AGENT_API_KEYS", LIST)
    with pytest.raises(ValueError, match="set one of them"):
        Settings()
    monkeypatch.delenv("DESIGN_AGENT_API_KEYS")
    path.unlink()
    with pytest.raises(ValueError, match="DESIGN_AGENT_API_KEYS_FILE"):
        Settings()


def test_settings_do_not_show_their_secrets() -> None:
    settings = Settings(api_keys=LIST, api_key="k-secret", link_secret="l-secret")  # type: ignore[arg-type]
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())):
        for secret in (*KEYS.values(), "k-secret", "l-secret"):
            assert secret not in shown


def test_no_answer_repeats_a_key(services: ApiServices, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = "wrong-key-4711"
    with TestClient(create_app(keyed(services)), raise_server_exceptions=False) as client:
        for key in (A, wrong):
            for method, path, body in (
                ("GET", "/api/v1/tasks/none", None), ("GET", "/nowhere", None), ("PUT", "/api/v1/tasks", None),
                ("POST", "/api/v1/tasks", {"prompt": ""}), ("GET", "/api/v1/tasks?limit=x", None),
            ):  # fmt: skip
                answer = client.request(method, path, json=body, headers=authorization(key))
                assert key not in answer.text + json.dumps(dict(answer.headers))
    said = capsys.readouterr()
    assert not {key for key in (A, wrong) if key in said.out + said.err}
