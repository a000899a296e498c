"""Posters over HTTP: reading, files, and what a cache may keep."""

import re
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from serve_apps.api.services import ApiServices
from storage.documents.poster import PosterDocument
from storage.errors import UnavailableError
from tests.api.conftest import JPG, PNG, PSD, Workshop, claimed, data, fields, finish, new_task, refused


def edit(client: TestClient, poster: PosterDocument) -> None:
    element = next(element for element in poster.walk() if element.type == "text")
    data(client.put(f"/api/v1/elements/{element.id}", json={"content": {"text": "new"}}))


def test_a_poster_is_read_with_links_that_resolve(client: TestClient, poster: PosterDocument) -> None:
    found = data(client.get(f"/api/v1/posters/{poster.poster.id}"))
    assert found["title"] == poster.poster.title
    assert found["version"] == 1
    assert client.get(found["preview_url"]).content == b"jpg of version 1"
    assert client.get(found["source_url"]).content == b"psd of version 1"


def test_full_has_layers_in_order_and_their_elements(client: TestClient, poster: PosterDocument) -> None:
    full = data(client.get(f"/api/v1/posters/{poster.poster.id}/full"))
    assert [layer["id"] for layer in full["layers"]] == [layer.id for layer in poster.layers]
    for layer in poster.layers:
        assert [entry["id"] for entry in full["elements"][layer.id]] == [
            entry.id for entry in poster.elements[layer.id]
        ]
    assert full["poster"] == data(client.get(f"/api/v1/posters/{poster.poster.id}"))


def test_posters_are_listed_by_task(client: TestClient, services: ApiServices, poster: PosterDocument) -> None:
    other = new_task(services)
    finish(services, other, claimed(services, other))
    assert len(data(client.get("/api/v1/posters"))["items"]) == 2
    of_task = data(client.get("/api/v1/posters", params={"task_id": poster.poster.task_id}))
    assert [item["id"] for item in of_task["items"]] == [poster.poster.id]
    assert of_task["next"] is None
    assert data(client.get("/api/v1/posters", params={"task_id": "task_none"}))["items"] == []
    assert fields(client.get("/api/v1/posters?limit=0&task_id=%20")) == ["task_id", "limit"]


@pytest.mark.parametrize(("suffix", "content_type"), [("png", PNG), ("jpg", JPG), ("psd", PSD)])
def test_a_file_is_exported_as_a_download_with_a_safe_name(
    client: TestClient, poster: PosterDocument, suffix: str, content_type: str
) -> None:
    answer = client.get(f"/api/v1/posters/{poster.poster.id}/export", params={"format": suffix})
    assert answer.status_code == 200
    assert answer.content == f"{suffix} of version 1".encode()
    assert answer.headers["Content-Type"] == content_type
    disposition = answer.headers["Content-Disposition"]
    plain, full = re.fullmatch(r"attachment; filename=\"([^\"]+)\"; filename\*=UTF-8''(\S+)", disposition).groups()
    assert re.fullmatch(r"[A-Za-z0-9._-]+", plain)
    assert "夜" in unquote(full)
    for name in (plain, unquote(full)):
        assert name.endswith(f"{poster.poster.id}.{suffix}")
        assert not set(name) & set('/\\:*?"<>|\r\n')
        assert ".." not in name


def test_export_as_json_is_the_data_of_full(client: TestClient, poster: PosterDocument) -> None:
    answer = client.get(f"/api/v1/posters/{poster.poster.id}/export?format=json")
    assert answer.json() == data(client.get(f"/api/v1/posters/{poster.poster.id}/full"))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    PosterDocument.model_validate(answer.json())


def test_a_preview_is_jpeg_or_png(client: TestClient, poster: PosterDocument) -> None:
    path = f"/posters/{poster.poster.id}/preview"
    assert client.get(path).headers["Content-Type"] == JPG
    assert client.get(f"{path}?format=png").headers["Content-Type"] == PNG
    assert client.get(path).headers["X-Content-Type-Options"] == "nosniff"
    assert fields(client.get(f"{path}?format=gif")) == ["format"]


def test_a_client_with_the_current_copy_gets_304(client: TestClient, poster: PosterDocument) -> None:
    path = f"/posters/{poster.poster.id}/preview"
    etag = client.get(path).headers["ETag"]
    for sent in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = client.get(path, headers={"If-None-Match": sent})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(f"{path}?format=png").headers["ETag"] != etag


def test_a_preview_is_never_stale(client: TestClient, poster: PosterDocument, workshop: Workshop) -> None:
    path = f"/posters/{poster.poster.id}/preview"
    old = client.get(path).headers["ETag"]
    edit(client, poster)
    answer = client.get(path, headers={"If-None-Match": old})
    assert answer.status_code == 200
    assert answer.content == b"jpg of version 2"
    assert answer.headers["ETag"] != old
    psd = client.get(f"/api/v1/posters/{poster.poster.id}/export?format=psd")
    assert psd.content == b"psd of version 2"
    assert workshop.drawn == [(poster.poster.id, 2)]


def test_a_file_that_nobody_can_draw_now_is_503(client: TestClient, poster: PosterDocument, workshop: Workshop) -> None:
    edit(client, poster)
    workshop.failure = TimeoutError()
    answer = client.get(f"/posters/{poster.poster.id}/preview")
    refused(answer, 503, "UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) > 0
    workshop.failure = UnavailableError("Nobody draws.")
    refused(client.get(f"/api/v1/posters/{poster.poster.id}/export"), 503, "UNAVAILABLE")


@pytest.mark.parametrize(
    "path",
    ["/api/v1/posters/{}", "/api/v1/posters/{}/full", "/api/v1/posters/{}/export?format=json",
     "/api/v1/posters/{}/export", "/posters/{}/preview"],
)  # fmt: skip
@pytest.mark.parametrize("poster_id", ["poster_000000000000", "..", "%00", "x" * 51])
def test_an_unknown_poster_is_not_found(client: TestClient, path: str, poster_id: str) -> None:
    answer = client.get(path.format(poster_id))
    refused(answer, 404, "POSTER_NOT_FOUND" if poster_id != ".." else "NOT_FOUND")
