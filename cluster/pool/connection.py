"""The cluster as the pool's commands reach it: its GCS, and a driver where an actor is to be started."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cluster.errors import ServiceError
from cluster.paths import ServicePaths
from cluster.pool.looking import GCS_SECONDS, NAMESPACE
from cluster.ray_environment import apply_ray_environment
from cluster.state import ServiceState
from configs.settings import Settings

_HOST = "127.0.0.1"


def gcs_address(settings: Settings, address: str | None, token_file: Path | None) -> str:
    """HOST:PORT of the GCS, with its token in the environment; to be called before Ray is imported.

    In this order: ``address``, ``RAY_ADDRESS``, the service of the data folder, the Ray that this machine last joined.
    Raises ServiceError when there is none.
    """
    named = address or os.environ.get("RAY_ADDRESS")
    paths = ServicePaths(settings.data)
    state = ServiceState.read(paths.state)
    if named in {None, "", "auto"} and state and state.alive():
        apply_ray_environment(paths.ensure_token())
        ports = list(paths.ray.glob("session_latest/gcs_server_port_*"))
        if ports:
            return f"{_HOST}:{ports[0].read_text().strip()}"
    if token_file is not None:
        apply_ray_environment(token_file.absolute())
    elif "RAY_AUTH_TOKEN" in os.environ or "RAY_AUTH_TOKEN_PATH" in os.environ:
        os.environ["RAY_AUTH_MODE"] = "token"
    from ray._private import services

    found = services.find_bootstrap_address(None) if named in {None, "", "auto"} else named
    if not found:
        raise ServiceError(
            "No Ray cluster is known here. Run this on a machine of the cluster, as its job ('ray job submit -- "
            "design-agent pool'), or name its GCS with --address HOST:PORT."
        )
    return str(found)


def gcs_client(address: str) -> Any:
    """A client of that GCS. Raises ServiceError when it does not answer or does not take the token."""
    from ray._raylet import GcsClient  # type: ignore[attr-defined]

    try:
        client = GcsClient(address=address)
        client.check_alive([], GCS_SECONDS)
    except Exception as error:
        reason = str(error).strip().splitlines()
        raise ServiceError(
            f"The cluster's GCS at {address} does not answer: {reason[-1][:300] if reason else type(error).__name__} "
            "Look at the address and the token (--token-file, or RAY_AUTH_TOKEN_PATH)."
        ) from error
    return client


@contextmanager
def driver(address: str) -> Iterator[None]:
    """This process as a driver of the cluster. Raises ServiceError on a machine that is no node of it."""
    import ray

    try:
        ray.init(
            address=address, namespace=NAMESPACE, log_to_driver=False, logging_level=logging.ERROR,
            configure_logging=False,
        )  # fmt: skip
    except Exception as error:
        reason = str(error).strip().splitlines()
        raise ServiceError(
            f"This machine cannot join the cluster at {address}: {reason[0][:300] if reason else 'no reason'} Run the "
            "command on a machine of the cluster, or as its job."
        ) from error
    try:
        yield
    finally:
        ray.shutdown()
