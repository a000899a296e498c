"""No port beyond loopback without keys; a client takes no keys away."""

import json
import os
from pathlib import Path

import pytest

from cluster import lifecycle
from cluster.access import check_reach, fingerprint
from cluster.errors import ServiceError
from cluster.paths import ServicePaths
from cluster.state import ServiceState, own_start
from configs.build import source_hash
from configs.models import MODEL_CHOICE
from configs.settings import Settings
from storage.documents.key import key_digest
from storage.factory import open_database


def settings_with(tmp_path: Path, key: str = "", host: str = "0.0.0.0") -> Settings:
    keys = [{"key": key, "user_id": "u"}] if key else []
    return Settings(data=tmp_path, host=host, api_keys=json.dumps(keys))  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "posters.example"])
def test_up_refuses_to_open_the_port_without_keys(tmp_path: Path, host: str) -> None:
    with pytest.raises(ServiceError, match="keys create"):
        lifecycle.up(settings_with(tmp_path, host=host), say=pytest.fail)
    assert not ServicePaths(tmp_path).state.exists()


def test_a_key_that_can_be_guessed_is_refused_beyond_loopback(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="shorter than 16") as refusal:
        lifecycle.up(settings_with(tmp_path, key="hunter2"), say=pytest.fail)
    assert "hunter2" not in refusal.value.message


def test_keys_of_either_kind_open_the_port(tmp_path: Path) -> None:
    database = open_database(settings_with(tmp_path))
    database.migrate()
    check_reach(settings_with(tmp_path, key="a-long-and-random-key"), database)
    check_reach(settings_with(tmp_path, host="127.0.0.1", key="short"), database)
    database.create_key("u", "user", "", key_digest("s"))
    check_reach(settings_with(tmp_path), database)
    database.close()


def test_a_fingerprint_tells_settings_apart_and_secrets_not_at_all(tmp_path: Path) -> None:
    one, other = settings_with(tmp_path, key="one-key"), settings_with(tmp_path, key="another-key")
    assert fingerprint(one, b"s") == fingerprint(settings_with(tmp_path / "x", key="one-key"), b"s")
    assert fingerprint(one, b"s") != fingerprint(other, b"s")
    assert fingerprint(one, b"s") != fingerprint(one, b"another secret")
    assert fingerprint(one, b"s") != fingerprint(settings_with(tmp_path, "one-key", "127.0.0.1"), b"s")


def test_a_client_does_not_replace_a_service_of_other_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Settings(data=tmp_path)
    paths = ServicePaths(tmp_path)
    secret = paths.ensure_token().read_bytes()
    keyed = fingerprint(settings_with(tmp_path, key="one-key"), secret)
    running = ServiceState(os.getpid(), own_start(), plain.port, source_hash(), "d", keyed)
    running.write(paths.state)
    monkeypatch.setattr(lifecycle, "ready", lambda _: True)
    assert lifecycle.up(plain, pytest.fail, any_settings=True) == running
    ServiceState(os.getpid(), own_start(), plain.port, "other sources", "d", keyed).write(paths.state)
    with pytest.raises(ServiceError, match="other settings"):
        lifecycle.up(plain, pytest.fail, any_settings=True)
    assert ServiceState.read(paths.state) is not None


def test_a_client_with_models_of_its_own_replaces_a_service_that_differs_in_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Settings(data=tmp_path)
    paths = ServicePaths(tmp_path)
    secret = paths.ensure_token().read_bytes()
    asked = Settings(data=tmp_path, image_model="sdxl", tiny=True, fallback="off")
    keyed = settings_with(tmp_path, key="one-key")
    monkeypatch.setattr(lifecycle, "ready", lambda _: True)
    stopped: list[ServiceState] = []
    started = ServiceState(os.getpid(), own_start(), plain.port, "new", "d")
    monkeypatch.setattr(lifecycle, "_stop", lambda state, *_: stopped.append(state))
    monkeypatch.setattr(lifecycle, "_require_free_port", lambda *_, **__: None)
    monkeypatch.setattr(lifecycle, "_start", lambda *_: started)

    def runs(settings: Settings) -> ServiceState:
        state = ServiceState(
            os.getpid(), own_start(), plain.port, source_hash(), "d",
            fingerprint(settings, secret), fingerprint(settings, secret, but=MODEL_CHOICE),
        )  # fmt: skip
        state.write(paths.state)
        return state

    running = runs(asked)
    assert lifecycle.up(asked, pytest.fail, any_settings=True, own_models=True) == running
    assert lifecycle.up(plain, pytest.fail, any_settings=True) == running
    running = runs(plain)
    assert lifecycle.up(asked, lambda _: None, any_settings=True, own_models=True) == started
    assert stopped == [running]
    runs(keyed)
    with pytest.raises(ServiceError, match="other settings"):
        lifecycle.up(asked, pytest.fail, any_settings=True, own_models=True)
    assert stopped == [running]
