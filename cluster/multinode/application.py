"""The product's application on such a cluster: its settings as variables, its start, its redeploy."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from cluster import plain_http
from cluster.errors import ServiceError
from cluster.multinode.dashboard import Dashboard
from cluster.serve_configs import IMPORT_PATH, PLACES
from serve_apps.api.deployment import APP_NAME

POLL_SECONDS = 0.2
START_SECONDS = 240.0
ON_HEAD = ("Api", "Ingress", "OutboxRelay", "Orchestrator", "TextReader")

# Tiny weights, SDXL on a GPU of its own for each replica and none at rest; all else on the head.
TINY_MODELS: dict[str, str] = {
    "IMAGE_MODEL": "sdxl", "TINY": "true", "FALLBACK": "off",
    "IMAGE_GPUS": "1", "IMAGE_MIN_REPLICAS": "0", "IMAGE_MAX_REPLICAS": "3", "IMAGE_ROWS": "2",
    "SCALE_UP_SECONDS": "0.5", "SCALE_DOWN_SECONDS": "5",
}  # fmt: skip


@dataclass(frozen=True)
class ClusterApplication:
    """``port``: of the API. ``proxies``: where Serve answers, in its own words."""

    dashboard: Dashboard
    port: int
    proxies: str = "HeadOnly"

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"http://127.0.0.1:{self.port}"

    def deploy(self, release: str, beside: tuple[dict[str, Any], ...] = ()) -> None:
        """Ask for the application, and others ``beside`` it.

        Another ``release`` than the running one replaces every replica, one by one.
        """
        self.dashboard.deploy(
            {
                "proxy_location": self.proxies,
                "http_options": {"host": "127.0.0.1", "port": self.port},
                "applications": [
                    {
                        "name": APP_NAME,
                        "route_prefix": "/",
                        "import_path": IMPORT_PATH,
                        "deployments": [
                            # All of these are the head's; a model's replica asks for its GPU.
                            {"name": name, "ray_actor_options": {"num_cpus": 0, "resources": place["resources"]}}
                            for name, place in PLACES.items()
                            if name in ON_HEAD
                        ],
                        "runtime_env": {"env_vars": {"DESIGN_AGENT_RELEASE": release}},
                    },
                    *beside,
                ],
            }
        )

    def wait(self, *beside: str) -> None:
        """Return once it and those beside it run and ``/readyz`` is 200. Raises ServiceError."""
        deadline = time.monotonic() + START_SECONDS
        states: dict[str, tuple[str, str]] = {}
        while time.monotonic() < deadline:
            states = {name: self.dashboard.application(name) for name in (APP_NAME, *beside)}
            if any(status == "DEPLOY_FAILED" for status, _ in states.values()):
                break
            if all(status == "RUNNING" for status, _ in states.values()) and self._ready():
                return
            time.sleep(POLL_SECONDS)
        raise ServiceError(f"The application does not start: {states}")

    def _ready(self) -> bool:
        try:
            return plain_http.get(f"{self.url}/readyz", timeout=10).status_code == 200
        except httpx.HTTPError:
            return False


def variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings as variables of the environment."""
    return {f"DESIGN_AGENT_{name}": value for name, value in settings.items()}
