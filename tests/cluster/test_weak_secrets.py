"""Secrets that anybody would guess are refused where it matters, and never shown."""

from typing import Any

import pytest
from pydantic import ValidationError

from cluster.cli.options import settings_of
from cluster.errors import ServiceError
from configs.settings import Settings, get_settings

STRONG = {
    "database_url": "mysql+pymysql://design_agent:pQ7rT2vX9zL4@db.internal/design_agent",
    "redis_url": "rediss://:hW3kM8nB5cF1@cache.internal:6379/0", "kafka_bootstrap": "broker.internal:9092",
    "s3_endpoint": "https://s3.internal", "s3_access_key": "AKDESIGNAGENT01", "s3_secret_key": "yD6gJ0sA2uE7iO4p",
}  # fmt: skip


def production(**changes: Any) -> Settings:
    return Settings(profile="production", **(STRONG | changes))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"s3_access_key": "minioadmin", "s3_secret_key": "minioadmin"}, "S3_ACCESS_KEY is one.*S3_SECRET_KEY is one"),
        ({"s3_secret_key": "AKDESIGNAGENT01"}, "S3_SECRET_KEY is one that everybody tries first"),
        ({"s3_secret_key": "abc"}, "S3_SECRET_KEY is shorter than 8"),
        ({"database_url": "mysql+pymysql://root@db.internal/design_agent"}, "DATABASE_URL is missing"),
        ({"database_url": "mysql+pymysql://design_agent:design_agent@db/d"}, "DATABASE_URL is one that everybody"),
        ({"database_url": "mysql+pymysql://u:ChangeMe@db/d"}, "DATABASE_URL is one that everybody"),
        ({"redis_url": "redis://cache.internal:6379/0"}, "REDIS_URL is missing"),
        ({"redis_url": "redis://:p%40ss@cache.internal"}, "REDIS_URL is shorter"),
        ({"kafka_security": "SASL_SSL", "kafka_username": "agent"}, "KAFKA_PASSWORD is missing"),
        ({"kafka_security": "SASL_SSL", "kafka_username": "agent-one", "kafka_password": "Agent-One"}, "everybody"),
        ({"s3_encryption": "aws:kms"}, "S3_KMS_KEY"),
        ({"api_keys": [{"key": "ChangeMe", "user_id": "ann"}]}, "key of ann in DESIGN_AGENT_API_KEYS is one"),
        ({"api_keys": [{"key": "yD6gJ0sA2uE7iO4", "user_id": "ann"}]}, "key of ann in .*API_KEYS is shorter than 16"),
        ({"api_keys": [{"key": "ann:of-the-office", "user_id": "ann:of-the-office"}]}, "API_KEYS is one"),
        ({"link_secret": "x"}, "LINK_SECRET is shorter than 16"),
        ({"link_secret": "changeme"}, "LINK_SECRET is one that everybody"),
    ],
)
def test_weak_secret_is_named_and_not_shown(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says) as refusal:
        production(**changes)
    for shown in ("ChangeMe", "p%40ss", "yD6gJ0sA2uE7iO4", "pQ7rT2vX9zL4"):
        assert shown not in str(refusal.value)


def test_strong_secrets_are_taken() -> None:
    assert production().adapters.objects == "s3"
    assert production(kafka_security="SASL_SSL", kafka_username="agent", kafka_password="vN8bQ1xZ5mR3")
    assert production(api_keys=[{"key": "fR9kT3wB6yN1cV5z", "user_id": "ann"}], link_secret="gH2mP8qL4xS7dJ0a")
    # As not given: a random one is made.
    assert production(link_secret="")


WITHOUT_PASSWORD = {"database_url": "mysql+pymysql://u@db/d", "redis_url": "rediss://cache", "database_tls": True}


def test_who_shows_a_certificate_over_tls_needs_no_password() -> None:
    assert production(**WITHOUT_PASSWORD, client_certificate="/tls/c.pem").profile == "production"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"database_tls": False}, "password in DESIGN_AGENT_DATABASE_URL is missing"),
        ({"redis_url": "redis://cache"}, "password in DESIGN_AGENT_REDIS_URL is missing"),
        ({"client_certificate": None}, "DATABASE_URL is missing; .*REDIS_URL is missing"),
    ],
)
def test_a_certificate_that_is_never_shown_stands_for_no_password(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        production(**(WITHOUT_PASSWORD | {"client_certificate": "/tls/c.pem"} | changes))


def test_profile_test_refuses_what_production_refuses() -> None:
    weak = {"s3_access_key": "minioadmin", "s3_secret_key": "minioadmin", "redis_url": "redis://127.0.0.1"}
    with pytest.raises(ValidationError, match=r"profile test refuses.*REDIS_URL is missing.*S3_SECRET_KEY is one"):
        Settings(profile="test", **(STRONG | weak))
    assert Settings(profile="test", **STRONG).adapters == production().adapters


def test_local_needs_no_secret() -> None:
    assert Settings(profile="local").adapters.objects == "folder"


def test_the_command_line_says_it_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (STRONG | {"profile": "production", "s3_secret_key": "minioadmin"}).items():
        monkeypatch.setenv(f"DESIGN_AGENT_{name.upper()}", value)
    with pytest.raises(ServiceError) as refusal:
        settings_of(None, None)
    get_settings.cache_clear()
    assert refusal.value.message.startswith("The profile production refuses weak secrets: DESIGN_AGENT_S3_SECRET_KEY")
    assert "minioadmin" not in refusal.value.message
