"""A GPU pool that grows and shrinks, seen on one machine: a burst of tasks, then a bulk job, and the table of replicas.

Usage: python -m cluster.multinode.demo --help
"""

import csv
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cluster.cli.console import complain, out, print_table, say
from cluster.client import Client
from cluster.errors import ServiceError
from cluster.jobs.prepare import prepare
from cluster.multinode import probe
from cluster.multinode.application import TINY_MODELS, ClusterApplication, variables
from cluster.multinode.burst import MOST, PROMPTS, Burst
from cluster.multinode.config import NodeType
from cluster.multinode.head import MultinodeCluster
from cluster.multinode.timeline import Sample, Timeline
from cluster.ports import free_port
from configs.settings import Settings
from serve_apps.api.deployment import APP_NAME
from storage.errors import DesignAgentError

MODEL = "ImageModel"
SHOWN = (MODEL, "TextReader", "Orchestrator")
GPU_NODE = NodeType("gpu-worker", "sdxl", cpus=1, gpus=1, most=3)
LONGEST = 600.0
POLL_SECONDS = 0.2
SIZE = "360x640"
# Each has two rows under way, which is as much as two replicas take.
ACTORS = 2
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened, and when (monotonic seconds); None if it did not."""

    what: str
    at: float | None
    since: float

    def cells(self) -> list[str]:
        """A row of the table."""
        return [self.what, "never" if self.at is None else f"{self.at - self.since:.1f} s"]


@app.command()
def demo(
    tasks: Annotated[int, typer.Option(min=1, max=MOST, help="Tasks of the burst.")] = 12,
    rows: Annotated[int, typer.Option(min=0, help="Rows of the bulk job; 0: none.")] = 50,
    data: Annotated[Path | None, typer.Option(help="Folder for all it writes; a temporary one if not given.")] = None,
) -> None:
    """Bring the cluster up, load it, print what happened, take it down."""
    with tempfile.TemporaryDirectory(prefix="cluster-demo-") as temporary:
        raise typer.Exit(_run((data or Path(temporary)).resolve(), tasks, rows))


def _run(data: Path, tasks: int, rows: int) -> int:
    port = free_port()
    settings = TINY_MODELS | {"READER_MAX_REPLICAS": "2", "READER_THREADS": "1"}
    cluster = MultinodeCluster(data, (GPU_NODE,), options=variables(settings | {"PORT": str(port)}))
    prepare(Settings(data=data, port=port))
    began = time.monotonic()
    say("starting Ray's head and the application")
    with cluster:
        application = ClusterApplication(cluster.dashboard, port)
        application.deploy("first", (probe.CONFIG,))
        application.wait(probe.NAME)
        say(f"ready after {time.monotonic() - began:.0f} s: API {application.url}, dashboard {cluster.dashboard.url}")
        woken = probe.seconds_from_zero(application.url, cluster.dashboard)
        application.deploy("first")
        with Timeline(cluster.dashboard, APP_NAME) as timeline, Client(application.url, api_key="") as client:
            steps, failed = _burst(timeline, client, tasks)
            steps.insert(0, Step("from zero to an answer of a model that loads nothing", woken, 0.0))
            if rows:
                failed += _bulk(cluster, data, rows, steps)
                _until(lambda: _at_rest(timeline.samples[-1]), "the pool at rest again")
        _report(timeline, steps)
    return 1 if failed else 0


def _burst(timeline: Timeline, client: Client, count: int) -> tuple[list[Step], int]:
    _until(lambda: timeline.samples and _at_rest(timeline.samples[-1]), "a pool at rest")
    say(f"{count} tasks at once; no GPU node, no replica of {MODEL} is there")
    burst = Burst(client)
    burst.send(count)
    ended = Counter(task.status for task in burst.wait(LONGEST))
    say(f"all final after {time.monotonic() - burst.began:.1f} s: {dict(ended)}")
    over = time.monotonic()
    _until(lambda: _at_rest(timeline.samples[-1]), "the pool at rest again")
    begun = burst.began

    def first(what: str, reached: Callable[[Sample], bool]) -> Step:
        return Step(what, timeline.first(reached, begun), begun)

    most = max(sample.running(MODEL) for sample in timeline.samples)
    return [
        first("burst -> first replica asked for", lambda sample: sample.wanted(MODEL) > 0),
        first("burst -> first GPU node", lambda sample: sample.gpu_nodes > 0),
        first("burst -> first replica takes calls", lambda sample: sample.running(MODEL) > 0),
        Step("burst -> first picture", burst.pictured, begun),
        Step("burst -> first poster", burst.answered, begun),
        first(f"burst -> {most} replicas", lambda sample: sample.running(MODEL) == most),
        Step(f"burst -> last of {count} posters", burst.over, begun),
        Step("last poster -> no replica", timeline.first(lambda sample: sample.running(MODEL) == 0, over), over),
        Step("last poster -> no GPU node", timeline.first(lambda sample: sample.gpu_nodes == 0, over), over),
    ], count - ended["completed"]


def _bulk(cluster: MultinodeCluster, data: Path, rows: int, steps: list[Step]) -> int:
    """Rows that made no poster."""
    table, folder = data / "rows.csv", data / "bulk"
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["prompt"])
        writer.writerows([f"{PROMPTS[number % len(PROMPTS)]} No. {number}"] for number in range(rows))
    say(f"bulk job of {rows} rows")
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "cluster.cli.main", "bulk", str(table), "--out", str(folder), "--size", SIZE, "--strict",
         "--actors", str(ACTORS), "--address", cluster.dashboard.url, "--token-file", str(cluster.paths.token)],
        env=cluster.environment(), stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    steps.append(Step(f"bulk job of {rows} rows", time.monotonic(), began))
    return done.returncode


def _at_rest(sample: Sample) -> bool:
    return sample.running(MODEL) == 0 and sample.wanted(MODEL) == 0 and sample.gpu_nodes == 0


def _until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + LONGEST
    while not condition():
        if time.monotonic() > deadline:
            raise ServiceError(f"Not within {LONGEST:.0f} s: {what}.")
        time.sleep(POLL_SECONDS)


def _report(timeline: Timeline, steps: list[Step]) -> None:
    began = steps[1].since
    out.print(f"\nReplicas that take calls / that are wanted, of {', '.join(SHOWN)}:\n")
    print_table([["seconds", "GPU nodes", *SHOWN], *timeline.rows(SHOWN, began)])
    out.print("")
    print_table([["step", "took"], *(step.cells() for step in steps)])


def main() -> int:
    """Exit status 1 when a task or a row made no poster."""
    # As Ctrl-C does: the cluster is taken down on the way out.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        return int(app(standalone_mode=False) or 0)
    except typer.TyperException as error:
        complain(getattr(error, "format_message", error.__str__)(), "USAGE")
        return 2
    except typer.Exit as stop:
        return stop.exit_code
    except DesignAgentError as error:
        complain(error.message, error.code)
        return 1


if __name__ == "__main__":
    sys.exit(main())
