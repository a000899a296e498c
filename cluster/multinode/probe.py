"""A deployment on a GPU of its own that has nothing to load: what waking a replica costs before any weights."""

import time

import httpx
from ray import serve
from starlette.requests import Request

from cluster.errors import ServiceError
from cluster.multinode.dashboard import Dashboard

NAME, ROUTE = "probe", "/probe"
LONGEST = 120.0

CONFIG = {"name": NAME, "route_prefix": ROUTE, "import_path": "cluster.multinode.probe:application"}


class Probe:
    """Answers."""

    async def __call__(self, _request: Request) -> str:
        """A word."""
        return "here"


application = serve.deployment(
    ray_actor_options={"num_cpus": 0, "num_gpus": 1},
    autoscaling_config={
        "min_replicas": 0, "max_replicas": 1, "metrics_interval_s": 0.5, "look_back_period_s": 2,
        "upscale_delay_s": 0.5, "downscale_delay_s": 2,
    },
    graceful_shutdown_wait_loop_s=0.2,
)(Probe).bind()  # fmt: skip


def seconds_from_zero(url: str, dashboard: Dashboard) -> float:
    """How long the first answer takes when neither a replica nor a GPU node is there. Raises httpx.HTTPError."""
    if any(node.alive and node.gpus for node in dashboard.nodes()):
        raise ServiceError("A GPU node is there already, so nothing is woken from zero.")
    began = time.monotonic()
    httpx.get(f"{url}{ROUTE}", timeout=LONGEST).raise_for_status()
    return time.monotonic() - began
