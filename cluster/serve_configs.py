"""The files that Serve deploys the application from (configs/serve), made as ``serve build`` makes them.

Usage: python -m cluster.serve_configs (writes all of them)
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from textwrap import indent
from typing import Any

import yaml  # type: ignore[import-untyped]

from configs.build import ROOT
from configs.settings import get_settings

RAY_SERVICE = ROOT / "configs" / "kubernetes" / "rayservice.yaml"
SERVE_FIELD = "  serveConfigV2: |\n"
FOLDER = ROOT / "configs" / "serve"
IMPORT_PATH = "serve_apps.app:build_app"
PREFIX = "DESIGN_AGENT_"
PORT = 8000
_WIDTH = 80

# What decides which deployments there are and how each scales. Addresses and secrets are only there because settings
# without them are refused: nothing of them is in a file.
_MODELS = {
    "IMAGE_MODEL": "sdxl",
    "SDXL_MODEL": "stabilityai/stable-diffusion-xl-base-1.0",
    "LANGUAGE_MODEL": "vllm",
    "VLLM_MODEL": "Qwen/Qwen3-4B-Instruct-2507",
    # Where the images have it.
    "VLLM_PYTHON": "/opt/design-agent/.venv-vllm/bin/python",
}
_ADDRESSES = {
    "DATABASE_URL": "mysql+pymysql://design_agent:of-no-server-4f1c@mysql/design_agent",
    "REDIS_URL": "redis://:of-no-server-4f1c@redis/0",
    "KAFKA_BOOTSTRAP": "kafka:9092",
    "S3_ENDPOINT": "http://s3:8333",
    "S3_ACCESS_KEY": "of-no-server-4f1c",
    "S3_SECRET_KEY": "of-no-server-93ab",
}
ENVIRONMENTS: Mapping[str, Mapping[str, str]] = {
    "local": {"PROFILE": "local"},
    "single-gpu": {
        "PROFILE": "local", **_MODELS, "IMAGE_GPUS": "0.6", "LANGUAGE_GPUS": "0.4", "IMAGE_MIN_REPLICAS": "0",
        "LANGUAGE_MIN_REPLICAS": "0",
    },
    "production": {
        "PROFILE": "production", **_ADDRESSES, **_MODELS, "IMAGE_GPUS": "1", "IMAGE_MIN_REPLICAS": "1",
        "IMAGE_MAX_REPLICAS": "8", "LANGUAGE_GPUS": "1", "LANGUAGE_MAX_REPLICAS": "2", "READER_MIN_REPLICAS": "2",
        "READER_MAX_REPLICAS": "16", "ORCHESTRATOR_REPLICAS": "4", "ORCHESTRATOR_MAX_REPLICAS": "32",
        "INGRESS_REPLICAS": "2", "API_REPLICAS": "2",
        "API_MAX_REPLICAS": "8",
    },
}  # fmt: skip

# On one machine nothing asks for CPUs. On a cluster each asks for what it keeps busy, so that the autoscaler adds
# nodes, and for a trifle of the resource that only nodes with its image have.
_APP, _SDXL, _VLLM = {"app": 0.001}, {"sdxl": 0.001}, {"vllm": 0.001}
PLACES: Mapping[str, Mapping[str, Any]] = {
    "Api": {"num_cpus": 1, "resources": _APP},
    "Ingress": {"num_cpus": 0.25, "resources": _APP},
    "OutboxRelay": {"num_cpus": 0.5, "resources": _APP},
    "Orchestrator": {"num_cpus": 1, "resources": _APP},
    "TextReader": {"num_cpus": 2, "resources": _APP},
    "ImageModel": {"num_cpus": 2, "resources": _SDXL},
    "LanguageModel": {"num_cpus": 2, "resources": _VLLM},
}
PLACED = frozenset({"production"})


def serve_config(name: str) -> str:
    """The file for one of ENVIRONMENTS, as YAML."""
    from ray.serve.scripts import ServeDeploySchemaDumper

    from serve_apps.tracing import TRACING

    environment = ENVIRONMENTS[name]
    with _environment(environment):
        application = _application()
    proxies, host = "HeadOnly", "127.0.0.1"
    if name in PLACED:
        proxies, host = "EveryNode", "0.0.0.0"  # noqa: S104 - docs/cluster.md says what closes it
        for deployment in application["deployments"]:
            deployment["ray_actor_options"] |= deepcopy(PLACES[deployment["name"]])
    config = {
        "proxy_location": proxies,
        "http_options": {"host": host, "port": PORT},
        "tracing_config": TRACING,
        "applications": [application],
    }
    body: str = yaml.dump(config, Dumper=ServeDeploySchemaDumper, sort_keys=False, width=_WIDTH, indent=2)
    return _head(name, environment) + body


def _head(name: str, environment: Mapping[str, str]) -> str:
    told = [f"#   {PREFIX}{key}={value}" for key, value in environment.items() if key not in _ADDRESSES]
    return "\n".join([
        f"# Made by scripts/serve-configs ({name}): what 'serve build' says of the application under these variables.",
        *told,
        "# The cluster's nodes need them as well, and the servers and secrets beside them: docs/cluster.md.",
        "",
    ])  # fmt: skip


def _application() -> dict[str, Any]:
    """What ``serve build`` writes; it takes an application only, and ours is made by a function."""
    from ray.serve._private.build_app import build_app as flatten
    from ray.serve.deployment import deployment_to_schema
    from ray.serve.schema import ServeApplicationSchema

    from serve_apps.app import APP_NAME, build_app

    flat = flatten(build_app(), name=APP_NAME)
    found: dict[str, Any] = ServeApplicationSchema(
        name=APP_NAME,
        route_prefix="/",
        import_path=IMPORT_PATH,
        deployments=[deployment_to_schema(deployment) for deployment in flat.deployments],
    ).model_dump(exclude_unset=True)
    return found


@contextlib.contextmanager
def _environment(given: Mapping[str, str]) -> Iterator[None]:
    """Meanwhile only these settings hold."""
    before = dict(os.environ)
    for key in [key for key in os.environ if key.startswith(PREFIX)]:
        del os.environ[key]
    os.environ.update({PREFIX + key: value for key, value in given.items()})
    get_settings.cache_clear()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        get_settings.cache_clear()


def with_serve_config(service: str, config: str) -> str:
    """The text of a RayService with this Serve config in place of its own, which is its last field."""
    before, mark, _ = service.partition(SERVE_FIELD)
    if not mark:
        raise ValueError(f"the RayService has no line {SERVE_FIELD!r}")
    return before + mark + indent(config, "    ")


def write_all() -> None:
    """Write a file for each of ENVIRONMENTS, and the last one into the RayService."""
    FOLDER.mkdir(exist_ok=True)
    for name in ENVIRONMENTS:
        (FOLDER / f"{name}.yaml").write_text(serve_config(name), encoding="utf-8")
    service = RAY_SERVICE.read_text(encoding="utf-8")
    RAY_SERVICE.write_text(with_serve_config(service, serve_config("production")), encoding="utf-8")


if __name__ == "__main__":
    write_all()
    sys.exit(0)
