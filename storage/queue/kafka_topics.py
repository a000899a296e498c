"""The topics: one for each class of priority, and one for dead letters."""

from dataclasses import dataclass
from typing import Any

from kafka.errors import TopicAlreadyExistsError

from configs.servers import ServerSettings
from storage.database import lanes
from storage.database.queue_base import Band
from storage.queue.kafka_clients import named_errors, open_admin

# A topic is first in, first out; a class of its own lets what is urgent overtake. Highest first, the bulk lane last.
BULK = Band(lanes.level_of("bulk", lanes.LOWEST), lanes.level_of("bulk", lanes.HIGHEST))
CLASSES = {"high": Band(7, 9), "normal": Band(3, 6), "low": Band(0, 2), "bulk": BULK}
FOR_EVER = {"retention.ms": "-1"}


@dataclass(frozen=True, slots=True)
class Topics:
    """Names of one deployment's topics and groups; ``tasks`` is the topic of each band, most urgent first."""

    tasks: dict[Band, str]
    dead: str
    group: str

    @classmethod
    def of(cls, prefix: str) -> "Topics":
        """Those that begin with this prefix."""
        tasks = {band: f"{prefix}.tasks.{name}" for name, band in CLASSES.items()}
        return cls(tasks, f"{prefix}.tasks.dead", f"{prefix}.ingress")


def ensure_topics(settings: ServerSettings) -> None:
    """Make the topics that are missing; those that exist stay as they are. Raises UnavailableError."""
    topics = Topics.of(settings.kafka_prefix)
    replication = settings.kafka_replication
    shape = {"num_partitions": settings.kafka_partitions, "replication_factor": replication}
    wanted: dict[str, dict[str, Any]] = dict.fromkeys(topics.tasks.values(), shape)
    # One partition: letters are listed in the order they came.
    wanted[topics.dead] = {"num_partitions": 1, "replication_factor": replication, "configs": FOR_EVER}
    with named_errors(settings):
        admin = open_admin(settings)
        try:
            there = set(admin.list_topics())
            for name in wanted.keys() - there:
                try:
                    admin.create_topics({name: wanted[name]}, wait_for_metadata=True)
                except TopicAlreadyExistsError:
                    continue
        finally:
            admin.close()
