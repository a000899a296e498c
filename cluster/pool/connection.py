"""The cluster as the pool's commands reach it: its GCS, and a driver where an actor is to be started."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.errors import ServiceError
from cluster.multinode.dashboard import Dashboard
from cluster.paths import ServicePaths
from cluster.pool.looking import GCS_SECONDS, NAMESPACE
from cluster.ray_environment import apply_ray_environment, shown_token, take_token
from cluster.state import ServiceState
from configs.settings import Settings

_HOST = "127.0.0.1"
_CONNECT_SECONDS = 10.0
_DASHBOARD = b"dashboard"
"""Ray's namespace in the GCS and its key there for where the dashboard listens."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A cluster that was named by its GCS, or by its dashboard: then ``gcs`` is None."""

    dashboard: Dashboard
    gcs: Any | None


def reach(settings: Settings, address: str, token_file: Path | None) -> Reached:
    """The cluster at HOST:PORT of its GCS, which says where its dashboard is; or at a dashboard's ``http://`` address.

    To be called before Ray is imported. Raises ServiceError.
    """
    if address.startswith(("http://", "https://")):
        take_token(token_file)
        return Reached(Dashboard(address.rstrip("/"), shown_token()), None)
    gcs = gcs_client(gcs_address(settings, address, token_file))
    listens = gcs.internal_kv_get(_DASHBOARD, _DASHBOARD, GCS_SECONDS)
    if not listens:
        raise ServiceError(f"The cluster at {address} has no dashboard; start its head with --include-dashboard=true.")
    return Reached(Dashboard(f"http://{listens.decode()}", shown_token()), gcs)


def service_gcs(paths: ServicePaths) -> str | None:
    """GCS of the service of that folder, with its token in the environment; None while its Ray has none."""
    apply_ray_environment(paths.ensure_token())
    ports = list(paths.ray.glob("session_latest/gcs_server_port_*"))
    return f"{_HOST}:{ports[0].read_text().strip()}" if ports else None


def gcs_address(settings: Settings, address: str | None, token_file: Path | None) -> str:
    """HOST:PORT of the GCS, with its token in the environment; to be called before Ray is imported.

    In this order: ``address``, ``RAY_ADDRESS``, the service of the data folder, the Ray that this machine last joined.
    Raises ServiceError when there is none.
    """
    named = address or os.environ.get("RAY_ADDRESS")
    paths = ServicePaths(settings.data)
    state = ServiceState.read(paths.state)
    if named in {None, "", "auto"} and state and state.alive() and (found := service_gcs(paths)):
        return found
    take_token(token_file)
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
    # Its own client would wait for the better part of a minute where nothing listens.
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
    except (OSError, ValueError, OverflowError) as error:
        raise ServiceError(f"No GCS is at {address}: {error}. Give HOST:PORT, as 10.0.0.5:6379.") from error
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
