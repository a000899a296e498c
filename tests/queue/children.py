"""What child processes of the suite do."""

import os
import time
from pathlib import Path

from configs.settings import Settings
from storage.errors import ConflictError, UnavailableError
from storage.queue.kafka import KafkaQueue
from storage.queue.kafka_publisher import KafkaPublisher
from tests.contract.adapters import open_database
from tests.contract.helpers import complete

LEASE_SECONDS = 3.0


def consume(adapter: str, folder: str, settings: Settings, pipe: str) -> None:
    """Take and complete tasks until killed; says on the pipe which it has claimed, before it works on them.

    First it says that it has its share of the partitions.
    """
    database = open_database(adapter, Path(folder))
    queue = KafkaQueue(database, settings)
    claimed = os.open(pipe, os.O_WRONLY)
    while not queue.joined:
        queue.ready()
    os.write(claimed, f"{os.getpid()} joined\n".encode())
    while True:
        for claim in queue.take(f"child-{os.getpid()}", 3, LEASE_SECONDS):
            os.write(claimed, f"{os.getpid()} {claim.task_id} {claim.attempt}\n".encode())
            try:
                complete(database, database.get_task(claim.task_id), claim.attempt)
            except ConflictError:
                continue
        time.sleep(0.005)


def publish(adapter: str, folder: str, settings: Settings, pipe: str) -> None:
    """Publish until killed; says on the pipe that it is about to."""
    publisher = KafkaPublisher(open_database(adapter, Path(folder)), settings)
    out = os.open(pipe, os.O_WRONLY)
    while True:
        os.write(out, b"publishing\n")
        try:
            publisher.publish()
        except UnavailableError:
            continue
        time.sleep(0.005)
