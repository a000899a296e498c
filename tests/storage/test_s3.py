"""What only S3 has: a server that fails, signed addresses, TLS, styles of address."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from typing_extensions import override

from configs.settings import Settings
from storage.errors import ObjectNotFound, UnavailableError
from storage.objects.s3 import S3Store
from tests.cluster.cutting import wire
from tests.contract.helpers import together
from tests.servers.buckets import s3_settings
from tests.servers.certificates import make_certificate
from tests.servers.process import free_ports
from tests.servers.seaweed import ACCESS_KEY, SECRET_KEY, SeaweedFs

READER_KEY = "test-reader"
# What is bounded must end within this, on a busy machine too; unbounded it would not end at all.
BOUNDED_SECONDS = 90
# For who asks a server that is away.
HURRIED = {"s3_silent_seconds": 1, "s3_patience_seconds": 1}


class Weed(SeaweedFs):
    """With an identity that may only read, and options of the test's own."""

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__(folder)
        self._options = options

    @override
    def prepare(self) -> None:
        super().prepare()
        path = self.folder / "identities.json"
        identities = json.loads(path.read_text())
        credentials = [{"accessKey": READER_KEY, "secretKey": SECRET_KEY}]
        identities["identities"].append({"name": "reader", "credentials": credentials, "actions": ["Read", "List"]})
        path.write_text(json.dumps(identities))

    @override
    def command(self) -> list[str]:
        return [*super().command(), *self._options]


_TOLD = r"The object store (does not answer|refuses this \(\w+\)); [a-z ]+\.|The object \S+ cannot be deleted: \w+\."


def settings_at(url: str, **changes: Any) -> Settings:
    given = {"s3_endpoint": url, "s3_access_key": ACCESS_KEY, "s3_secret_key": SECRET_KEY, "s3_bucket": "a-bucket",
             "s3_silent_seconds": 20, "s3_patience_seconds": 60}  # fmt: skip
    return Settings(**(given | changes))


@pytest.fixture
def weed(tmp_path: Path) -> Iterator[Weed]:
    server = Weed(tmp_path / "weed")
    server.start()
    yield server
    server.close()


def seconds_until_unavailable(action: Callable[[], object], match: str) -> float:
    begin = time.monotonic()
    with pytest.raises(UnavailableError, match=match) as caught:
        action()
    assert caught.value.details["part"] == "objects"
    # Neither an endpoint nor what a driver says of it.
    assert re.fullmatch(_TOLD, caught.value.told)
    return time.monotonic() - begin


def once_it_answers(action: Callable[[], object]) -> object:
    """What the action gives: while the server counts as away, only one call in a second asks it."""
    deadline = time.monotonic() + BOUNDED_SECONDS
    while True:
        try:
            return action()
        except UnavailableError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def every_call(store: S3Store) -> list[Callable[[], object]]:
    return [
        lambda: store.put("a/new", b"x", "text/plain"), lambda: store.get("a/old"), lambda: store.exists("a/old"),
        lambda: store.delete("a/gone"), lambda: store.delete_under("gone"), lambda: list(store.listed()), store.ping,
    ]  # fmt: skip


def test_many_that_come_first_make_one_bucket(tmp_path: Path) -> None:
    stores = [S3Store(s3_settings(tmp_path)) for _ in range(8)]
    puts = [lambda n=n, s=s: s.put(f"a/{n}", b"x", "text/plain") or True for n, s in enumerate(stores)]
    assert together(puts) == [True] * 8
    assert len(list(stores[0].listed())) == 8


class _SeesLate(BaseHTTPRequestHandler):
    """An S3 service where a bucket that was made is not seen by the first writes."""

    blind = 3

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        is_bucket = urlsplit(self.path).path.count("/") == 1
        if is_bucket or self.blind:
            type(self).blind -= not is_bucket
            code = "BucketAlreadyOwnedByYou" if is_bucket else "NoSuchBucket"
            body = f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode()
            self.send_response(409 if is_bucket else 404)
            self.send_header("Content-Type", "application/xml")
        else:
            body = b""
            self.send_response(200)
            self.send_header("ETag", '"x"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, *_said: object) -> None:
        pass


def test_bucket_that_was_just_made_is_waited_for() -> None:
    server = HTTPServer(("127.0.0.1", 0), _SeesLate)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        store = S3Store(settings_at(f"http://127.0.0.1:{server.server_port}"))
        store.put("a/b", b"x", "text/plain")
        assert _SeesLate.blind == 0
    finally:
        server.shutdown()
        server.server_close()


def test_missing_bucket_holds_nothing_and_is_made_by_the_check(tmp_path: Path) -> None:
    store = S3Store(s3_settings(tmp_path))
    with pytest.raises(ObjectNotFound):
        store.get("a/b")
    assert not store.exists("a/b")
    assert list(store.listed()) == []
    store.delete("a/b")
    store.delete_under("a")
    store.ping()
    assert list(store.listed()) == []


def test_large_object_goes_in_parts_and_comes_back_whole(tmp_path: Path) -> None:
    settings = s3_settings(tmp_path, s3_part_bytes=5 * 2**20)
    store, data = S3Store(settings), bytes(range(256)) * 43_000
    store.put("a/large.psd", data, "image/vnd.adobe.photoshop")
    found = store.get("a/large.psd")
    assert (found.data == data, found.content_type) == (True, "image/vnd.adobe.photoshop")
    etag = httpx.head(_read_address(settings, "a/large.psd"), timeout=60).headers["ETag"]
    assert etag.strip('"').endswith("-3")


def _read_address(settings: Settings, key: str) -> str:
    from minio import Minio

    parts = urlsplit(settings.s3_endpoint)
    assert settings.s3_access_key and settings.s3_secret_key
    client = Minio(parts.netloc, settings.s3_access_key.get_secret_value(), settings.s3_secret_key.get_secret_value(),
                   secure=parts.scheme == "https", region=settings.s3_region)  # fmt: skip
    return client.get_presigned_url("HEAD", settings.s3_bucket, key)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"s3_secret_key": "another"}, "SignatureDoesNotMatch.*S3_SECRET_KEY"),
        ({"s3_access_key": "stranger"}, "InvalidAccessKeyId.*S3_ACCESS_KEY"),
        ({"s3_access_key": READER_KEY}, "AccessDenied.*right to"),
    ],
)
def test_refused_write_is_named_at_once_and_not_tried_again(weed: Weed, changes: dict[str, Any], says: str) -> None:
    S3Store(settings_at(weed.url)).put("a/old", b"old", "text/plain")
    store = S3Store(settings_at(weed.url, s3_patience_seconds=600, **changes))
    assert seconds_until_unavailable(lambda: store.put("a/new", b"x", "text/plain"), says) < BOUNDED_SECONDS
    assert seconds_until_unavailable(store.ping, says) < BOUNDED_SECONDS


def test_who_may_only_read_still_reads(weed: Weed) -> None:
    S3Store(settings_at(weed.url)).put("a/old", b"old", "text/plain")
    store = S3Store(settings_at(weed.url, s3_access_key=READER_KEY))
    assert store.get("a/old").data == b"old"
    seconds_until_unavailable(lambda: store.delete("a/old"), "AccessDenied")
    seconds_until_unavailable(lambda: store.delete_under("a"), "AccessDenied")
    assert store.exists("a/old")


def test_stopped_server_is_unavailable_and_works_again_once_it_is_back(weed: Weed) -> None:
    S3Store(settings_at(weed.url)).put("a/old", b"old", "text/plain")
    store = S3Store(settings_at(weed.url, **HURRIED))
    weed.stop()
    for call in every_call(store):
        assert seconds_until_unavailable(call, "does not answer.*S3_ENDPOINT") < BOUNDED_SECONDS
    weed.start()
    assert once_it_answers(lambda: store.get("a/old").data) == b"old"
    once_it_answers(store.ping)  # it reads before it can write


def test_frozen_server_is_unavailable_and_works_again_once_it_is_thawed(weed: Weed) -> None:
    S3Store(settings_at(weed.url)).put("a/old", b"old", "text/plain")
    store = S3Store(settings_at(weed.url, **HURRIED))
    weed.freeze()
    try:
        for call in every_call(store):
            assert seconds_until_unavailable(call, "does not answer") < BOUNDED_SECONDS
    finally:
        weed.thaw()
    assert once_it_answers(lambda: store.get("a/old").data) == b"old"


def test_many_callers_do_not_all_wait_for_a_server_that_is_away(weed: Weed) -> None:
    S3Store(settings_at(weed.url)).put("a/old", b"old", "text/plain")
    store = S3Store(settings_at(weed.url, **HURRIED | {"s3_patience_seconds": 3}))
    weed.freeze()
    try:
        seconds_until_unavailable(lambda: store.get("a/old"), "does not answer")
        refused = together([lambda: store.get("a/old")] * 30)
        assert all(isinstance(error, UnavailableError) for error in refused)
        begin = time.monotonic()
        for _ in range(30):
            seconds_until_unavailable(lambda: store.get("a/old"), "does not answer")
        # One call a second asks for four seconds, the others fail at once: not 30 times four.
        assert time.monotonic() - begin < 30 * 4 / 2
    finally:
        weed.thaw()
    assert once_it_answers(lambda: store.get("a/old").data) == b"old"


def test_writes_outlast_a_server_that_is_killed_and_started_again(weed: Weed) -> None:
    store = S3Store(settings_at(weed.url, s3_patience_seconds=90))
    store.put("a/0", b"0", "text/plain")
    weed.kill()
    failures: list[Exception] = []

    def write() -> None:
        try:
            for number in range(1, 6):
                store.put(f"a/{number}", str(number).encode(), "text/plain")
        except Exception as error:
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    weed.start()
    writer.join()
    assert failures == []
    assert [store.get(f"a/{number}").data for number in range(6)] == [str(number).encode() for number in range(6)]


def test_cut_answer_is_asked_for_again(weed: Weed) -> None:
    data = bytes(300_000)
    S3Store(settings_at(weed.url)).put("a/old", data, "text/plain")
    with wire(weed.url, 0, 1000, 100_000) as broken:
        store = S3Store(settings_at(broken.url))
        assert store.get("a/old").data == data
        assert broken.connections == 4


def test_answer_that_comes_drop_by_drop_is_given_up(weed: Weed) -> None:
    S3Store(settings_at(weed.url)).put("a/old", bytes(500_000), "text/plain")
    with dripping(weed.port) as url:
        store = S3Store(settings_at(url, s3_silent_seconds=0.5, s3_patience_seconds=0.5))
        assert seconds_until_unavailable(lambda: store.get("a/old"), "does not answer") < BOUNDED_SECONDS


class dripping:  # noqa: N801 - a context manager
    """Passes connections on; answers arrive 1 KB every 0.1 s, so 500 KB would take 50 s."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> str:
        threading.Thread(target=self._run, daemon=True).start()
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _run(self) -> None:
        try:
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                for pump in ((client, server, 0.0), (server, client, 0.1)):
                    threading.Thread(target=self._pump, args=pump, daemon=True).start()
        except OSError:
            return

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket, pause: float) -> None:
        try:
            while piece := source.recv(1024):
                time.sleep(pause)
                sink.sendall(piece)
        except OSError:
            return


def test_without_a_public_endpoint_the_api_serves(tmp_path: Path) -> None:
    assert S3Store(s3_settings(tmp_path)).public_url("a/b", 60) is None


def test_signed_address_works_at_the_public_host_for_who_knows_no_s3(
    weed: Weed, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is the same for some minutes; they do not end here.
    now = time.time()
    monkeypatch.setattr("storage.objects.s3.time.time", lambda: now)
    public = f"http://localhost:{weed.port}"
    store = S3Store(settings_at(weed.url, s3_public_endpoint=public))
    store.put("posters/p/v1/preview.png", b"\x89PNG", "image/png")
    shown = store.public_url("posters/p/v1/preview.png", 60)
    saved = store.public_url("posters/p/v1/preview.png", 60, "夜曲 1.png")
    assert shown and saved and shown.startswith(f"{public}/a-bucket/posters/p/v1/preview.png?")
    answer = httpx.get(shown, timeout=60)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"\x89PNG", "image/png")
    assert "%E5%A4%9C%E6%9B%B2" in httpx.get(saved, timeout=60).headers["Content-Disposition"]
    assert httpx.get(shown.replace("preview.png", "other.png"), timeout=60).status_code == 403
    assert httpx.get(shown.replace("localhost", "127.0.0.1"), timeout=60).status_code == 403
    assert httpx.get(shown.split("?")[0], timeout=60).status_code == 403
    assert store.public_url("posters/p/v1/preview.png", 60) == shown


def test_signed_address_ends(weed: Weed, monkeypatch: pytest.MonkeyPatch) -> None:
    store = S3Store(settings_at(weed.url, s3_public_endpoint=weed.url))
    store.put("a/b", b"x", "text/plain")
    now = time.time()
    monkeypatch.setattr("storage.objects.s3.time.time", lambda: now - 1000)
    address = store.public_url("a/b", 300)
    assert address and httpx.get(address, timeout=60).status_code == 403
    (seconds,) = parse_qs(urlsplit(address).query)["X-Amz-Expires"]
    assert 300 <= int(seconds) <= 900


def test_signing_asks_nobody() -> None:
    (port,) = free_ports(1)
    store = S3Store(settings_at(f"http://127.0.0.1:{port}", s3_public_endpoint="https://files.example.org"))
    address = store.public_url("a/b", 60)
    assert address and address.startswith("https://files.example.org/a-bucket/a/b?")


def test_bucket_in_the_host_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo

    def resolved(host: str, *rest: Any, **more: Any) -> Any:
        return resolve("127.0.0.1" if host == "a-bucket.localhost" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    weed = Weed(tmp_path / "weed", "-s3.domainName=localhost")
    weed.start()
    url = f"http://localhost:{weed.port}"
    store = S3Store(settings_at(url, s3_path_style=False, s3_public_endpoint=url))
    store.put("a/b", b"x", "text/plain")
    assert store.get("a/b").data == b"x"
    address = store.public_url("a/b", 60)
    assert address and address.startswith(f"http://a-bucket.localhost:{weed.port}/a/b?")
    assert httpx.get(address, timeout=60).content == b"x"
    assert S3Store(settings_at(url)).get("a/b").data == b"x"
    weed.close()


def test_tls_by_an_authority_of_ones_own(tmp_path: Path) -> None:
    made, stranger = make_certificate(tmp_path / "tls"), make_certificate(tmp_path / "stranger")
    (port,) = free_ports(1)
    weed = Weed(tmp_path / "weed", f"-s3.cert.file={made.certificate}", f"-s3.key.file={made.key}",
                f"-s3.port.https={port}")  # fmt: skip
    weed.start()
    url = f"https://127.0.0.1:{port}"
    store = S3Store(settings_at(url, ca_file=made.authority))
    store.put("a/b", b"x", "text/plain")
    assert store.get("a/b").data == b"x"
    for wrong in ({"ca_file": stranger.authority}, {}):
        other = S3Store(settings_at(url, s3_patience_seconds=600, **wrong))
        assert seconds_until_unavailable(lambda s=other: s.get("a/b"), "TLS fails.*CA_FILE") < BOUNDED_SECONDS
    with pytest.raises(UnavailableError, match="TLS files"):
        S3Store(settings_at(url, ca_file=made.key))
    weed.close()


def test_objects_are_encrypted_by_the_server(weed: Weed) -> None:
    settings = settings_at(weed.url, s3_encryption="AES256", s3_part_bytes=5 * 2**20)
    store = S3Store(settings)
    for key, data in (("a/small", b"x"), ("a/large", bytes(6 * 2**20))):
        store.put(key, data, "text/plain")
        assert store.get(key).data == data
        assert httpx.head(_read_address(settings, key), timeout=60).headers["X-Amz-Server-Side-Encryption"] == "AES256"


def test_key_of_a_key_service_is_named_in_the_request() -> None:
    # The server of the tests has no key service, so only what is asked for can be seen.
    asked: dict[str, str] = {}

    class Server(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            asked.update({name.lower(): value for name, value in self.headers.items()})
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        # It may be tried again.
        threading.Thread(target=server.serve_forever).start()
        store = S3Store(
            settings_at(f"http://127.0.0.1:{server.server_port}", s3_encryption="aws:kms", s3_kms_key="key-1")
        )
        store.put("a/b", b"x", "text/plain")
        server.shutdown()
    assert asked["x-amz-server-side-encryption"] == "aws:kms"
    assert asked["x-amz-server-side-encryption-aws-kms-key-id"] == "key-1"
