"""The product's path of a task, with engines that do nothing: accept, publish, claim, finish.

Each part is a process of its own, with the adapters of the profile and the loops of the deployments. What is left out
is the call that hands a claim to another replica.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

from configs.settings import get_settings
from serve_apps.execution import FencedExecutor
from serve_apps.logs import configure_logging
from storage.database.base import Claim, Database
from storage.documents.poster import PosterFiles, assemble
from storage.documents.task import TaskParams
from storage.factory import open_database, open_publisher, open_queue

SPAWN = multiprocessing.get_context("spawn")
ROOM = 8
LONGEST_SECONDS = 600.0
PARAMS = TaskParams(prompt="社区读书会 11月28日 14:00 城市书房", seed=1)


@dataclass
class Stamps:
    """When each task was accepted, claimed and finished (seconds of one clock for all processes).

    ``published``: how many the brokers had by which moment, batch by batch; empty where there are no brokers.
    """

    accepted: dict[str, float] = field(default_factory=dict)
    claimed: dict[str, float] = field(default_factory=dict)
    finished: dict[str, float] = field(default_factory=dict)
    published: list[tuple[float, int]] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether everything accepted is finished, and told of as published: that may come after a quick end."""
        sent = sum(number for _, number in self.published)
        return len(self.finished) >= len(self.accepted) and (not sent or sent >= len(self.accepted))


@contextmanager
def running(workers: int) -> Iterator["Parts"]:
    """Relay and workers, up and asked for nothing yet."""
    parts = Parts(workers)
    try:
        yield parts
    finally:
        parts.stop()


class Parts:
    """The processes, and what they report."""

    def __init__(self, workers: int) -> None:
        self._stop = SPAWN.Event()
        ready = SPAWN.Semaphore(0)
        self._pipes: list[Connection] = []
        self._processes = []
        for number in range(workers + 1):
            mine, theirs = SPAWN.Pipe(duplex=False)
            target = _relay if number == 0 else _worker
            process = SPAWN.Process(target=target, args=(self._stop, ready, theirs), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(mine)
            self._processes.append(process)
        for _ in self._processes:
            if not ready.acquire(timeout=LONGEST_SECONDS):
                raise TimeoutError("a part of the bench does not start")

    def finish(self, stamps: Stamps) -> None:
        """Wait until everything accepted is finished. Raises TimeoutError."""
        deadline = time.monotonic() + LONGEST_SECONDS
        while not stamps.ended:
            if time.monotonic() > deadline:
                raise TimeoutError("some tasks do not end")
            for pipe in multiprocessing.connection.wait(self._pipes, timeout=1.0):
                assert isinstance(pipe, Connection)
                kind, report = pipe.recv()
                if kind == "published":
                    stamps.published.append(report)
                else:
                    task_id, claimed, finished = report
                    stamps.claimed[task_id], stamps.finished[task_id] = claimed, finished

    def stop(self) -> None:
        """End them."""
        self._stop.set()
        for process in self._processes:
            process.join(timeout=30)
            if process.is_alive():
                process.kill()


def accept(database: Database, count: int, threads: int, pause: float = 0.0) -> tuple[Stamps, float]:
    """Create tasks of two users from several threads; when each was accepted, and the seconds for all."""
    stamps, lock, started = Stamps(), threading.Lock(), time.monotonic()

    def create(own: int) -> None:
        for number in range(count // threads):
            if pause:
                time.sleep(max(0.0, started + (number * threads + own) * pause - time.monotonic()))
            task = database.create_task(f"user-{number % 2}", PARAMS)
            with lock:
                stamps.accepted[task.id] = time.monotonic()

    running = [threading.Thread(target=create, args=(own,)) for own in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return stamps, time.monotonic() - started


def _relay(stop: Event, ready: "multiprocessing.synchronize.Semaphore", report: Connection) -> None:
    settings = get_settings()
    configure_logging("warning")
    publisher = open_publisher(settings, open_database(settings))
    publisher.publish()
    ready.release()
    while not stop.is_set():
        if number := publisher.publish():
            report.send(("published", (time.monotonic(), number)))
        else:
            stop.wait(settings.kafka_publish_seconds)
    publisher.close()


def _worker(stop: Event, ready: "multiprocessing.synchronize.Semaphore", report: Connection) -> None:
    settings = get_settings()
    configure_logging("warning")
    database = open_database(settings)
    queue = open_queue(settings, database)
    queue.ready()
    ready.release()
    lock = threading.Lock()
    room = threading.Semaphore(ROOM)

    def work(claim: Claim, claimed: float) -> None:
        try:
            executor = FencedExecutor(database, claim.task_id, claim.attempt)
            executor.report("fetching_task")
            task = database.get_task(claim.task_id)
            document = assemble(task.id, task.user_id, 1080, 1920, [], title="no-op")
            executor.complete(document, PosterFiles(version=1, png="a", jpg="b", psd="c"), {"verdict": "pass"})
            with lock:
                report.send(("finished", (claim.task_id, claimed, time.monotonic())))
        finally:
            room.release()

    # As the orchestrator: several tasks at once, each in a thread.
    with ThreadPoolExecutor(ROOM) as pool:
        while not stop.is_set():
            free = 0
            while free < ROOM and room.acquire(blocking=False):
                free += 1
            # As the ingress: a wait for work ends when some arrives.
            waits = queue.ready(settings.queue_poll_seconds if free else 0)
            claims = queue.take(f"bench-{os.getpid()}", free, settings.lease_seconds) if waits and free else []
            for _ in range(free - len(claims)):
                room.release()
            for claim in claims:
                pool.submit(work, claim, time.monotonic())
            if not free:
                stop.wait(settings.queue_poll_seconds)
    queue.close()
