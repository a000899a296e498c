"""The error envelope, and input that no honest client sends."""

import json

import pytest
from starlette.testclient import TestClient
from structlog.contextvars import merge_contextvars
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from serve_apps.api.services import ApiServices
from storage.errors import UnavailableError
from tests.api.conftest import data, fields, refused

JSON = {"Content-Type": "application/json"}


def post(client: TestClient, body: bytes, headers: dict[str, str] | None = None):
    return client.post("/api/v1/tasks", content=body, headers=headers or JSON)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"text"',
        b'{"prompt": "\\ud800"}',
        b'{"prompt": "\\u0000"}',
        b'{"prompt": "x", "elements": [{"content": "a", "style": {"\\udfff": 1}}]}',
        b'{"prompt": "x", "elements": [{"content": "a", "style": {"a": NaN}}]}',
        b'{"prompt": "x", "elements": [{"content": "a", "style": {"a": 1e999}}]}',
        b'{"prompt": "x", "elements": [{"content": "a", "style": {"a": ' + b"9" * 30 + b"}}]}",
        b'{"prompt": "x", "priority": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"prompt": "x", "elements": [{"content": "a", "style": ' + b'{"a":' * 60 + b"1" + b"}" * 60 + b"}]}",
    ],
    ids=lambda body: body[:40].decode(errors="replace"),
)
def test_a_body_that_cannot_be_stored_is_refused(client: TestClient, body: bytes) -> None:
    refused(post(client, body), 400, "INVALID_ARGUMENT")
    assert data(client.get("/api/v1/tasks"))["items"] == []


def test_a_body_that_is_not_json_by_its_type_is_refused(client: TestClient) -> None:
    assert fields(post(client, b'{"prompt": "x"}', {"Content-Type": "text/plain"})) == ["body"]


def test_a_large_body_is_refused_with_its_length_given(client: TestClient) -> None:
    refused(post(client, b" " * (1024 * 1024 + 1)), 413, "BODY_TOO_LARGE")


def test_a_large_body_is_refused_without_its_length_given(client: TestClient) -> None:
    answer = client.post("/api/v1/tasks", content=(b" " * 65536 for _ in range(17)), headers=JSON)
    refused(answer, 413, "BODY_TOO_LARGE")


def test_the_largest_body_allowed_is_read(client: TestClient) -> None:
    body = json.dumps({"prompt": "A poster"}).encode()
    assert post(client, body.ljust(1024 * 1024)).status_code == 200


def test_an_unknown_address_and_a_wrong_method_have_the_envelope(client: TestClient) -> None:
    refused(client.get("/api/v2/tasks"), 404, "NOT_FOUND")
    for path, allowed in (
        ("/api/v1/tasks", "GET, POST"),
        ("/api/v1/elements/elem_1", "GET, PUT, PATCH"),
        ("/api/v1/objects/a/b", "GET"),
        ("/api/v1/tasks/task_1/cancel", "POST"),
    ):
        answer = client.delete(path)
        refused(answer, 405, "METHOD_NOT_ALLOWED")
        assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("host", ["[", "a b", "x" * 3000, "evil.example/path?#"])
def test_a_strange_host_header_breaks_nothing(client: TestClient, host: str) -> None:
    sent = {"Host": host}
    assert data(client.get("/api/v1/tasks", headers=sent))["items"] == []
    refused(client.delete("/api/v1/tasks", headers=sent), 405, "METHOD_NOT_ALLOWED")
    refused(client.get("/nowhere", headers=sent), 404, "NOT_FOUND")


def test_a_request_id_is_taken_from_the_client_when_it_is_a_plain_word(client: TestClient) -> None:
    def answered(sent: str) -> str:
        return client.get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"]

    assert answered("trace-42") == "trace-42"
    assert answered("two words") != "two words"
    assert answered("x" * 65) != "x" * 65


def test_an_unexpected_exception_tells_nothing_of_the_inside(
    client: TestClient, services: ApiServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(services.database, "get_task", fail)
    with capture_logs([merge_contextvars, format_exc_info]) as logged:
        answer = client.get("/api/v1/tasks/task_1")
    body = refused(answer, 500, "INTERNAL_ERROR")
    assert "secret" not in answer.text
    (entry,) = (entry for entry in logged if "secret of the house" in entry.get("exception", ""))
    assert entry["request_id"] == body["request_id"]


def test_the_words_of_a_driver_are_logged_and_not_told(
    client: TestClient, services: ApiServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise UnavailableError("Access denied for user 'agent'@'10.1.2.3'.", told="It is away.", part="database")

    monkeypatch.setattr(services.database, "get_task", fail)
    with capture_logs() as logged:
        body = refused(client.get("/api/v1/tasks/task_1"), 503, "UNAVAILABLE")
    assert (body["error"], body["details"]) == ("It is away.", {"part": "database"})
    assert any("10.1.2.3" in entry.get("error", "") for entry in logged)


@pytest.mark.usefixtures("broken_database")
def test_a_database_that_does_not_answer_is_503_with_retry_after(client: TestClient) -> None:
    answer = post(client, b'{"prompt": "x"}')
    refused(answer, 503, "UNAVAILABLE")
    assert answer.headers["Retry-After"] == "2"
    refused(client.get("/api/v1/tasks/task_1"), 503, "UNAVAILABLE")
    refused(client.get("/api/v1/tasks/task_1/events"), 503, "UNAVAILABLE")
