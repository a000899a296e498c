"""What must hold before the API may be reached from other machines, and whether two settings are the same service."""

import hashlib
import hmac
from collections.abc import Collection
from typing import Any

from pydantic import SecretStr

from cluster.errors import ServiceError
from configs.settings import Settings
from configs.weak import SHORTEST_KEY
from storage.database.base import Database

# Where it runs is compared apart; what the command line shows or how loud the logs are changes nothing.
_NOT_COMPARED = {"port", "data", "api_key", "log_level"}


def check_reach(settings: Settings, database: Database) -> None:
    """Raise ServiceError for an address beyond loopback without keys, or with one that can be guessed."""
    if settings.on_loopback:
        return
    if not settings.api_keys and not database.has_keys():
        raise ServiceError(
            f"DESIGN_AGENT_HOST={settings.host} lets other machines in, and there are no keys: make one with "
            "'design-agent keys create --user NAME' or set DESIGN_AGENT_API_KEYS, or leave the host at 127.0.0.1."
        )
    for entry in settings.api_keys:
        if len(entry.key.get_secret_value()) < SHORTEST_KEY:
            raise ServiceError(
                f"The key of {entry.user_id} in DESIGN_AGENT_API_KEYS is shorter than {SHORTEST_KEY} characters; "
                f"DESIGN_AGENT_HOST={settings.host} lets other machines guess it. Take a longer, random one."
            )


def fingerprint(settings: Settings, secret: bytes, *, but: Collection[str] = ()) -> str:
    """The same for equal settings. Keyed, because secrets are among them and the result is written to a file.

    ``but``: fields that are not compared either.
    """
    values = sorted(_plain(settings.model_dump(exclude=_NOT_COMPARED | set(but))).items())
    return hmac.new(secret, repr(values).encode(), hashlib.sha256).hexdigest()[:32]


def _plain(value: Any) -> Any:
    """The value with every secret in it shown."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value
