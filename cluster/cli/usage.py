"""``usage``: what engines took in a period, as the service's ledger has it."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from cluster.cli.connection import connect
from cluster.cli.console import out, print_table, say
from cluster.cli.options import Data, Port, settings_of
from storage.documents.base import format_time
from storage.documents.usage import UsageItem, UsageKind, UsageReport, UsageSums

_TIME = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
_HEADINGS = ["tasks", "seconds", "GPU seconds", "tokens", "steps"]


def usage_command(
    by: Annotated[UsageKind, typer.Option(help="What each row is of.")] = "user",
    since: Annotated[
        datetime | None, typer.Option(formats=_TIME, help="UTC, included; a week before --until if not given.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(formats=_TIME, help="UTC, excluded; now if not given.")] = None,
    user: Annotated[str | None, typer.Option(help="Only this user's.")] = None,
    task: Annotated[str | None, typer.Option(help="Only this task's; it may be deleted.")] = None,
    limit: Annotated[int, typer.Option(help="How many rows, the dearest first.", min=1, max=1000)] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    port: Port = None,
    data: Data = None,
) -> None:
    """Seconds, GPU seconds, tokens and denoising steps by user, task, stage or model."""
    with connect(settings_of(port, data)) as client:
        report = client.usage(by=by, since=_utc(since), until=_utc(until), user_id=user, task_id=task, limit=limit)
    if as_json:
        out.print(report.model_dump_json(indent=2, exclude_none=True))
        return
    say(f"from {format_time(report.since)} to {format_time(report.until)}")
    print_table(_rows(report))


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _rows(report: UsageReport) -> list[list[str]]:
    names = ["task", "user"] if report.by == "task" else [report.by]
    total = ["all", *[""] * (len(names) - 1), *_sums(report.total)]
    return [[*names, *_HEADINGS], *([*_names(item), *_sums(item)] for item in report.items), total]


def _names(item: UsageItem) -> list[str]:
    return [name for name in (item.task_id, item.user_id, item.stage, item.model) if name is not None]


def _sums(sums: UsageSums) -> list[str]:
    return [str(sums.tasks), f"{sums.seconds:.2f}", f"{sums.gpu_seconds:.2f}", str(sums.tokens), str(sums.steps)]
