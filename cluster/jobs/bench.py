"""Times the service: cold start, warm posters, phases and memory, beside the same pipeline called in this process.

Usage: python -m cluster.jobs.bench [POSTERS]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from typing import Any

import psutil

from cluster.cli.connection import connect
from cluster.cli.console import out
from cluster.cli.generate import task_options
from cluster.client import Client, TaskOptions
from cluster.ports import free_port
from cluster.state import ServiceState
from configs.settings import Settings, get_settings

PROMPTS = [
    "创建一个蓝色商务风格的招聘海报，包含公司logo和职位信息",
    "社区读书会 11月28日 14:00 城市书房",
    "Jazz night poster, Friday Dec 5, 8 pm, Blue Note, tickets $25",
    "咖啡店新品桂花拿铁上市，28元",
    "城市马拉松 10月18日 7:00 起跑 人民广场",
]
SIZE = "1080x1920"


def main() -> int:
    """Print one table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"DESIGN_AGENT_DATA": folder, "DESIGN_AGENT_PORT": str(free_port())}
        os.environ.update(environment)
        get_settings.cache_clear()
        settings = get_settings()
        agent = [sys.executable, "-m", "cluster.cli.main"]
        try:
            cold = _wall([*agent, "generate", PROMPTS[0], "--out", folder + "/out"])
            walls = [
                _wall([*agent, "generate", PROMPTS[i % len(PROMPTS)], "--seed", str(i), "--out", folder + "/out"])
                for i in range(count)
            ]
            with connect(settings) as client:
                served, phases = _served(client, count)
            memory = _memory(settings)
        finally:
            subprocess.run([*agent, "down"], check=False, capture_output=True)
        baseline = _in_process(settings, count)
    out.print(f"service down -> poster       {cold:6.2f} s")
    out.print(f"warm command, median of {count:3}  {statistics.median(walls):6.2f} s   worst {max(walls):.2f} s")
    out.print(f"task in the service, median  {statistics.median(served):6.2f} s")
    out.print(f"same pipeline in one process {statistics.median(baseline):6.2f} s   (baseline)")
    out.print(f"service / baseline           {statistics.median(served) / statistics.median(baseline):6.2f}")
    out.print(f"memory of the stack          {memory / 1e9:6.2f} GB PSS")
    for phase, seconds in phases.items():
        out.print(f"  {phase:24} {statistics.median(seconds):6.2f} s")
    return 0


def _wall(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def _served(client: Client, count: int) -> tuple[list[float], dict[str, list[float]]]:
    totals, phases = [], defaultdict[str, list[float]](list)
    for index in range(count):
        started = before = time.perf_counter()
        prompt, options = _request(index)
        task = client.create_task(prompt, **options)
        phase = "init"
        for event in client.watch(task.id):
            if event.phase != phase:
                now = time.perf_counter()
                phases[phase].append(now - before)
                phase, before = event.phase, now
        totals.append(time.perf_counter() - started)
    return totals, phases


def _request(index: int) -> tuple[str, TaskOptions]:
    prompt = PROMPTS[index % len(PROMPTS)]
    return prompt, task_options(prompt, SIZE, "", [], [], 0, 1000 + index)


def _memory(settings: Settings) -> int:
    state = ServiceState.read(settings.data / "service.json")
    assert state is not None
    leader = psutil.Process(state.pid)
    return sum(process.memory_full_info().pss for process in [leader, *leader.children(recursive=True)])


class _Unfenced:
    """The pipeline's executor when nobody else could own the task."""

    def check(self) -> None:
        """Always may go on."""

    def report(self, phase: str, details: dict[str, Any] | None = None) -> None:
        """Nobody watches."""

    def complete(self, document: Any, files: Any, quality: dict[str, Any]) -> None:
        """The files are the result."""


def _in_process(settings: Settings, count: int) -> list[float]:
    from langgraph.checkpoint.memory import InMemorySaver

    from pipelines.models.paddle_ocr import PaddleOcrReader
    from pipelines.runner import run_task
    from serve_apps.handles import Generators
    from serve_apps.models import build_engines
    from storage.documents.progress import TaskProgress
    from storage.documents.task import CreateTask, Task
    from storage.factory import open_objects

    reader = PaddleOcrReader(threads=settings.reader_threads, models_dir=settings.data / "models")
    engines = build_engines(settings, open_objects(settings), Generators(reader))
    seconds = []
    for index in range(count + 1):
        prompt, options = _request(index)
        body = CreateTask.model_validate({"prompt": prompt, **options})
        task = Task(
            id=f"task_{index}", user_id="local", status="processing", input_params=body.params(),
            progress=TaskProgress(phase="init", percentage=0), created_at="2026-01-01T00:00:00Z",
        )  # fmt: skip
        started = time.perf_counter()
        run_task(task, engines, _Unfenced(), InMemorySaver())
        seconds.append(time.perf_counter() - started)
    return seconds[1:]  # the first one warms up


if __name__ == "__main__":
    sys.exit(main())
