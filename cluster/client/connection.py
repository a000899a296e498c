"""How both clients connect."""

from cluster.client.errors import ClientError
from cluster.client.stream import SILENCE_SECONDS

ATTEMPTS = 5
# An export may be drawn first.
TIMEOUT_SECONDS = 60.0
STREAM_TIMEOUT = {"connect": 10.0, "read": SILENCE_SECONDS, "write": 10.0, "pool": 10.0}


def bearer(api_key: str) -> dict[str, str]:
    """The header that shows the key; none for an empty one. Raises ClientError, which does not name it."""
    if not (api_key.isascii() and api_key.isprintable()):
        raise ClientError("The API key has characters that no key has: a line break at its end, perhaps.")
    return {"Authorization": f"Bearer {api_key}"} if api_key else {}
