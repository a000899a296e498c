"""What runs, what waits, and what it took: everything that ``design-agent status`` tells."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from cluster.errors import ServiceError
from cluster.multinode.dashboard import Dashboard, Replicas
from cluster.paths import ServicePaths
from cluster.pool.connection import gcs_client, reach, service_gcs
from cluster.pool.nodes import PoolNode, pool_nodes
from cluster.ray_environment import shown_token
from cluster.state import ServiceState
from configs.build import source_hash
from configs.settings import Settings
from storage.database.base import Database
from storage.documents.base import Document, Timestamp, utc_now
from storage.documents.usage import UsageItem, UsageKind
from storage.errors import DesignAgentError, UnavailableError
from storage.factory import open_database, open_queue

USAGE_PERIOD = timedelta(days=1)
DEAREST = 5
PartT = TypeVar("PartT")


class DeploymentStatus(Document):
    """Replicas of one deployment: how many there should be, and how many are in which state."""

    name: str
    status: str
    wanted: int
    running: int
    starting: int
    stopping: int


class TypicalSeconds(Document):
    """What completed tasks took lately: half of them, and nine of ten, no more than this."""

    p50: float
    p90: float


class QueueStatus(Document):
    """Tasks that wait for a worker, and at work; records of each topic that no consumer has settled, or None."""

    waiting: int
    running: int
    typical_seconds: TypicalSeconds | None
    lag: dict[str, int] | None


class UsageStatus(Document):
    """The dearest users and tasks since a moment."""

    since: Timestamp
    users: list[UsageItem]
    tasks: list[UsageItem]


class ServiceStatus(Document):
    """A part that gives no answer is None, and ``problems`` says why.

    ``running``: the service of this machine, or deployments on the cluster that was named. ``pid`` to ``api`` are of
    the former, ``cluster`` is the latter's address. ``database``: the one that was asked for queue and usage.
    """

    running: bool
    database: str | None = None
    cluster: str | None = None
    pid: int | None = None
    ready: bool | None = None
    same_sources: bool | None = None
    api: str | None = None
    dashboard: str | None = None
    metrics: list[str] | None = None
    deployments: list[DeploymentStatus] | None = None
    nodes: list[PoolNode] | None = None
    queue: QueueStatus | None = None
    usage: UsageStatus | None = None
    problems: list[str] = []


def service_status(settings: Settings, state: ServiceState, ready: bool) -> ServiceStatus:
    """Ask every part of the service of this machine."""
    gcs = service_gcs(ServicePaths(settings.data))
    dashboard = Dashboard(f"http://{state.dashboard}", shown_token())
    status = ServiceStatus(
        running=True, pid=state.pid, ready=ready, same_sources=state.sources == source_hash(),
        api=settings.model_copy(update={"port": state.port}).url,
    )  # fmt: skip
    _ask_cluster(status, dashboard, lambda: _nodes(gcs_client(gcs) if gcs else None))
    return _ask_database(status, settings)


def cluster_status(settings: Settings, address: str, token_file: Path | None) -> ServiceStatus:
    """Ask a cluster that is named by its GCS or its dashboard, and the database of the settings."""
    status = ServiceStatus(running=False, cluster=address)
    reached = _asked("cluster", status.problems, lambda: reach(settings, address, token_file))
    if reached:
        _ask_cluster(status, reached.dashboard, lambda: _nodes(reached.gcs))
    status.running = bool(status.deployments)
    return _ask_database(status, settings)


def database_status(settings: Settings) -> ServiceStatus:
    """Ask the database alone."""
    return _ask_database(ServiceStatus(running=False), settings)


def _ask_cluster(status: ServiceStatus, dashboard: Dashboard, nodes: Callable[[], list[PoolNode]]) -> None:
    status.dashboard = dashboard.url
    status.metrics = _asked("metrics", status.problems, lambda: _metrics(dashboard))
    status.deployments = _asked("deployments", status.problems, lambda: _deployments(dashboard))
    status.nodes = _asked("nodes", status.problems, nodes)


def _ask_database(status: ServiceStatus, settings: Settings) -> ServiceStatus:
    status.database = _asked("database", status.problems, lambda: database_name(settings))
    database = _asked("database", status.problems, lambda: _open_database(settings)) if status.database else None
    if database is not None:
        try:
            status.queue = _asked("queue", status.problems, lambda: _queue(settings, database, status.problems))
            status.usage = _asked("usage", status.problems, lambda: _usage(database))
        finally:
            database.close()
    return status


def _asked(part: str, problems: list[str], ask: Callable[[], PartT]) -> PartT | None:
    try:
        return ask()
    except DesignAgentError as error:
        problems.append(f"{part}: {error.message}")
    except httpx.HTTPStatusError as error:
        code = error.response.status_code
        advice = " It does not take the token: give the cluster's with --token-file." if code in {401, 403} else ""
        problems.append(f"{part}: Ray's dashboard answers with HTTP status {code}.{advice}")
    except (httpx.HTTPError, OSError, ValueError) as error:
        problems.append(f"{part}: Ray's dashboard gives no answer ({error or type(error).__name__}).")
    return None


def _metrics(dashboard: Dashboard) -> list[str]:
    nodes = dashboard.client.get("/api/prometheus/sd").raise_for_status().json()
    return [f"http://{target}/metrics" for node in nodes for target in node["targets"]]


def _deployments(dashboard: Dashboard) -> list[DeploymentStatus]:
    from serve_apps.api.deployment import APP_NAME  # it brings all of Serve

    return [_deployment(name, replicas) for name, replicas in sorted(dashboard.deployments(APP_NAME).items())]


def _deployment(name: str, replicas: Replicas) -> DeploymentStatus:
    stopping = replicas.states.get("STOPPING", 0)
    return DeploymentStatus(
        name=name, status=replicas.status, wanted=replicas.wanted, running=replicas.running, stopping=stopping,
        starting=sum(replicas.states.values()) - replicas.running - stopping,
    )  # fmt: skip


def _nodes(gcs: Any) -> list[PoolNode]:
    from ray.exceptions import RpcError

    from serve_apps.api.deployment import APP_NAME  # it brings all of Serve

    if gcs is None:
        raise ServiceError("Ray's GCS, which tells them, is not known; name it with --address HOST:PORT.")
    try:
        return pool_nodes(gcs, APP_NAME)
    except RpcError as error:
        raise ServiceError(f"The cluster's GCS gives no answer ({error}).") from error


def database_name(settings: Settings) -> str:
    """Where it is, without secrets."""
    if settings.adapters.database != "mysql":
        return str(settings.database_path)
    from storage.database.mysql_engine import database_url

    return database_url(settings).set(query={}).render_as_string(hide_password=True)


def _open_database(settings: Settings) -> Database:
    # Who only looks makes no folder and no file.
    if settings.adapters.database != "mysql" and not settings.database_path.exists():
        raise UnavailableError(
            f"There is no database {settings.database_path}. Ask with the settings that the service has (--data, "
            "DESIGN_AGENT_PROFILE, DESIGN_AGENT_DATABASE_URL).", part="database",
        )  # fmt: skip
    return open_database(settings)


def _queue(settings: Settings, database: Database, problems: list[str]) -> QueueStatus:
    queue = open_queue(settings, database)
    try:
        view = database.queue_view([])
        return QueueStatus(
            waiting=database.backlog(), running=view.running, typical_seconds=typical(view.recent_seconds),
            lag=_asked("lag", problems, lambda: dict(queue.lag())),
        )  # fmt: skip
    finally:
        queue.close()


def typical(seconds: Sequence[float]) -> TypicalSeconds | None:
    """Of numbers in order, the shortest first; None without any."""
    if not seconds:
        return None
    return TypicalSeconds(p50=seconds[-(-len(seconds) // 2) - 1], p90=seconds[-(-9 * len(seconds) // 10) - 1])


def _usage(database: Database) -> UsageStatus:
    until = utc_now() + timedelta(seconds=1)
    since = until - USAGE_PERIOD

    def dearest(by: UsageKind) -> list[UsageItem]:
        return database.usage(since, until, by, limit=DEAREST).items

    return UsageStatus(since=since, users=dearest("user"), tasks=dearest("task"))
