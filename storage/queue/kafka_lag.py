"""How far the consumer group is behind."""

import time

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError

from configs.servers import ServerSettings
from storage.queue.kafka_clients import named_errors, open_consumer
from storage.queue.kafka_topics import Topics, ensure_topics

MEASURE_SECONDS = 10.0
POLL_MS = 50


class LagMeter:
    """Reads the group's commits without joining it. Not thread-safe."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._topics = Topics.of(settings.kafka_prefix)
        self._consumer: KafkaConsumer | None = None

    def measure(self) -> dict[str, int]:
        """Records of each task topic behind the group's commits. Raises UnavailableError."""
        with named_errors(self._settings):
            try:
                if self._consumer is None:
                    ensure_topics(self._settings)
                    self._consumer = open_consumer(self._settings, self._topics.group)
                return self._measure(self._consumer)
            except KafkaError:
                self.close()
                raise

    def close(self) -> None:
        """Release the connection."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close(autocommit=False, timeout_ms=1_000)

    def _measure(self, consumer: KafkaConsumer) -> dict[str, int]:
        topics = list(self._topics.tasks.values())
        partitions = [TopicPartition(topic, number) for topic in topics
                      for number in sorted(consumer.partitions_for_topic(topic) or ())]  # fmt: skip
        first = consumer.beginning_offsets(partitions)
        done = {tp: consumer.committed(tp) for tp in partitions}
        start = {tp: max(first[tp], done[tp] or 0) for tp in partitions}
        ends = self._ends(consumer, partitions, start)
        return {topic: sum(max(0, ends[tp] - start[tp]) for tp in partitions if tp.topic == topic) for topic in topics}

    def _ends(
        self, consumer: KafkaConsumer, partitions: list[TopicPartition], start: dict[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        # A fetch says where a partition ends, on every broker.
        consumer.assign([])
        consumer.assign(partitions)
        for partition in partitions:
            consumer.seek(partition, start[partition])
        ends: dict[TopicPartition, int] = {}
        deadline = time.monotonic() + MEASURE_SECONDS
        while len(ends) < len(partitions):
            if time.monotonic() > deadline:
                raise KafkaTimeoutError("the ends of the topics could not be read")
            consumer.poll(POLL_MS)
            for partition in partitions:
                end = consumer.highwater(partition)
                if end is not None and partition not in ends:
                    ends[partition] = end
                    consumer.pause(partition)
        return ends
