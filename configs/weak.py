"""Secrets that anybody would try first."""

from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from configs.servers import ServerSettings

SHORTEST = 8
_KNOWN = frozenset(
    {
        "minioadmin", "minio123", "password", "passwd", "passw0rd", "secret", "changeme", "change-me", "change_me",
        "example", "default", "letmein", "qwertyui", "12345678", "123456789", "1234567890", "administrator",
        "design-agent", "design_agent", "designagent", "rootroot", "root1234", "admin123", "password1", "password123",
    }
)  # fmt: skip


def weakness(secret: str, user: str = "") -> str | None:
    """Why somebody would guess it, in words that follow "is"; None for one that is not known to be weak."""
    if not secret:
        return "missing"
    if secret.casefold() in _KNOWN or (user and secret.casefold() == user.casefold()):
        return "one that everybody tries first"
    if len(secret) < SHORTEST:
        return f"shorter than {SHORTEST} characters"
    return None


def password_of(url: str) -> tuple[str, str]:
    """User and password in a URL, each empty where there is none."""
    try:
        parts = urlsplit(url)
        return unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        return "", ""


def weak_secrets(settings: ServerSettings) -> list[str]:
    """A sentence for each secret of the servers that is missing or easily guessed; no secret is in it."""
    found = []
    for name, url in (("database_url", settings.database_url), ("redis_url", settings.redis_url)):
        user, password = password_of(_plain(url))
        # Who shows a certificate needs no password.
        if url is not None and (password or settings.client_certificate is None):
            found.append((f"the password in DESIGN_AGENT_{name.upper()}", weakness(password, user)))
    if settings.kafka_security.startswith("SASL"):
        found.append(
            ("DESIGN_AGENT_KAFKA_PASSWORD", weakness(_plain(settings.kafka_password), settings.kafka_username))
        )
    access_key = _plain(settings.s3_access_key)
    if access_key.casefold() in _KNOWN:
        found.append(("DESIGN_AGENT_S3_ACCESS_KEY", "one that everybody tries first"))
    if settings.s3_secret_key is not None:
        found.append(("DESIGN_AGENT_S3_SECRET_KEY", weakness(_plain(settings.s3_secret_key), access_key)))
    return [f"{name} is {why}" for name, why in found if why]


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
