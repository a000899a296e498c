"""From the outbox to the topics."""

from typing import Any

from kafka import KafkaProducer
from typing_extensions import override

from configs.servers import ServerSettings
from storage.database.base import Database
from storage.queue.base import Publisher
from storage.queue.kafka_clients import DELIVERY_MS, close_producer, named_errors, open_producer
from storage.queue.kafka_records import encode
from storage.queue.kafka_topics import Topics, ensure_topics


class KafkaPublisher(Publisher):
    """Marks rows of the outbox as published, then sends them; takes the mark back from what was not acknowledged.

    A death between the two leaves a mark on a row that no broker has: it counts as lost after
    ``kafka_lost_seconds`` and is published then. Not thread-safe; two publishers at once never send the same row.
    """

    def __init__(self, database: Database, settings: ServerSettings) -> None:
        self._database = database
        self._settings = settings
        self._topics = Topics.of(settings.kafka_prefix)
        self._producer: KafkaProducer | None = None

    @override
    def publish(self) -> int:
        if self._producer is None:
            # Before anything is marked: while the brokers are away the outbox is left alone.
            self._open()
        settings = self._settings
        found = self._database.reserve_publications(
            list(self._topics.tasks), settings.kafka_window, settings.kafka_lost_seconds
        )
        unsent = {publication.task_id for publications in found.values() for publication in publications}
        count = len(unsent)
        try:
            with named_errors(settings):
                sent = [
                    (publication.task_id, self._send(self._topics.tasks[band], *encode(publication)))
                    for band, publications in found.items()
                    for publication in publications
                ]
                for task_id, answer in sent:
                    answer.get(DELIVERY_MS / 1000)
                    unsent.discard(task_id)
        except Exception:
            # A producer that failed may never recover: its sequence numbers have a gap.
            self.close()
            self._database.return_publications(sorted(unsent))
            raise
        return count

    @override
    def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            close_producer(producer)

    def _open(self) -> None:
        ensure_topics(self._settings)
        with named_errors(self._settings):
            self._producer = open_producer(self._settings)

    def _send(self, topic: str, key: bytes, value: bytes) -> Any:
        assert self._producer is not None
        return self._producer.send(topic, value, key)
