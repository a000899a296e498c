"""Secrets that anybody would try first."""

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from configs.keys import ConfiguredKey
from configs.servers import ServerSettings

SHORTEST = 8
# A server slows down who guesses its passwords; a signature can be guessed at home, and a key in great numbers.
SHORTEST_KEY = 16
_KNOWN = frozenset(
    {
        "minioadmin", "minio123", "password", "passwd", "passw0rd", "secret", "changeme", "change-me", "change_me",
        "example", "default", "letmein", "qwertyui", "12345678", "123456789", "1234567890", "administrator",
        "design-agent", "design_agent", "designagent", "rootroot", "root1234", "admin123", "password1", "password123",
    }
)  # fmt: skip


def weakness(secret: str, user: str = "", shortest: int = SHORTEST) -> str | None:
    """Why somebody would guess it, in words that follow "is"; None for one that is not known to be weak."""
    if not secret:
        return "missing"
    if secret.casefold() in _KNOWN or (user and secret.casefold() == user.casefold()):
        return "one that everybody tries first"
    if len(secret) < shortest:
        return f"shorter than {shortest} characters"
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
    for name, url, encrypted in (
        ("DATABASE_URL", settings.database_url, settings.database_tls),
        ("REDIS_URL", settings.redis_url, _plain(settings.redis_url).startswith("rediss://")),
    ):
        user, password = password_of(_plain(url))
        # A certificate stands for a password only where it is shown, and without TLS it never is.
        shown = encrypted and settings.client_certificate is not None
        if url is not None and (password or not shown):
            found.append((f"the password in DESIGN_AGENT_{name}", weakness(password, user)))
    if settings.kafka_security.startswith("SASL"):
        found.append(
            ("DESIGN_AGENT_KAFKA_PASSWORD", weakness(_plain(settings.kafka_password), settings.kafka_username))
        )
    access_key = _plain(settings.s3_access_key)
    if access_key.casefold() in _KNOWN:
        found.append(("DESIGN_AGENT_S3_ACCESS_KEY", "one that everybody tries first"))
    if settings.s3_secret_key is not None:
        found.append(("DESIGN_AGENT_S3_SECRET_KEY", weakness(_plain(settings.s3_secret_key), access_key)))
    return _sentences(found)


def weak_own_secrets(keys: Iterable[ConfiguredKey], link_secret: SecretStr | None) -> list[str]:
    """The same of what guards the API itself; an empty secret is none, and a random one is made in its place."""
    found = [
        (
            f"the key of {entry.user_id} in DESIGN_AGENT_API_KEYS",
            weakness(_plain(entry.key), entry.user_id, SHORTEST_KEY),
        )
        for entry in keys
    ]
    if secret := _plain(link_secret):
        found.append(("DESIGN_AGENT_LINK_SECRET", weakness(secret, shortest=SHORTEST_KEY)))
    return _sentences(found)


def _sentences(found: Iterable[tuple[str, str | None]]) -> list[str]:
    return [f"{name} is {why}" for name, why in found if why]


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
