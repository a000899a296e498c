"""Files in S3: by the API where clients cannot reach it, by signed addresses where they can."""

import asyncio
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from cluster.client import AsyncClient, Client
from serve_apps.api.main import create_app
from serve_apps.api.services import ApiServices
from storage.documents.poster import PosterDocument
from storage.objects.s3 import S3Store
from tests.api.conftest import Workshop, claimed, data, finish, new_task, refused
from tests.api.test_seed_client import TASK
from tests.pictures import encoded, psd
from tests.seed_client import Workflow, sdk
from tests.servers.buckets import s3_settings
from tests.servers.shared import s3_endpoint
from tests.serving import served


@pytest.fixture(params=["served by the API", "at a public endpoint"])
def public(request: pytest.FixtureRequest) -> str:
    """The public endpoint; none in the first case."""
    return s3_endpoint()[0].replace("127.0.0.1", "localhost") if "public" in request.param else ""


@pytest.fixture
def s3_services(services: ApiServices, tmp_path: Path, public: str) -> ApiServices:
    objects = S3Store(s3_settings(tmp_path, s3_public_endpoint=public))
    return replace(services, objects=objects, workshop=Workshop(services.database, objects))


@pytest.fixture
def app(s3_services: ApiServices) -> FastAPI:
    return create_app(s3_services)


@pytest.fixture
def http(app: FastAPI) -> Iterator[httpx.Client]:
    """A plain client that follows redirects and knows no S3; it shows a key, as most do."""
    with served(app) as address, httpx.Client(
        base_url=address, timeout=30, follow_redirects=True, headers={"Authorization": "Bearer any"}
    ) as client:  # fmt: skip
        yield client


@pytest.fixture
def s3_poster(s3_services: ApiServices) -> PosterDocument:
    task_id = new_task(s3_services)
    return finish(s3_services, task_id, claimed(s3_services, task_id))


def host(answer: httpx.Response) -> str | None:
    return urlsplit(str(answer.url)).hostname


@pytest.mark.parametrize(
    ("path", "content_type", "name"),
    [
        ("/posters/{}/preview", "image/jpeg", None),
        ("/posters/{}/preview?format=png", "image/png", None),
        ("/api/v1/posters/{}/export?format=png", "image/png", "png"),
        ("/api/v1/posters/{}/export?format=psd", "image/vnd.adobe.photoshop", "psd"),
    ],
)
def test_each_file_comes_whole_with_type_and_name(
    http: httpx.Client, s3_poster: PosterDocument, public: str, path: str, content_type: str, name: str | None
) -> None:
    answer = http.get(path.format(s3_poster.poster.id))
    assert answer.status_code == 200, answer.text
    assert answer.content.endswith(b"of version 1")
    assert answer.headers["Content-Type"] == content_type
    assert (name is None) == ("Content-Disposition" not in answer.headers)
    assert name is None or f'.{name}"' in answer.headers["Content-Disposition"]
    assert host(answer) == ("localhost" if public else "127.0.0.1")
    if public:
        (redirect,) = answer.history
        assert (redirect.status_code, redirect.headers["Cache-Control"]) == (307, "no-store")


def test_preview_follows_an_edit(http: httpx.Client, s3_poster: PosterDocument) -> None:
    address = data(http.get(f"/api/v1/posters/{s3_poster.poster.id}"))["preview_url"]
    assert http.get(address).content == b"jpg of version 1"
    element = s3_poster.elements[s3_poster.layers[1].id][0]
    data(http.put(f"/api/v1/elements/{element.id}", json={"content": {"text": "晨曲"}}))
    assert http.get(address).content == b"jpg of version 2"


def test_upload_comes_back_and_the_missing_is_not_found(http: httpx.Client, s3_services: ApiServices) -> None:
    picture = encoded(30, 20)
    stored = data(http.post("/api/v1/storage/upload", files={"file": ("a.png", picture)}))
    assert http.get(stored["url"]).content == picture
    s3_services.objects.put("art/one.svg", b"<svg/>", "image/svg+xml")
    assert "attachment" in http.get("/api/v1/objects/art/one.svg").headers["Content-Disposition"]
    refused(http.get("/api/v1/objects/art/two.svg"), 404, "OBJECT_NOT_FOUND")


def test_the_printed_workflow_runs_and_its_files_are_shown(http: httpx.Client) -> None:
    task_id = data(http.post("/api/v1/tasks", json=TASK))["id"]

    async def flow() -> None:
        async with sdk.BackendClient(str(http.base_url).rstrip("/"), "any key") as backend:
            await Workflow(backend, encoded(1080, 1920), psd(108, 192), "").execute(task_id)

    asyncio.run(flow())
    result = data(http.get(f"/api/v1/tasks/{task_id}"))["result"]
    poster = data(http.get(f"/api/v1/posters/{result['poster_id']}"))
    for address in (poster["preview_url"], result["preview"]):
        with Image.open(io.BytesIO(http.get(address).content)) as picture:
            assert picture.size == (1080, 1920)
    assert http.get(poster["source_url"]).content == psd(108, 192)


def test_the_client_library_fetches_files(http: httpx.Client, s3_poster: PosterDocument) -> None:
    with Client(str(http.base_url), "any key") as client:
        assert client.export_poster(s3_poster.poster.id, "psd") == b"psd of version 1"

    async def export() -> bytes:
        async with AsyncClient(str(http.base_url), "any key") as client:
            return await client.export_poster(s3_poster.poster.id, "jpg")

    assert asyncio.run(export()) == b"jpg of version 1"


def test_deleting_a_poster_takes_its_files(
    http: httpx.Client, s3_poster: PosterDocument, s3_services: ApiServices
) -> None:
    assert len(list(s3_services.objects.listed())) == 3
    assert http.delete(f"/api/v1/posters/{s3_poster.poster.id}").status_code == 200
    assert list(s3_services.objects.listed()) == []
