"""The guard at work against a real server: where it connects, what it takes, when it stops."""

import gzip
import ssl
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest

from pipelines.models.references import NoPicture
from serve_apps.references.fetching import REDIRECTS
from serve_apps.references.network import Deadline, GuardedNetwork
from tests.pictures import encoded
from tests.references.web import HERE, NAME, Web, authority, body, moved, trusting

PNG = encoded(60, 40, "PNG")
# Longer than any limit used here, with room for a busy machine.
PATIENCE = 90.0


def refused(web: Web, path: str, **changes: object) -> str:
    with pytest.raises(NoPicture) as caught:
        web.references(**changes).fetch(web.url(path))
    return str(caught.value)


def test_a_picture_is_fetched_under_its_name(web: Web) -> None:
    web.pages["/a.png"] = body(PNG)
    assert web.references().fetch(web.url("/a.png")) == PNG
    (headers,) = web.headers
    assert headers["Host"] == f"{NAME}:{web.port}"
    assert not {"Authorization", "Cookie", "Referer"} & set(headers)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_the_bytes_decide_what_it_is_whatever_it_is_called(web: Web, format: str) -> None:
    picture = encoded(60, 40, format)
    web.pages["/a"] = body(picture, "text/html")
    assert web.references().fetch(web.url("/a")) == picture


@pytest.mark.parametrize("data", [
    b"<html><body>no picture</body></html>", b'<svg xmlns="http://www.w3.org/2000/svg"/>', encoded(60, 40, "GIF"), b"",
    b"%PDF-1.7", b"\x89PNG\r\n\x1a\n",
])  # fmt: skip
def test_what_is_no_picture_is_refused_whatever_it_is_called(web: Web, data: bytes) -> None:
    web.pages["/a.png"] = body(data, "image/png")
    assert "PNG, JPEG or WebP" in refused(web, "/a.png")


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(web: Web) -> None:
    web.pages["/bomb.png"] = body(PNG[:16] + struct.pack(">II", 100_000, 100_000) + PNG[24:])
    assert "100000 x 100000" in refused(web, "/bomb.png")


# where it connects


def test_a_name_with_a_private_address_among_its_addresses_is_not_connected_to(web: Web) -> None:
    web.pages["/a.png"] = body(PNG)
    web.names[NAME] = [[HERE, "10.0.0.1"]]
    assert "public internet" in refused(web, "/a.png")
    assert web.asked == []


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(web: Web) -> None:
    """A name that changes between two look-ups: there is only one look-up, and its answer is used."""
    web.names[NAME] = [[HERE], ["127.0.0.2"]]
    network = GuardedNetwork(Deadline.after(60), web.resolve, lambda address: address == HERE)
    stream = network.connect_tcp(NAME, web.port)
    assert network.connected == [HERE]
    assert stream.get_extra_info("socket").getpeername()[0] == HERE
    assert web.looked_up[NAME] == 1
    stream.close()


def test_a_name_that_turns_private_between_two_hops_is_refused(web: Web) -> None:
    web.pages["/a.png"] = moved(web.url("/b.png"))
    web.pages["/b.png"] = body(PNG)
    web.names[NAME] = [[HERE], ["192.168.0.1"]]
    assert "public internet" in refused(web, "/a.png")
    assert web.asked == ["/a.png"]


def test_loopback_is_refused_by_the_real_rule(web: Web) -> None:
    from serve_apps.references.policy import is_public

    web.pages["/a.png"] = body(PNG)
    assert "public internet" in refused(web, "/a.png", allowed=is_public)
    assert web.asked == []


def test_the_certificate_must_be_valid_for_the_name(web: Web) -> None:
    web.pages["/a.png"] = body(PNG)
    web.names["other.test"] = [[HERE]]
    with pytest.raises(NoPicture, match="certificate"):
        web.references().fetch(web.url("/a.png", "other.test"))
    assert web.looked_up["other.test"] == 1  # not tried again
    strangers, _ = authority()
    assert "certificate" in refused(web, "/a.png", tls=trusting(strangers))
    assert web.asked == []


def test_tls_that_is_none_is_refused(web: Web) -> None:
    old = ssl.create_default_context()
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers("AES128-SHA")  # nothing that the server speaks
    assert "could not be reached" in refused(web, "/a.png", tls=old, attempts=1)


# redirects


def test_redirects_are_followed_as_often_as_allowed(web: Web) -> None:
    for hop in range(REDIRECTS):
        web.pages[f"/{hop}"] = moved(f"/{hop + 1}" if hop % 2 else web.url(f"/{hop + 1}"))
    web.pages[f"/{REDIRECTS}"] = body(PNG)
    assert web.references().fetch(web.url("/0")) == PNG
    web.pages[f"/{REDIRECTS}"] = moved("/end")
    web.pages["/end"] = body(PNG)
    assert f"more than {REDIRECTS} times" in refused(web, "/0")


@pytest.mark.parametrize("to", [
    "http://pictures.test/a.png", "https://127.0.0.1/a.png", "https://[::ffff:10.0.0.1]/", "https://user:pw@pictures.test/",
    "https://pictures.test:99999/", "https://[", "https://xn--/", " ", "https://pictures.test\t@x/",
    "https://pictures.test:1/", "file:///etc/passwd", "gopher://pictures.test/", "",
])  # fmt: skip
def test_a_redirect_is_checked_like_the_first_address(web: Web, to: str) -> None:
    web.pages["/a.png"] = moved(to)
    refused(web, "/a.png")
    assert web.asked == ["/a.png"]


def test_a_redirect_to_a_name_that_is_private_is_refused(web: Web) -> None:
    web.names["inner.test"] = [["10.0.0.1"]]
    web.pages["/a.png"] = moved(web.url("/x", "inner.test"))
    assert "public internet" in refused(web, "/a.png")


# bytes and time


def test_an_endless_body_is_cut_at_the_limit(web: Web) -> None:
    sent = 0

    def endless(request: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        request.send_response(200)
        request.end_headers()
        while True:
            sent += request.wfile.write(PNG + bytes(65536))

    web.pages["/endless"] = endless
    started = time.monotonic()
    assert "larger than" in refused(web, "/endless", most_bytes=2**20, seconds=600.0)
    assert time.monotonic() - started < PATIENCE
    assert sent < 64 * 2**20  # what the sockets' buffers took on top


def test_a_length_beyond_the_limit_is_believed(web: Web) -> None:
    web.pages["/large"] = body(PNG, Content_Length=str(10**12))
    assert "larger than" in refused(web, "/large")


def test_compressed_answers_are_refused(web: Web) -> None:
    web.pages["/bomb"] = body(gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")
    assert "compressed" in refused(web, "/bomb")
    assert web.headers[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("drip_headers", [True, False])
def test_an_answer_that_drips_ends_with_the_time(web: Web, drip_headers: bool) -> None:
    stop = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        if not drip_headers:
            request.send_response(200)
            request.end_headers()
        while not stop.wait(0.1):
            request.wfile.write(b"x" if not drip_headers else b"HTTP/1.1 200 OK\r\nX-A: b\r\n"[:1])

    web.pages["/slow"] = drip
    started = time.monotonic()
    try:
        assert "within 2 s" in refused(web, "/slow", seconds=2.0, attempts=1) or drip_headers
        assert time.monotonic() - started < PATIENCE
    finally:
        stop.set()


def test_a_silent_server_ends_with_the_time(web: Web) -> None:
    stop = threading.Event()
    web.pages["/silent"] = lambda request: stop.wait() and None
    started = time.monotonic()
    try:
        assert "within 1 s" in refused(web, "/silent", seconds=1.0)
        assert time.monotonic() - started < PATIENCE
    finally:
        stop.set()


def test_a_resolver_that_hangs_ends_with_the_time(web: Web) -> None:
    stop = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        stop.wait()
        return [HERE]

    try:
        assert "within 1 s" in refused(web, "/a.png", resolver=hang, seconds=1.0)
    finally:
        stop.set()


# again


def test_what_may_pass_is_tried_again(web: Web) -> None:
    def first_busy(request: BaseHTTPRequestHandler) -> None:
        (body(PNG) if len(web.asked) > 1 else body(b"busy", "text/plain", 503))(request)

    web.pages["/busy"] = first_busy
    assert web.references().fetch(web.url("/busy")) == PNG
    assert web.asked == ["/busy", "/busy"]


@pytest.mark.parametrize(("status", "times"), [(500, 3), (503, 3), (429, 3), (404, 1), (403, 1), (204, 1)])
def test_a_refusal_is_asked_again_only_when_it_may_pass(web: Web, status: int, times: int) -> None:
    web.pages["/a"] = body(b"", "text/plain", status)
    assert str(status) in refused(web, "/a")
    assert web.asked == ["/a"] * times


def test_a_name_without_address_is_a_sentence(web: Web) -> None:
    with pytest.raises(NoPicture, match="could not be reached"):
        web.references().fetch(web.url("/a", "nowhere.test"))


def test_a_body_that_breaks_off_is_no_picture(web: Web) -> None:
    def broken(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(PNG)))
        request.end_headers()
        request.wfile.write(PNG[:40])

    web.pages["/broken"] = broken
    assert "broke off" in refused(web, "/broken")
