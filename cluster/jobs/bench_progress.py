"""How long after its commit an event is seen by a stream: polling beside Redis over the same events; and element reads.

Usage: python -m cluster.jobs.bench_progress [EVENTS] [STREAMS]. The profile and its servers come from the environment.
One process writes, as an orchestrator does; this one has both feeds, each with its streams, as an API replica has one.
"""

import asyncio
import contextlib
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from cluster.cli.console import out
from configs.settings import Settings, get_settings
from storage.cache.none import NoCache
from storage.database.base import Database
from storage.documents.element import ElementContent, ElementSpec
from storage.documents.external import NewElement, NewElements, NewPoster
from storage.documents.task import TaskParams
from storage.factory import open_cache, open_database, open_progress_feed
from storage.progress.base import ProgressFeed
from storage.progress.polling import PollingFeed

TASKS = 10
USER = "bench"
PAUSE = (0.01, 0.06)
SPAWN = multiprocessing.get_context("spawn")
Times = dict[tuple[str, int], float]


def main() -> int:
    """Print two tables."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    streams = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DESIGN_AGENT_DATA"] = folder
        get_settings.cache_clear()
        settings = get_settings()
        with contextlib.closing(open_database(settings)) as database:
            database.migrate()
            seconds = _delays(settings, database, count, streams)
            reads = _element_reads(settings, database, count)
    adapters = settings.adapters
    out.print(f"profile {settings.profile}, {count} events of {TASKS} tasks, {streams} streams on each feed\n")
    out.print("| committed → seen by a stream | p50 ms | p99 ms | worst ms |\n|---|---|---|---|")
    for name, found in seconds.items():
        out.print(f"| {name} | {_figures(found)} |")
    out.print(f"\n| element read, {adapters.database} | p50 ms | p99 ms | worst ms |\n|---|---|---|---|")
    for name, found in reads.items():
        out.print(f"| {name} | {_figures(found)} |")
    return 0


def _figures(seconds: list[float]) -> str:
    cuts = statistics.quantiles([1000 * value for value in seconds], n=100)
    return f"{cuts[49]:.1f} | {cuts[98]:.1f} | {1000 * max(seconds):.1f}"


def _delays(settings: Settings, database: Database, count: int, streams: int) -> dict[str, list[float]]:
    feeds: dict[str, ProgressFeed] = {
        f"polling every {1000 * settings.progress_poll_seconds:g} ms": PollingFeed(
            database, settings.progress_poll_seconds
        )
    }
    if settings.adapters.progress != "polling":
        feeds[settings.adapters.progress] = open_progress_feed(settings, database)
    tasks = {database.create_task(USER, TaskParams(prompt="bench", seed=1)).id: 0 for _ in range(TASKS)}
    for claim in database.claim("bench", TASKS, 3600):
        tasks[claim.task_id] = claim.attempt
    try:
        committed, seen = asyncio.run(_follow(feeds, tasks, count, streams))
    finally:
        for feed in feeds.values():
            feed.close()
    return {name: [max(0.0, at - committed[key]) for key, at in times] for name, times in seen.items()}


async def _follow(
    feeds: dict[str, ProgressFeed], tasks: dict[str, int], count: int, streams: int
) -> tuple[Times, dict[str, list[tuple[tuple[str, int], float]]]]:
    """When each event was committed, and when each stream saw it."""
    seen: dict[str, list[tuple[tuple[str, int], float]]] = {name: [] for name in feeds}

    async def follow(name: str, task_id: str) -> None:
        async with contextlib.aclosing(feeds[name].follow(task_id, 1)) as events:
            async for event in events:
                seen[name].append(((task_id, event.seq), time.monotonic()))
                if event.type == "end":
                    return

    ids = list(tasks)
    followers = [
        asyncio.create_task(follow(name, ids[number % len(ids)])) for name in feeds for number in range(streams)
    ]
    receiver, sender = SPAWN.Pipe(duplex=False)
    writer = SPAWN.Process(target=_write, args=(sender, tasks, count))
    await asyncio.to_thread(writer.start)
    committed = await asyncio.to_thread(receiver.recv)
    await asyncio.gather(*followers)
    await asyncio.to_thread(writer.join)
    return committed, seen


def _write(stamps: Any, tasks: dict[str, int], count: int) -> None:
    """Record events at random moments; send when each was committed (the clock is the machine's, not the process's)."""
    dice = random.Random(1)  # noqa: S311 - a benchmark's dice
    committed: Times = {}
    with contextlib.closing(open_database(get_settings())) as database:
        time.sleep(1)
        for number in range(count):
            task_id, attempt = list(tasks.items())[number % len(tasks)]
            event = database.record_progress(task_id, attempt, "bench", 50, "", {"number": number})
            committed[task_id, event.seq] = time.monotonic()
            time.sleep(dice.uniform(*PAUSE))
        for task_id in tasks:
            database.cancel_task(task_id)
            committed[task_id, count // len(tasks) + 2] = time.monotonic()
    stamps.send(committed)


def _element_reads(settings: Settings, database: Database, count: int) -> dict[str, list[float]]:
    task = database.create_task(USER, TaskParams(prompt="bench"), executor="external")
    poster = database.create_poster(NewPoster(task_id=task.id, width=640, height=960), USER)
    paths = ["M0 0" + "L12.5 80.25" * points for points in (40, 4000)]
    new = NewElements(poster_id=poster.id, elements=[
        NewElement(layer_id=f"layer_{task.id}", **ElementSpec(
            type="shape", content=ElementContent(shape_type="path", shape_path=path)).model_dump())
        for path in paths
    ])  # fmt: skip
    ids = [element.id for element in database.create_elements(new, USER)]
    caches = {"database": NoCache()} | ({"cache": open_cache(settings)} if settings.adapters.cache != "none" else {})
    found: dict[str, list[float]] = {}
    for path, element_id in zip(paths, ids, strict=True):
        for name, cache in caches.items():
            read = _bound(cache.read_element, database, element_id)
            read()
            found[f"{name}, {len(path) / 1000:.1f} KB of path"] = [read() for _ in range(count)]
    return found


def _bound(read: Callable[[Database, str], Any], database: Database, element_id: str) -> Callable[[], float]:
    def timed() -> float:
        began = time.perf_counter()
        read(database, element_id)
        return time.perf_counter() - began

    return timed


if __name__ == "__main__":
    sys.exit(main())
