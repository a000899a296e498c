"""Requests a second through Serve's proxies, beside the same application under bare uvicorn, in one run.

Usage: python -m cluster.jobs.bench_api [ROUNDS]. Needs ``wrk``. One connection pool of 16, 4 seconds a round; the
servers take turns, so that a noisy machine is noisy for all.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi import FastAPI
from rich.markup import escape

from cluster.cli.console import out
from cluster.client import Client
from cluster.ports import free_port
from cluster.ray_environment import FAST
from configs.settings import get_settings
from serve_apps.api.deployment import WorkshopHandle, api_application

SECONDS, CONNECTIONS = 4, 16
START_SECONDS = 60.0
BARE, SERVE, HAPROXY = "uvicorn", "Serve", "Serve with HAProxy"
AGENT = [sys.executable, "-m", "cluster.cli.main"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One round of one page."""

    requests_a_second: float
    p99_ms: float


def bare_app() -> FastAPI:
    """For uvicorn: the application, with nobody to draw posters."""
    return api_application(get_settings(), WorkshopHandle(None, 1.0))  # type: ignore[arg-type]


def main() -> int:
    """Print one table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    if shutil.which("wrk") is None:
        out.print("bench_api needs wrk; install it, for example: sudo apt-get install wrk")
        return 1
    found: dict[tuple[str, str], list[Measured]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        plain = running.enter_context(_service(Path(folder) / "plain", {}))
        fast = running.enter_context(_service(Path(folder) / "fast", FAST))
        bare = running.enter_context(_uvicorn(Path(folder) / "plain"))
        task_of = {plain: _poster(plain), fast: _poster(fast)}
        task_of[bare] = task_of[plain]
        for _ in range(rounds):
            for name, url in ((BARE, bare), (SERVE, plain), (HAPROXY, fast)):
                for page in ("/healthz", f"/api/v1/tasks/{task_of[url]}/status"):
                    found[page.rsplit("/")[-1], name].append(_wrk(url + page))
    out.print("| page | server | requests/s | p99 ms | of uvicorn |\n|---|---|---|---|---|")
    for (page, name), measured in found.items():
        speed = statistics.median(round.requests_a_second for round in measured)
        base = statistics.median(round.requests_a_second for round in found[page, BARE])
        p99 = statistics.median(round.p99_ms for round in measured)
        out.print(escape(f"| {page} | {name} | {speed:.0f} | {p99:.0f} | {speed / base:.2f} |"))
    return 0


@contextmanager
def _service(data: Path, extra: dict[str, str]) -> Iterator[str]:
    port = free_port()
    environment = os.environ | extra | {"DESIGN_AGENT_DATA": str(data), "DESIGN_AGENT_PORT": str(port)}
    subprocess.run([*AGENT, "up"], env=environment, check=True, capture_output=True)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        subprocess.run([*AGENT, "down"], env=environment, check=False, capture_output=True)


@contextmanager
def _uvicorn(data: Path) -> Iterator[str]:
    """The same application on the same data, in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "cluster.jobs.bench_api:bare_app", "--port", str(port),
               "--log-level", "warning"]  # fmt: skip
    process = subprocess.Popen(command, env=os.environ | {"DESIGN_AGENT_DATA": str(data)}, stdin=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _await_answer(url)
        yield url
    finally:
        process.terminate()
        process.wait()


def _await_answer(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(f"{url}/healthz")
            return
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _poster(url: str) -> str:
    """Id of a task that is completed."""
    with Client(url) as client:
        task = client.create_task("社区读书会 11月28日 14:00 城市书房", size={"width": 360, "height": 640})
        client.wait(task.id)
        return task.id


def _wrk(url: str) -> Measured:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", "--latency", url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(f"{url} answered with errors:\n{said}")
    speed = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()  # type: ignore[union-attr]
    return Measured(speed, float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit])


if __name__ == "__main__":
    sys.exit(main())
