"""What an operator, or a fault, does to the topics."""

from contextlib import suppress

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from configs.settings import Settings
from storage.queue.kafka_topics import Topics
from tests.contract.lanes import until

Record = tuple[bytes | None, bytes | None]


def topics_of(settings: Settings) -> list[str]:
    """The task topics, most urgent first."""
    return list(Topics.of(settings.kafka_prefix).tasks.values())


def send(settings: Settings, topic: str, *records: Record, headers: list[tuple[str, bytes]] | None = None) -> None:
    """(key, value) records, by nobody we know."""
    producer = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap)
    for key, value in records:
        producer.send(topic, value, key, headers=headers).get(timeout=30)
    producer.close()


def records_of(settings: Settings, topic: str | None = None) -> list[Record]:
    """(key, value) of everything in that topic, or in all task topics."""
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest", group_id=None, fetch_max_wait_ms=50
    )
    parts = [part for part in _partitions(consumer, settings) if topic in {part.topic, None}]
    consumer.assign(parts)
    found: list[Record] = []
    while any((end := consumer.highwater(part)) is None or consumer.position(part) < end for part in parts):
        for batch in consumer.poll(100).values():
            found += [(record.key, record.value) for record in batch]
    consumer.close()
    return found


def reset_offsets(settings: Settings) -> None:
    """Commit 0 for every partition, as an operator does while no consumer runs."""
    group = Topics.of(settings.kafka_prefix).group
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, group_id=group, enable_auto_commit=False)
    parts = _partitions(consumer, settings)
    consumer.assign(parts)

    def committed() -> bool:
        """Not while one that ended without its goodbye is in the group, until its session ends."""
        with suppress(KafkaError):
            consumer.commit({part: OffsetAndMetadata(0, "", -1) for part in parts})
            return True
        return False

    until(committed)
    consumer.close()


def delete_topics(settings: Settings) -> None:
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    admin.delete_topics(topics_of(settings))
    admin.close()


def _partitions(consumer: KafkaConsumer, settings: Settings) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for topic in topics_of(settings)
            for number in consumer.partitions_for_topic(topic) or ()]  # fmt: skip
