"""References of a new task: which are taken, how they are kept, and that another user's are not there."""

import struct
from typing import Any

import pytest
from starlette.testclient import TestClient

from serve_apps.api.services import ApiServices
from tests.api.conftest import claimed, data, document_of, fields, new_task, refused, store_files
from tests.api.keyed import KEYS, client_of, keyed
from tests.pictures import encoded, psd

PNG = encoded(60, 40, "PNG")


def upload(client: TestClient, content: bytes = PNG) -> dict[str, Any]:
    return data(client.post("/api/v1/storage/upload", files={"file": ("a.png", content)}))  # type: ignore[no-any-return]


def create(client: TestClient, *references: str, **body: Any) -> Any:
    return client.post("/api/v1/tasks", json={"prompt": "一张海报", "reference": list(references), **body})


def test_an_upload_is_taken_in_every_form_that_names_it(client: TestClient, services: ApiServices) -> None:
    stored = upload(client)
    path = f"/api/v1/objects/{stored['key']}"
    task = data(create(client, stored["url"], stored["key"], path))
    # Kept without the host's name, answered as addresses that can be fetched.
    assert services.database.get_task(task["id"]).input_params.reference == [path] * 3
    assert task["input_params"]["reference"] == [stored["url"]] * 3
    assert client.get(task["input_params"]["reference"][0]).content == PNG
    again = data(client.get(f"/api/v1/tasks/{task['id']}"))
    assert again["input_params"] == task["input_params"]


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_pictures_are_taken(client: TestClient, format: str) -> None:
    assert create(client, upload(client, encoded(60, 40, format))["key"]).status_code == 200


def test_an_https_address_is_kept_and_not_fetched(client: TestClient) -> None:
    url = "https://pictures.invalid/a.jpg?size=large#top"
    assert data(create(client, url))["input_params"]["reference"] == [url]


@pytest.mark.parametrize("content", [encoded(60, 40, "GIF"), psd(60, 40), b"%PDF-1.7\n%%EOF\n"])
def test_an_upload_that_is_no_shown_picture_is_refused(client: TestClient, content: bytes) -> None:
    answer = create(client, upload(client, content)["key"])
    assert fields(answer) == ["reference.0"]
    assert "PNG, JPEG or WebP" in answer.json()["error"]


def test_an_upload_of_too_many_pixels_is_refused(client: TestClient) -> None:
    stored = upload(client, PNG[:16] + struct.pack(">II", 9_000, 9_000) + PNG[24:])
    assert "9000 x 9000" in refused(create(client, stored["key"]), 400, "INVALID_ARGUMENT")["error"]


@pytest.mark.parametrize(("reference", "says"), [
    ("http://example.com/a.jpg", "https://"), ("file:///etc/passwd", "https://"), ("a.jpg", "https://"),
    ("data:image/png;base64,AAAA", "https://"), ("http://testserver/api/v1/objects/posters/x/a.png", "https://"),
    ("/api/v1/objects/posters/x/a.png", "https://"), ("/etc/passwd", "https://"),
    ("https://user:pw@example.com/a.jpg", "password"), ("https://example.com:8080/a.jpg", "port 443"),
    ("https://127.0.0.1/a.jpg", "public"), ("https://[::1]/", "public"), ("https://localhost/", "public"),
    ("https://169.254.169.254/latest/meta-data", "public"),
    ("uploads/../posters/a.png", "no upload of yours"), ("uploads/", "no upload of yours"),
    ("uploads/0123456789abcdef.png", "no upload of yours"),
])  # fmt: skip
def test_anything_else_is_refused_with_what_to_do(client: TestClient, reference: str, says: str) -> None:
    answer = create(client, "https://example.com/fine.jpg", reference)
    assert fields(answer) == ["reference.1"]
    assert says in answer.json()["error"]
    assert data(client.get("/api/v1/tasks"))["items"] == []


def test_every_bad_one_is_named(client: TestClient) -> None:
    assert fields(create(client, "a", "https://example.com/", "b")) == ["reference.0", "reference.2"]


def test_too_many_are_refused(client: TestClient) -> None:
    assert fields(create(client, *["https://example.com/"] * 11)) == ["reference"]


def test_another_users_upload_is_as_if_it_were_not_there(services: ApiServices) -> None:
    services = keyed(services)
    with client_of(services, KEYS["user_a"]) as a, client_of(services, KEYS["user_b"]) as b:
        of_a = upload(a)
        assert create(a, of_a["key"]).status_code == 200
        for form in (of_a["key"], of_a["url"]):
            stolen = refused(create(b, form), 400, "INVALID_ARGUMENT")
            unknown = refused(create(b, form.replace(of_a["key"][8:40], "0" * 32)), 400, "INVALID_ARGUMENT")
            assert stolen["error"] == unknown["error"]
            assert stolen["details"] == unknown["details"]


def test_a_posters_pictures_are_its_owners_and_go_with_it(services: ApiServices) -> None:
    services = keyed(services)
    task_id = new_task(services, user="user_a")
    document = document_of(task_id)
    document = document.model_copy(update={"poster": document.poster.model_copy(update={"user_id": "user_a"})})
    files = store_files(services.objects, document.poster.id, 1)
    services.database.complete_task(task_id, claimed(services, task_id), document, files, {"verdict": "pass"})
    key = f"posters/{document.poster.id}/pictures/1.png"
    services.objects.put(key, PNG, "image/png")
    with client_of(services, KEYS["user_a"]) as a, client_of(services, KEYS["user_b"]) as b:
        assert a.get(f"/api/v1/objects/{key}").content == PNG
        refused(b.get(f"/api/v1/objects/{key}"), 404, "OBJECT_NOT_FOUND")
        assert a.delete(f"/api/v1/tasks/{task_id}").status_code == 200
        refused(a.get(f"/api/v1/objects/{key}"), 404, "OBJECT_NOT_FOUND")
    assert not services.objects.exists(key)


def test_a_retry_keeps_the_references(client: TestClient) -> None:
    stored = upload(client)
    task = data(create(client, stored["key"]))
    client.post(f"/api/v1/tasks/{task['id']}/cancel")
    assert data(client.post(f"/api/v1/tasks/{task['id']}/retry"))["input_params"]["reference"] == [stored["url"]]


def test_the_same_wish_under_one_key_is_answered_once(client: TestClient) -> None:
    stored = upload(client)
    body = {"prompt": "一张海报", "reference": [stored["url"]]}
    answers = [client.post("/api/v1/tasks", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert data(answers[0])["id"] == data(answers[1])["id"]
