"""``status``: what runs, what waits, what it took."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cluster import lifecycle
from cluster.cli.console import out, print_table
from cluster.cli.nodes import print_nodes
from cluster.cli.options import Data, Port, TokenFile, settings_of
from cluster.paths import ServicePaths
from cluster.state import ServiceState
from cluster.status import (
    DeploymentStatus,
    QueueStatus,
    ServiceStatus,
    UsageStatus,
    cluster_status,
    database_status,
    service_status,
)
from configs.settings import Settings
from storage.documents.base import format_time
from storage.documents.usage import UsageItem

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Address = Annotated[
    str | None,
    typer.Option(help="HOST:PORT of a cluster's GCS, or http:// address of its dashboard, which tells no nodes."),
]


def status_command(
    port: Port = None,
    data: Data = None,
    as_json: AsJson = False,
    address: Address = None,
    token_file: TokenFile = None,
) -> None:
    """Say what runs and what waits, here or on a cluster; exit status 1 when nothing runs."""
    settings = settings_of(port, data)
    status = _status(settings, address, token_file)
    if as_json:
        out.print(status.model_dump_json(indent=2))
    else:
        _print(status, settings)
    if not status.running:
        raise typer.Exit(1)


def _status(settings: Settings, address: str | None, token_file: Path | None) -> ServiceStatus:
    state = ServiceState.read(ServicePaths(settings.data).state)
    if address is None and state and state.alive():
        return service_status(settings, state, lifecycle.ready(settings))
    # Ray names it so in the pods and jobs of a cluster.
    address = address or os.environ.get("RAY_ADDRESS")
    return cluster_status(settings, address, token_file) if address else database_status(settings)


def _print(status: ServiceStatus, settings: Settings) -> None:
    _print_headline(status, settings)
    if status.queue:
        out.print(f"queue          {_words(status.queue)}")
    if status.database:
        out.print(f"database       {status.database}")
    if status.api:
        out.print(f"API            {status.api}/docs")
    if status.dashboard:
        out.print(f"Ray dashboard  {status.dashboard}")
    for page in status.metrics or []:
        out.print(f"metrics        {page}")
    if status.pid is not None:
        out.print(f"its token      cat {ServicePaths(settings.data).token}")
    for problem in status.problems:
        out.print(f"no answer      {problem}")
    if status.deployments:
        _print_deployments(status.deployments)
    if status.nodes:
        out.print()
        print_nodes(status.nodes)
    if status.usage and (status.usage.users or status.usage.tasks):
        _print_usage(status.usage)


def _print_headline(status: ServiceStatus, settings: Settings) -> None:
    if status.pid is not None:
        out.print(f"running since this build: {'yes' if status.same_sources else 'no, of other sources'}")
        out.print(f"process {status.pid}, ready: {'yes' if status.ready else 'no'}")
    elif status.cluster is None:
        out.print(
            f"no service runs on this machine (data folder {settings.data}); start it with: design-agent up, or name a "
            "cluster with --address"
        )
    else:
        nothing = "; no design-agent is deployed there" if status.deployments == [] else ""
        out.print(f"cluster at {status.cluster}{nothing}")


def _words(queue: QueueStatus) -> str:
    lag = "".join(f", {records} behind in {topic}" for topic, records in (queue.lag or {}).items())
    took = queue.typical_seconds
    typical = f"; one takes {took.p50:.1f} s, nine of ten {took.p90:.1f} s at most" if took else ""
    return f"{queue.waiting} tasks wait, {queue.running} at work{lag}{typical}"


def _print_deployments(deployments: list[DeploymentStatus]) -> None:
    headings = ["deployment", "status", "wanted", "running", "starting", "stopping"]
    out.print()
    print_table([headings, *([str(value) for value in row.model_dump().values()] for row in deployments)])


def _print_usage(usage: UsageStatus) -> None:
    out.print(f"\nsince {format_time(usage.since)}; design-agent usage tells more")
    print_table(
        [["dearest", "", "tasks", "seconds", "GPU seconds"],
         *(["user", item.user_id or "", *_sums(item)] for item in usage.users),
         *(["task", item.task_id or "", *_sums(item)] for item in usage.tasks)]
    )  # fmt: skip


def _sums(item: UsageItem) -> list[str]:
    return [str(item.tasks), f"{item.seconds:.2f}", f"{item.gpu_seconds:.2f}"]
