"""What runs, what waits, and what it took: everything that ``design-agent status`` tells."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import httpx

from cluster.multinode.dashboard import Dashboard, Replicas
from cluster.paths import ServicePaths
from cluster.state import ServiceState
from configs.build import source_hash
from configs.settings import Settings
from storage.documents.base import Document, Timestamp, utc_now
from storage.documents.usage import UsageItem, UsageKind
from storage.errors import DesignAgentError
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
    """Tasks that wait for a worker, and at work; records of each topic that no consumer has settled."""

    waiting: int
    running: int
    typical_seconds: TypicalSeconds | None
    lag: dict[str, int]


class UsageStatus(Document):
    """The dearest users and tasks since a moment."""

    since: Timestamp
    users: list[UsageItem]
    tasks: list[UsageItem]


class ServiceStatus(Document):
    """A part that gives no answer is None, and ``problems`` says why."""

    pid: int
    ready: bool
    same_sources: bool
    api: str
    dashboard: str
    metrics: list[str] | None = None
    deployments: list[DeploymentStatus] | None = None
    queue: QueueStatus | None = None
    usage: UsageStatus | None = None
    problems: list[str] = []


def service_status(settings: Settings, state: ServiceState, ready: bool) -> ServiceStatus:
    """Ask every part."""
    problems: list[str] = []
    dashboard = Dashboard(int(state.dashboard.rpartition(":")[2]), ServicePaths(settings.data).token)
    return ServiceStatus(
        pid=state.pid, ready=ready, same_sources=state.sources == source_hash(),
        api=settings.model_copy(update={"port": state.port}).url, dashboard=f"http://{state.dashboard}",
        metrics=_asked("metrics", problems, lambda: _metrics(dashboard)),
        deployments=_asked("deployments", problems, lambda: _deployments(dashboard)),
        queue=_asked("queue", problems, lambda: _queue(settings)),
        usage=_asked("usage", problems, lambda: _usage(settings)),
        problems=problems,
    )  # fmt: skip


def _asked(part: str, problems: list[str], ask: Callable[[], PartT]) -> PartT | None:
    try:
        return ask()
    except DesignAgentError as error:
        problems.append(f"{part}: {error.message}")
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


def _queue(settings: Settings) -> QueueStatus:
    database = open_database(settings)
    queue = open_queue(settings, database)
    try:
        view = database.queue_view([])
        return QueueStatus(
            waiting=database.backlog(), running=view.running, typical_seconds=typical(view.recent_seconds),
            lag=dict(queue.lag()),
        )  # fmt: skip
    finally:
        queue.close()
        database.close()


def typical(seconds: Sequence[float]) -> TypicalSeconds | None:
    """Of numbers in order, the shortest first; None without any."""
    if not seconds:
        return None
    return TypicalSeconds(p50=seconds[-(-len(seconds) // 2) - 1], p90=seconds[-(-9 * len(seconds) // 10) - 1])


def _usage(settings: Settings) -> UsageStatus:
    until = utc_now() + timedelta(seconds=1)
    since = until - USAGE_PERIOD
    database = open_database(settings)

    def dearest(by: UsageKind) -> list[UsageItem]:
        return database.usage(since, until, by, limit=DEAREST).items

    try:
        return UsageStatus(since=since, users=dearest("user"), tasks=dearest("task"))
    finally:
        database.close()
