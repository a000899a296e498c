"""``doctor``: what is installed, which adapters answer, and what to do about what does not."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cluster import lifecycle
from cluster.cli.console import out
from cluster.cli.options import Data, Port, settings_of
from cluster.diagnosis.finding import Examination, Finding, side_by_side
from cluster.errors import ServiceError
from configs.build import source_hash
from configs.settings import Settings

PACKAGES = {
    "ray": "cluster", "fastapi": "API", "langgraph": "workflow", "skia": "drawing", "psd_tools": "PSD files",
    "paddleocr": "text reader", "rapidocr": "text reader's weights", "manimgx_fonts_cjk": "Chinese sans typeface",
    "pylopdf_fonts_zh_cn": "Chinese serif typeface", "fontpkg": "Latin typefaces", "deckr_fonts": "colour glyphs",
}  # fmt: skip
MIN_FREE_BYTES = 1_000_000_000
_FOLDER_ADVICE = "Make the data folder writable or choose another with --data."


def doctor_command(
    port: Port = None, data: Data = None,
    profile: Annotated[str | None, typer.Option(help="The profile to look at.", envvar="DESIGN_AGENT_PROFILE")] = None,
) -> None:  # fmt: skip
    """Look at the installation, the servers and the service; exit status 1 when something needs doing."""
    if profile is not None:
        os.environ["DESIGN_AGENT_PROFILE"] = profile
    findings = list(examine(port, data))
    table = Table(show_edge=False)
    for column in ("what", "", "detail"):
        table.add_column(column)
    for finding in findings:
        table.add_row(finding.what, "ok" if finding.ok else "NO", finding.detail)
    out.print(table)
    for finding in findings:
        if not finding.ok:
            out.print(f"{finding.what}: {finding.advice}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def examine(port: int | None, data: Path | None) -> Iterator[Finding]:
    """All findings, in the order a person would fix them."""
    yield from _installation()
    try:
        settings = settings_of(port, data)
    except ServiceError as problem:
        yield Finding("settings", False, "not usable; nothing that they name was looked at", problem.message)
        return
    yield Finding("settings", True, f"profile {settings.profile}")
    yield _free_space(settings)
    yield from side_by_side(examinations(settings), settings)
    yield _service(settings)


def examinations(settings: Settings) -> dict[str, Examination]:
    """How to look at what each port's adapter depends on."""
    from cluster.diagnosis import kafka, mysql, redis, s3

    adapters = settings.adapters
    chosen: dict[str, Examination] = {"database": mysql.examine if adapters.database == "mysql" else _own_database}
    if "redis" in {adapters.progress, adapters.cache}:
        chosen["redis"] = redis.examine
    if adapters.queue == "kafka":
        chosen["kafka"] = kafka.examine
    chosen["objects"] = s3.examine if adapters.objects == "s3" else _own_objects
    return chosen


def _installation() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", (3, 11) <= sys.version_info[:2] <= (3, 13), version, "Use Python 3.11, 3.12 or 3.13.")
    for name, purpose in PACKAGES.items():
        found = importlib.util.find_spec(name) is not None
        yield Finding(name, found, purpose, "Run scripts/setup to install it.")
    yield _attempt("cv2", "imports without libGL", _import_cv2, "Run scripts/setup: it installs the headless build.")


def _own_database(settings: Settings) -> list[Finding]:
    return [_attempt("database", str(settings.database_path), lambda: _ping_database(settings), _FOLDER_ADVICE)]


def _own_objects(settings: Settings) -> list[Finding]:
    return [_attempt("objects", str(settings.objects_path), lambda: _ping_objects(settings), _FOLDER_ADVICE)]


def _attempt(what: str, detail: str, action: Callable[[], None], advice: str) -> Finding:
    try:
        action()
    except Exception as error:
        return Finding(what, False, f"{type(error).__name__}: {error}", advice)
    return Finding(what, True, detail)


def _import_cv2() -> None:
    import cv2  # noqa: F401


def _ping_database(settings: Settings) -> None:
    from storage.factory import open_database

    settings.data.mkdir(parents=True, exist_ok=True)
    database = open_database(settings)
    database.migrate()
    database.ping()
    database.close()


def _ping_objects(settings: Settings) -> None:
    from storage.factory import open_objects

    open_objects(settings).ping()


def _free_space(settings: Settings) -> Finding:
    settings.data.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.data).free
    return Finding("disk", free >= MIN_FREE_BYTES, f"{free / 1e9:.1f} GB free in {settings.data}",
                   "Free at least 1 GB or choose another folder with --data.")  # fmt: skip


def _service(settings: Settings) -> Finding:
    health = lifecycle.health(settings)
    if health is None:
        return Finding("service", False, f"nothing answers at {settings.url}", "Start it: design-agent up")
    facts = health.get("data", health)
    if facts.get("sources") != source_hash():
        return Finding("service", False, "runs other sources", "Replace it: design-agent up")
    if not lifecycle.ready(settings):
        return Finding("service", False, "answers but is not ready", f"Read {settings.url}/readyz")
    return Finding("service", True, f"{settings.url}, version {facts.get('version')}")
