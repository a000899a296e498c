"""``status``: what runs, what waits, what it took."""

from typing import Annotated

import typer

from cluster import lifecycle
from cluster.cli.console import out, print_table
from cluster.cli.options import Data, Port, settings_of
from cluster.paths import ServicePaths
from cluster.state import ServiceState
from cluster.status import DeploymentStatus, QueueStatus, ServiceStatus, UsageStatus, service_status
from storage.documents.base import format_time
from storage.documents.usage import UsageItem

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def status_command(port: Port = None, data: Data = None, as_json: AsJson = False) -> None:
    """Say what runs and what waits; exit status 1 when nothing runs."""
    settings = settings_of(port, data)
    state = ServiceState.read(ServicePaths(settings.data).state)
    if state is None or not state.alive():
        out.print("null" if as_json else f"not running (data folder {settings.data}); start it with: design-agent up")
        raise typer.Exit(1)
    status = service_status(settings, state, lifecycle.ready(settings))
    if as_json:
        out.print(status.model_dump_json(indent=2))
        return
    _print_service(status)
    out.print(f"its token      cat {ServicePaths(settings.data).token}")
    for problem in status.problems:
        out.print(f"no answer      {problem}")
    if status.deployments:
        _print_deployments(status.deployments)
    if status.usage and (status.usage.users or status.usage.tasks):
        _print_usage(status.usage)


def _print_service(status: ServiceStatus) -> None:
    out.print(f"running since this build: {'yes' if status.same_sources else 'no, of other sources'}")
    out.print(f"process {status.pid}, ready: {'yes' if status.ready else 'no'}")
    if status.queue:
        out.print(f"queue          {_words(status.queue)}")
    out.print(f"API            {status.api}/docs")
    out.print(f"Ray dashboard  {status.dashboard}")
    for page in status.metrics or []:
        out.print(f"metrics        {page}")


def _words(queue: QueueStatus) -> str:
    lag = "".join(f", {records} behind in {topic}" for topic, records in queue.lag.items())
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
