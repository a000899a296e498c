"""An application that asks for keys, and what its users own."""

import json
from dataclasses import replace

from starlette.testclient import TestClient

from configs.settings import Settings
from serve_apps.api.main import create_app
from serve_apps.api.services import ApiServices

KEYS = {"user_a": "key-of-a-5a1f", "user_b": "key-of-b-77c0", "service": "key-of-the-service-90d2"}
LIST = json.dumps(
    [{"key": key, "user_id": user, "role": "service" if user == "service" else "user"} for user, key in KEYS.items()]
)


def keyed(services: ApiServices, **settings: object) -> ApiServices:
    """The same database and objects behind keys (or other settings)."""
    old = services.settings
    given = {"api_keys": LIST, "data": old.data, "progress_poll_seconds": old.progress_poll_seconds} | settings
    return replace(services, settings=Settings(**given))  # type: ignore[arg-type]


def authorization(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def client_of(services: ApiServices, key: str | None) -> TestClient:
    """A client with that key (None: without any)."""
    return TestClient(create_app(services), headers=authorization(key) if key else {})
