"""What many open streams cost everybody else: /healthz without them and beside them, and when each hears an end.

Usage: python -m cluster.jobs.open_streams [STREAMS]. Exit status 1 when a stream did not hear the end of its task.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

import httpx

from cluster.cli.console import out
from cluster.jobs.faults import BODY, SOON, HeldService
from cluster.ports import free_port

TASKS = 4
PROBES = 100
PROBE_SECONDS = 0.05


async def follow(client: httpx.AsyncClient, task_id: str, opened: asyncio.Semaphore) -> float | None:
    """When the stream heard of the task's end; None if it was closed without."""
    seen = False
    async with client.stream("GET", f"/api/v1/tasks/{task_id}/events") as answer:
        async for line in answer.aiter_lines():
            if not line.startswith("data:"):
                continue
            if not seen:
                seen = True
                opened.release()
            if json.loads(line[5:])["type"] == "end":
                return time.monotonic()
    return None


async def probe(client: httpx.AsyncClient) -> list[float]:
    """Milliseconds of /healthz, one request after the other."""
    took = []
    for _ in range(PROBES):
        began = time.monotonic()
        (await client.get("/healthz")).raise_for_status()
        took.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(PROBE_SECONDS)
    return took


async def measure(url: str, task_ids: list[str], streams: int) -> int:
    """Print the table."""
    limits = httpx.Limits(max_connections=streams + 10)
    async with (
        httpx.AsyncClient(base_url=url, timeout=SOON, limits=limits) as many,
        httpx.AsyncClient(base_url=url, timeout=SOON) as one,
    ):
        await probe(one)
        before = await probe(one)
        opened = asyncio.Semaphore(0)
        feeds = [asyncio.create_task(follow(many, task_ids[n % len(task_ids)], opened)) for n in range(streams)]
        for _ in feeds:
            await opened.acquire()
        beside = await probe(one)
        cancelled = time.monotonic()
        for task_id in task_ids:
            (await one.post(f"/api/v1/tasks/{task_id}/cancel")).raise_for_status()
        heard = [at - cancelled for at in await asyncio.gather(*feeds) if at is not None]
    rows = [
        (f"/healthz with no stream open, median and p99 of {PROBES}", milliseconds(before)),
        (f"/healthz with {streams} open", milliseconds(beside)),
        ("streams that heard the end of their task", f"{len(heard)}"),
        ("the last of them, after the cancel", f"{max(heard, default=0):.2f} s"),
    ]
    out.print("\n".join(["| | |", "|---|---|", *[f"| {name} | {value} |" for name, value in rows]]))
    return 0 if len(heard) == streams else 1


def milliseconds(took: Sequence[float]) -> str:
    """Median and 99th percentile."""
    return f"{median(took):.0f} ms, {quantiles(took, n=100)[-1]:.0f} ms"


def main() -> int:
    """Hold some tasks in a service of its own, stream them, cancel them."""
    streams = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        service = HeldService(Path(folder), free_port())
        service.up()
        try:
            service.barrier("layout").touch()
            task_ids = [service.create(BODY) for _ in range(TASKS)]
            return asyncio.run(measure(service.url, task_ids, streams))
        finally:
            service.barrier("layout").unlink()
            service.down()


if __name__ == "__main__":
    sys.exit(main())
