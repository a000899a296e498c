"""Liveness and readiness."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from configs import build
from serve_apps.api.main import create_app
from serve_apps.api.services import ApiServices
from storage.errors import UnavailableError
from tests.api.conftest import Workshop, refused


def test_healthz_names_the_build(client: TestClient) -> None:
    assert client.get("/healthz").json() == {
        "version": build.version(),
        "commit": build.commit(),
        "sources": build.source_hash(),
        "profile": "local",
    }


@pytest.mark.usefixtures("broken_database")
def test_healthz_does_not_ask_the_database(client: TestClient) -> None:
    assert client.get("/healthz").status_code == 200


def test_readyz_says_that_all_is_ready(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": dict.fromkeys(("database", "objects", "queue", "text_reader", "progress", "cache"), "ready"),
        "degraded": [],
    }


def test_a_sleeping_model_is_degraded_not_down(client: TestClient, workshop: Workshop) -> None:
    workshop.states = {"text_reader": "scaled_to_zero"}
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["degraded"] == ["text_reader: scaled_to_zero"]


@pytest.mark.usefixtures("broken_database")
def test_readyz_names_a_database_that_is_down(client: TestClient) -> None:
    answer = client.get("/readyz")
    body = refused(answer, 503, "UNAVAILABLE")
    assert body["details"]["down"] == ["database", "queue"]
    assert body["details"]["checks"]["objects"] == "ready"
    assert "Retry-After" in answer.headers


def test_readyz_names_objects_that_are_down(
    client: TestClient, services: ApiServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise UnavailableError("No space left.")

    monkeypatch.setattr(services.objects, "ping", fail)
    assert refused(client.get("/readyz"), 503, "UNAVAILABLE")["details"]["down"] == ["objects"]


def test_readyz_tells_a_part_and_keeps_the_drivers_words_for_the_log(
    client: TestClient, services: ApiServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise UnavailableError("The queue does not answer at broker-7:9092.", told="It is away.", part="queue")

    with monkeypatch.context() as patch, capture_logs() as logged:
        patch.setattr(services.queue, "ping", fail)
        patch.setattr(services.cache, "ping", fail)
        for _ in range(3):
            body = refused(client.get("/readyz"), 503, "UNAVAILABLE")
            assert body["details"]["checks"]["queue"] == "It is away."
            assert "broker" not in str(body)
    # It is asked every few seconds.
    assert sorted(entry["part"] for entry in logged if "broker-7:9092" in entry.get("reason", "")) == ["cache", "queue"]
    assert client.get("/readyz").status_code == 200


def test_readyz_names_a_model_that_is_down(client: TestClient, workshop: Workshop) -> None:
    workshop.states = {"text_reader": "down", "image_model": "ready"}
    assert refused(client.get("/readyz"), 503, "UNAVAILABLE")["details"]["down"] == ["text_reader"]
    workshop.failure = TimeoutError()
    assert refused(client.get("/readyz"), 503, "UNAVAILABLE")["details"]["down"] == ["models"]


@pytest.mark.parametrize("model", ["image_model", "language_model"])
def test_a_model_that_another_stands_in_for_is_degraded(
    client: TestClient, services: ApiServices, workshop: Workshop, model: str
) -> None:
    workshop.states = {model: "no replica runs: out of memory", "text_reader": "ready"}
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["degraded"] == [f"{model}: no replica runs: out of memory"]
    alone = replace(services, settings=services.settings.model_copy(update={"fallback": "off"}))
    with TestClient(create_app(alone)) as client_alone:
        assert refused(client_alone.get("/readyz"), 503, "UNAVAILABLE")["details"]["down"] == [model]
