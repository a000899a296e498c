"""Uploads: what is taken, what is refused, and how it comes back."""

import dataclasses
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from configs.settings import Settings
from serve_apps.api.main import create_app
from serve_apps.api.services import ApiServices
from serve_apps.api.sniffing import sniff
from tests.api.conftest import Workshop, data, fields, refused
from tests.pictures import encoded, psd
from tests.serving import served

PATH = "/api/v1/storage/upload"
FILES = {
    "image/png": encoded(30, 20, "PNG"),
    "image/jpeg": encoded(30, 20, "JPEG"),
    "image/webp": encoded(30, 20, "WEBP"),
    "image/gif": encoded(30, 20, "GIF"),
    "image/vnd.adobe.photoshop": psd(30, 20),
    "application/pdf": b"%PDF-1.7\n%%EOF\n",
}
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def send(client: TestClient, content: bytes, name: str = "a.jpg"):
    return client.post(PATH, files={"file": (name, content)})


@pytest.mark.parametrize("content_type", FILES)
def test_a_file_comes_back_byte_for_byte_under_its_own_type(client: TestClient, content_type: str) -> None:
    content = FILES[content_type]
    stored = data(send(client, content, "misleading.svg"))
    assert (stored["content_type"], stored["size"]) == (content_type, len(content))
    assert stored["url"] == f"http://testserver/api/v1/objects/{stored['key']}"
    answer = client.get(stored["url"])
    assert answer.content == content
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    shown = content_type in {"image/png", "image/jpeg", "image/webp", "image/gif"}
    assert ("Content-Disposition" in answer.headers) != shown


def test_a_multipart_body_under_another_type_is_read_by_its_own_boundary(client: TestClient) -> None:
    """What aiohttp sends when its session has a default Content-Type."""
    head = b'--f00\r\nContent-Type: image/any\r\nContent-Disposition: form-data; name="file"; filename="p.jpg"\r\n\r\n'
    body = head + FILES["image/jpeg"] + b"\r\n--f00--\r\n"
    answer = client.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert client.get(data(answer)["url"]).content == FILES["image/jpeg"]
    in_pieces = client.post(PATH, content=(body[at : at + 7] for at in range(0, len(body), 7)))
    assert client.get(data(in_pieces)["url"]).content == FILES["image/jpeg"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/abs", "a\\..\\b", "x" * 300, "夜.png", "a\x00b", ""])
def test_a_name_never_becomes_a_path(client: TestClient, services: ApiServices, name: str) -> None:
    answer = send(client, FILES["image/png"], name or "file")
    key = data(answer)["key"]
    folder, _, plain = key.partition("/")
    assert folder == "uploads"
    assert len(plain) == len("0" * 32 + ".png") and plain.endswith(".png")
    assert services.objects.exists(key)


@pytest.mark.parametrize("content", [HTML, SVG, b"", b"MZ\x90\x00", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a"])
def test_other_kinds_are_refused(client: TestClient, services: ApiServices, content: bytes) -> None:
    refused(send(client, content, "a.png"), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert not list((services.settings.objects_path / "data").glob("uploads/*"))


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"--\r\n", b"--b", b"--b\r\n", b"--b--\r\n", b"x" * 5000,
     b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n',
     b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nunfinished',
     b"--b\r\n" + b"A" * 9000 + b": x\r\n\r\nx\r\n--b--\r\n",
     b"--b\r\n\x00\x01\r\n\r\nx\r\n--b--\r\n"],
)  # fmt: skip
def test_a_body_without_a_whole_file_is_refused(client: TestClient, body: bytes) -> None:
    for content_type in ("multipart/form-data; boundary=b", "application/json"):
        assert fields(client.post(PATH, content=body, headers={"Content-Type": content_type})) == ["file"]


def png_header(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def test_a_picture_of_too_many_pixels_is_refused_unread(client: TestClient) -> None:
    assert fields(send(client, png_header(10_001, 10_000))) == ["file"]
    assert data(send(client, png_header(10_000, 10_000)))["content_type"] == "image/png"
    bomb = bytearray(psd(30, 20))
    bomb[14:22] = struct.pack(">II", 30_000, 30_000)
    assert fields(send(client, bytes(bomb))) == ["file"]


@pytest.fixture
def small_client(tmp_path: Path, services: ApiServices) -> Iterator[TestClient]:
    limited = Settings(data=tmp_path, max_upload_bytes=1000)
    workshop = Workshop(services.database, services.objects)
    app: FastAPI = create_app(dataclasses.replace(services, settings=limited, workshop=workshop))
    with TestClient(app) as client:
        yield client


def test_a_file_over_the_cap_is_refused(small_client: TestClient) -> None:
    small = FILES["image/gif"]
    assert data(send(small_client, small + b"\0" * (1000 - len(small))))["size"] == 1000
    refused(send(small_client, small + b"\0" * (1001 - len(small))), 413, "BODY_TOO_LARGE")
    refused(send(small_client, b"\0" * 200_000), 413, "BODY_TOO_LARGE")


def test_a_file_over_the_cap_is_refused_without_its_length_given(small_client: TestClient) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
    endless = (head if index == 0 else b"\0" * 500 for index in range(10_000))
    refused(small_client.post(PATH, content=endless), 413, "BODY_TOO_LARGE")


def test_a_large_file_is_more_than_any_other_body(client: TestClient) -> None:
    content = FILES["image/png"] + b"\0" * (3 * 2**20)
    assert data(send(client, content))["size"] == len(content)


@pytest.mark.parametrize("content_type", [name for name in FILES if name != "application/pdf"])
def test_the_size_of_a_picture_is_read_from_its_header(content_type: str) -> None:
    kind = sniff(FILES[content_type])
    assert kind is not None
    assert (kind.content_type, kind.width, kind.height) == (content_type, 30, 20)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(name=st.sampled_from(sorted(FILES)), cut=st.integers(0, 400), noise=st.binary(max_size=40))
def test_broken_bytes_are_no_error(name: str, cut: int, noise: bytes) -> None:
    kind = sniff(FILES[name][:cut] + noise)
    assert kind is None or kind.content_type in FILES


def test_the_shortest_segments_of_a_jpeg_do_not_cost_time() -> None:
    """Sixteen million of them fit into the largest upload."""
    assert sniff(b"\xff\xd8\xff\xe0\x00\x02" + b"\xff\xe0\x00\x02" * 1_000_000 + FILES["image/jpeg"][2:]) is None


def anonymous_memory() -> int:
    """Bytes of this process that no file stands behind."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


def test_the_largest_uploads_at_once_are_not_held_in_memory(app: FastAPI, services: ApiServices) -> None:
    most, together = services.settings.max_upload_bytes, 3
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="p.png"\r\n\r\n' + FILES["image/png"]
    block = b"\0" * 65536
    peak = before = anonymous_memory()

    def body() -> Iterator[bytes]:
        nonlocal peak
        yield head
        left = most - len(FILES["image/png"])
        while left:
            yield block[: min(left, len(block))]
            left -= min(left, len(block))
            peak = max(peak, anonymous_memory())
        yield b"\r\n--b--\r\n"

    def upload(url: str) -> httpx.Response:
        with httpx.Client(base_url=url, timeout=300, trust_env=False) as client:
            return client.post(PATH, content=body(), headers={"Content-Type": "multipart/form-data; boundary=b"})

    with served(app) as url, ThreadPoolExecutor(together) as pool:
        answers = list(pool.map(upload, [url] * together))
        peak = max(peak, anonymous_memory())
    assert [data(answer)["size"] for answer in answers] == [most] * together
    assert len({data(answer)["key"] for answer in answers}) == together
    assert peak - before < most / 2, f"{(peak - before) / 2**20:.0f} MiB more for {together} x {most / 2**20:.0f} MiB"
    assert not [entry for entry in services.settings.data.iterdir() if entry.name.startswith("tmp")]
