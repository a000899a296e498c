"""Settings that cannot be: one sentence with the variable's name, never the value of a secret."""

import pytest

from cluster.cli.connection import connect
from cluster.cli.options import settings_of
from cluster.client import calls
from cluster.errors import ServiceError
from configs.settings import Settings, get_settings


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DESIGN_AGENT_PORT", "99999", "DESIGN_AGENT_PORT"),
        ("DESIGN_AGENT_API_KEYS", "hush-hush", "DESIGN_AGENT_API_KEYS must be a JSON list"),
        ("DESIGN_AGENT_API_KEYS", '[{"key": "hush-hush", "user_id": "u", "role": "root"}]', "API_KEYS[0][role]"),
        ("DESIGN_AGENT_API_KEYS_FILE", "/nowhere/keys.json", "DESIGN_AGENT_API_KEYS_FILE"),
        ("DESIGN_AGENT_API_KEY_FILE", "/nowhere/key", "DESIGN_AGENT_API_KEY_FILE"),
        ("DESIGN_AGENT_S3_ENDPOINT", "s3.example.org:9000", "DESIGN_AGENT_S3_ENDPOINT must be a URL such as https://"),
        ("DESIGN_AGENT_S3_ENDPOINT", "https://k:hush-hush@s3", "DESIGN_AGENT_S3_ENDPOINT must be a URL"),
        ("DESIGN_AGENT_S3_PUBLIC_ENDPOINT", "https://s3/path", "DESIGN_AGENT_S3_PUBLIC_ENDPOINT must be a URL"),
        ("DESIGN_AGENT_S3_BUCKET", "Not_A_Bucket", "DESIGN_AGENT_S3_BUCKET"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ServiceError) as refusal:
        settings_of(None, None)
    get_settings.cache_clear()
    assert says in refusal.value.message
    assert "hush-hush" not in refusal.value.message


def test_the_command_line_shows_its_key_as_a_bearer() -> None:
    for key, shown in (("k1", "Bearer k1"), ("", None), (None, None)):
        with connect(Settings(api_key=key)) as client:  # type: ignore[arg-type]
            request = calls.get_task("task_1").request(client._http)
        assert request.headers.get("Authorization") == shown


@pytest.mark.parametrize(
    ("host", "loopback", "url"),
    [
        ("127.0.0.1", True, "http://127.0.0.1:8000"),
        ("localhost", True, "http://localhost:8000"),
        ("::1", True, "http://[::1]:8000"),
        ("0.0.0.0", False, "http://127.0.0.1:8000"),
        ("::", False, "http://[::1]:8000"),
        ("192.168.1.5", False, "http://192.168.1.5:8000"),
        ("posters.example", False, "http://posters.example:8000"),
    ],
)
def test_a_host_is_loopback_or_not(host: str, loopback: bool, url: str) -> None:
    settings = Settings(host=host)
    assert (settings.on_loopback, settings.url) == (loopback, url)
