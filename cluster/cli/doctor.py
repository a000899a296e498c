"""``doctor``: what is installed, which adapters answer, and what to do about what does not."""

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import typer
from rich.table import Table

from cluster import lifecycle
from cluster.cli.console import out
from cluster.cli.options import Data, Port, settings_of
from configs.build import source_hash
from configs.settings import Settings

PACKAGES = {
    "ray": "cluster", "fastapi": "API", "langgraph": "workflow", "skia": "drawing", "psd_tools": "PSD files",
    "paddleocr": "text reader", "rapidocr": "text reader's weights", "manimgx_fonts_cjk": "Chinese sans typeface",
    "pylopdf_fonts_zh_cn": "Chinese serif typeface", "fontpkg": "Latin typefaces", "deckr_fonts": "colour glyphs",
}  # fmt: skip
MIN_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``advice`` says what to do when it is not ok."""

    what: str
    ok: bool
    detail: str
    advice: str = ""


def doctor_command(port: Port = None, data: Data = None) -> None:
    """Look at the installation and the adapters; exit status 1 when something needs doing."""
    findings = list(examine(settings_of(port, data)))
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


def examine(settings: Settings) -> Iterator[Finding]:
    """All findings, in the order a person would fix them."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", (3, 11) <= sys.version_info[:2] <= (3, 13), version, "Use Python 3.11, 3.12 or 3.13.")
    for name, purpose in PACKAGES.items():
        found = importlib.util.find_spec(name) is not None
        yield Finding(name, found, purpose, "Run scripts/setup to install it.")
    yield _attempt("cv2", "imports without libGL", _import_cv2, "Run scripts/setup: it installs the headless build.")
    yield _free_space(settings)
    yield _attempt("database", str(settings.database_path), lambda: _ping_database(settings),
                   "Make the data folder writable or choose another with --data.")  # fmt: skip
    yield _attempt("objects", str(settings.objects_path), lambda: _ping_objects(settings),
                   "Make the data folder writable or choose another with --data.")  # fmt: skip
    yield _service(settings)


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
