"""Prints the table of the queue's speed for one profile.

Usage: python -m cluster.jobs.bench_queue [TASKS] [WORKERS]. The profile and its servers come from the environment; with
DESIGN_AGENT_REDIS_URL set, Celery runs the same no-op task on it, from an environment of its own.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from cluster.cli.console import out
from cluster.jobs.bench_queue import bare, service
from configs.settings import get_settings
from storage.factory import open_database

CELERY = ("celery[redis]==5.7.0",)
# Requests that a busy replica of the API has at once; those that come together are stored together.
THREADS = 16
# A load that leaves the queue short, so that a wait is the path's own.
PACED_SHARE = 0.3


def main() -> int:
    """Bare inserts, a burst, a paced run, Celery."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DESIGN_AGENT_DATA"] = folder
        get_settings.cache_clear()
        settings = get_settings()
        database = open_database(settings)
        database.migrate()
        inserts = bare.inserts_a_second(settings, database, count)
        alone, seconds = service.accept(database, count, THREADS)
        accepted = count / seconds
        for task_id in alone.accepted:
            database.cancel_task(task_id)
        with service.running(workers) as parts:
            burst, _ = service.accept(database, count, THREADS)
            parts.finish(burst)
            began = min(burst.accepted.values())
            claimed = count / (max(burst.claimed.values()) - began)
            finished = count / (max(burst.finished.values()) - began)
            paced, _ = service.accept(database, count // 2, THREADS, pause=1 / (PACED_SHARE * finished))
            parts.finish(paced)
        database.close()
        celery = _celery(settings.redis_url.get_secret_value(), count, workers) if settings.redis_url else None
    rows: list[tuple[str, str]] = [
        ("bare loop of the same inserts", f"{inserts:.0f} tasks/s"),
        ("accepted, nothing else running", f"{accepted:.0f} tasks/s ({accepted / inserts:.2f} of the bare loop)"),
        ("published, of a burst", _published(burst, began)),
        ("claimed, of a burst", f"{claimed:.0f} tasks/s"),
        ("finished, of a burst", f"{finished:.0f} tasks/s"),
        (f"accepted -> claimed, at {PACED_SHARE:.0%} of that", _wait(paced, "claimed")),
        (f"accepted -> finished, at {PACED_SHARE:.0%} of that", _wait(paced, "finished")),
    ]
    if celery:
        sent, done = celery
        rows += [("Celery, sent", f"{sent:.0f} tasks/s"), ("Celery, done", f"{done:.0f} tasks/s"),
                 ("finished / Celery's done", f"{finished / done:.2f}")]  # fmt: skip
    out.print(f"profile {settings.profile}, {count} tasks, {workers} workers, {THREADS} threads that create\n")
    out.print("\n".join(["| | |", "|---|---|", *[f"| {name} | {value} |" for name, value in rows]]))
    return 0


def _published(stamps: service.Stamps, began: float) -> str:
    if not stamps.published:
        return "-"
    (last, _), number = stamps.published[-1], sum(number for _, number in stamps.published)
    return f"{number / (last - began):.0f} tasks/s"


def _wait(stamps: service.Stamps, end: str) -> str:
    ends: dict[str, float] = getattr(stamps, end)
    waits = sorted(1000 * (ends[task_id] - at) for task_id, at in stamps.accepted.items())
    cuts = statistics.quantiles(waits, n=100)
    return f"p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms"


def _celery(url: str, count: int, workers: int) -> tuple[float, float]:
    """Tasks sent and done a second."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *CELERY], check=True)
        said = subprocess.run(
            [str(python), str(Path(__file__).with_name("celery_tasks.py")), str(count), str(workers)],
            env=os.environ | {"BENCH_REDIS": url}, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
    sent, done = said.split()
    return float(sent), float(done)


if __name__ == "__main__":
    sys.exit(main())
