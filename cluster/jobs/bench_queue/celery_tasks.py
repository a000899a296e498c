"""The baseline of the whole path: Celery on Redis, acks_late, a task that does nothing.

Run as ``python celery_tasks.py REDIS_URL TASKS WORKERS`` by an environment that holds Celery; prints two numbers: tasks
sent a second, and tasks done a second from the first send to the last end.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import redis
from celery import Celery

DONE = "bench:done"
LONGEST_SECONDS = 600.0
url = os.environ.get("BENCH_REDIS", "")
app = Celery("celery_tasks", broker=url)
app.conf.update(task_acks_late=True, task_ignore_result=True, broker_connection_retry_on_startup=True)
client = redis.Redis.from_url(url) if url else None


@app.task  # type: ignore[untyped-decorator]
def nothing() -> None:
    """Counts that it ran."""
    assert client is not None
    client.incr(DONE)


def main() -> int:
    """Start workers, send, wait, stop."""
    assert client is not None
    count, workers = int(sys.argv[1]), int(sys.argv[2])
    client.delete(DONE, "celery")
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "celery_tasks", "worker", "-c", str(workers), "--loglevel", "error"],
        cwd=Path(__file__).parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        nothing.delay()
        _await_count(1)
        started = time.monotonic()
        for _ in range(count):
            nothing.delay()
        sent = time.monotonic() - started
        _await_count(count + 1)
        sys.stdout.write(f"{count / sent:.1f} {count / (time.monotonic() - started):.1f}\n")
    finally:
        worker.terminate()
        worker.wait()
    return 0


def _await_count(count: int) -> None:
    assert client is not None
    deadline = time.monotonic() + LONGEST_SECONDS
    while int(client.get(DONE) or 0) < count:
        if time.monotonic() > deadline:
            raise TimeoutError("Celery does not finish")
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
