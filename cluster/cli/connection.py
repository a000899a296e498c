"""The service as the commands reach it."""

from cluster.client import Client
from configs.settings import Settings


def connect(settings: Settings) -> Client:
    """A client that shows ``DESIGN_AGENT_API_KEY``, where it is set."""
    return Client(settings.url, settings.api_key.get_secret_value() if settings.api_key else "")
