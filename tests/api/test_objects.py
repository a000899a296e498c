"""Stored objects served back."""

import pytest
from starlette.testclient import TestClient

from serve_apps.api.services import ApiServices
from tests.api.conftest import refused


def test_an_object_comes_back_with_its_type_and_cannot_be_run(client: TestClient, services: ApiServices) -> None:
    services.objects.put("art/one.svg", b"<svg/>", "image/svg+xml")
    answer = client.get("/api/v1/objects/art/one.svg")
    assert answer.content == b"<svg/>"
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    again = client.get("/api/v1/objects/art/one.svg", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("key", ["art/none.png", "%2e%2e/%2e%2e/etc/passwd", "a%00b", "a//b", "a%5Cb", "%E5%9B%BE"])
def test_what_is_not_stored_is_not_found(client: TestClient, services: ApiServices, key: str) -> None:
    services.objects.put("a", b"x", "text/plain")
    refused(client.get(f"/api/v1/objects/{key}"), 404, "OBJECT_NOT_FOUND")
