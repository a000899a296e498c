"""What child processes of the suite do."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from configs.settings import Settings
from storage.database.base import Claim
from storage.errors import ConflictError, UnavailableError
from storage.queue.kafka import KafkaQueue
from storage.queue.kafka_publisher import KafkaPublisher
from tests.contract.adapters import open_database
from tests.contract.helpers import complete

LEASE_SECONDS = 3.0
MOST = 20
"""Tasks that one completes, so that some are left when it is killed, however late."""


def consume(adapter: str, folder: str, settings: Settings, pipe: str) -> None:
    """Complete some tasks, then be at work until killed; says on the pipe which it has claimed, before the work.

    First it says that it has its share of the partitions.
    """
    database = open_database(adapter, Path(folder))
    queue = KafkaQueue(database, settings)
    claimed = os.open(pipe, os.O_WRONLY)
    while not queue.joined:
        with suppress(UnavailableError):
            queue.ready()
    os.write(claimed, f"{os.getpid()} joined\n".encode())
    done = 0
    while True:
        for claim in _taken(queue):
            os.write(claimed, f"{os.getpid()} {claim.task_id} {claim.attempt}\n".encode())
            if done == MOST:
                signal.pause()
            with suppress(ConflictError):
                complete(database, database.get_task(claim.task_id), claim.attempt)
                done += 1
        time.sleep(0.005)


def _taken(queue: KafkaQueue) -> list[Claim]:
    try:
        return queue.take(f"child-{os.getpid()}", 3, LEASE_SECONDS)
    except UnavailableError:
        return []


def publish(adapter: str, folder: str, settings: Settings, pipe: str) -> None:
    """Publish until killed; says on the pipe that it has."""
    publisher = KafkaPublisher(open_database(adapter, Path(folder)), settings)
    out = os.open(pipe, os.O_WRONLY)
    while True:
        with suppress(UnavailableError):
            publisher.publish()
            os.write(out, b"published\n")
        time.sleep(0.005)
