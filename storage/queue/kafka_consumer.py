"""Membership in the consumer group: receiving, pausing, committing, leaving."""

import threading
import time
from collections.abc import Iterable
from contextlib import suppress

import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.coordinator.base import BaseCoordinator
from kafka.errors import KafkaError
from kafka.structs import MemberState, OffsetAndMetadata
from typing_extensions import override

from configs.servers import ServerSettings
from storage.queue.kafka_clients import HEARTBEAT_MS, named_errors, open_consumer
from storage.queue.kafka_inbox import Inbox
from storage.queue.kafka_topics import Topics, ensure_topics

log = structlog.get_logger()
# More than the three to five seconds for which brokers wait for first members.
JOIN_MS = 6_000
COMMIT_MS = 1_000
CLOSE_MS = 3_000
COMMIT_AGAIN_SECONDS = 1.0
# The library takes its time to tell positions: for each it looks at all partitions.
LOOK_SECONDS = 1.0
LISTEN_SECONDS = 0.02


def _forms(coordinator: BaseCoordinator) -> bool:
    """Whether the group of this leader forms anew. Members that stop together leave first: it hears so, or is late."""
    began = time.monotonic()
    heard_after, until = began + HEARTBEAT_MS / 2000, began + 2 * HEARTBEAT_MS / 1000
    while (
        not coordinator.rejoin_needed and coordinator.heartbeat.last_receive < heard_after and time.monotonic() < until
    ):
        time.sleep(LISTEN_SECONDS)
    return bool(coordinator.rejoin_needed)


class _Revoked(ConsumerRebalanceListener):  # type: ignore[misc]
    """Remembers what was taken away; it is called in the library's own thread, where nothing may wait."""

    def __init__(self) -> None:
        self._partitions: set[TopicPartition] = set()
        self._lock = threading.Lock()

    @override
    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        with self._lock:
            self._partitions.update(revoked)

    @override
    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        return

    def drain(self) -> set[TopicPartition]:
        with self._lock:
            taken, self._partitions = self._partitions, set()
        return taken


class GroupConsumer:
    """One member of the group; not thread-safe. ``inbox`` holds what came and is not settled.

    What is settled is committed before the next poll, so a partition that is taken away leaves nothing to commit:
    what was not settled comes again, to whoever has it then.
    """

    def __init__(self, settings: ServerSettings, bulk_every: int) -> None:
        self._settings = settings
        self._topics = Topics.of(settings.kafka_prefix)
        ranks = {name: rank for rank, name in enumerate(self._topics.tasks.values())}
        self.inbox = Inbox(ranks, bulk_every)
        self._consumer: KafkaConsumer | None = None
        self._revoked = _Revoked()
        self._committed: dict[TopicPartition, int] = {}
        self._commit_at = self._look_at = 0.0
        # More than the window: duplicates are among them.
        self._most_held = 2 * settings.kafka_window

    def receive(self, wait_seconds: float = 0) -> None:
        """Take in what has arrived, or arrives within that time; a few seconds while the group forms.

        Raises UnavailableError.
        """
        with named_errors(self._settings):
            try:
                consumer = self._open()
                self._pause_and_resume(consumer)
                # It notices that it has joined only while it waits for that, and else begins again.
                batches = consumer.poll(int(wait_seconds * 1000) if self.joined else JOIN_MS)
                for partition in self._revoked.drain():
                    self._forget(partition)
                if self._made_anew(consumer):
                    self._discard()
                    return
                self.inbox.keep_only(set(consumer.assignment()))
            except Exception:
                self._discard()
                raise
        for partition, raws in batches.items():
            self._committed.setdefault(partition, raws[0].offset)
            self.inbox.add(raws)

    @property
    def joined(self) -> bool:
        """Whether the group has dealt out its partitions, to this member too."""
        return self._consumer is not None and self._consumer.group_metadata().state == MemberState.STABLE

    def commit(self) -> None:
        """Commit what is settled. A failure is left for the next time: what comes again is known by the database."""
        due = {tp: offset for tp, offset in self.inbox.settled_to().items() if self._committed.get(tp) != offset}
        if self._consumer is None or not due or time.monotonic() < self._commit_at:
            return
        try:
            self._consumer.commit({tp: OffsetAndMetadata(o, "", -1) for tp, o in due.items()}, timeout_ms=COMMIT_MS)
            self._committed |= due
        except (KafkaError, OSError) as error:
            self._commit_at = time.monotonic() + COMMIT_AGAIN_SECONDS
            log.info("offsets not committed; their tasks may be delivered again", reason=repr(error)[:300])

    def close(self) -> None:
        """Commit, and leave the group, so that others get the partitions at once."""
        self._commit_at = 0.0
        self.commit()
        self._discard()

    def _open(self) -> KafkaConsumer:
        if self._consumer is None:
            ensure_topics(self._settings)
            self._consumer = open_consumer(self._settings, self._topics.group)
            self._consumer.subscribe(list(self._topics.tasks.values()), listener=self._revoked)
        return self._consumer

    def _made_anew(self, consumer: KafkaConsumer) -> bool:
        """Whether a topic was deleted and made again, which not every broker says: it ends before what was read of it.

        Then its first record is next, and only another client learns of other partitions.
        """
        if not self.joined or time.monotonic() < self._look_at:
            return False
        self._look_at = time.monotonic() + LOOK_SECONDS
        anew = []
        for partition in consumer.assignment():
            end = consumer.highwater(partition)
            if end is not None and consumer.position(partition) > end:
                anew.append(partition)
        if anew:
            log.warning("topics were made anew; joining again", topics=sorted({partition.topic for partition in anew}))
            with suppress(KafkaError):  # what is committed goes with a topic, on most brokers
                consumer.commit({tp: OffsetAndMetadata(0, "", -1) for tp in anew}, timeout_ms=COMMIT_MS)
        return bool(anew)

    def _pause_and_resume(self, consumer: KafkaConsumer) -> None:
        paused = set(consumer.paused())
        for partition in consumer.assignment():
            held = self.inbox.held(partition)
            if held >= self._most_held and partition not in paused:
                consumer.pause(partition)
            elif held < self._most_held // 2 and partition in paused:
                consumer.resume(partition)

    def _forget(self, partition: TopicPartition) -> None:
        self.inbox.drop(partition)
        self._committed.pop(partition, None)

    def _discard(self) -> None:
        consumer, joined, self._consumer = self._consumer, self.joined, None
        self.inbox.keep_only(set())
        self._committed.clear()
        if consumer is None:
            return
        # A broker that forms the group may keep a leader that leaves as its leader (Tansu does), and nobody joins then.
        # One that goes without a word is forgotten with its session.
        if not joined or (consumer._coordinator._is_leader and _forms(consumer._coordinator)):
            consumer._coordinator.reset_generation()
        try:
            consumer.close(autocommit=False, timeout_ms=CLOSE_MS)
        except (KafkaError, OSError) as error:
            log.info("left the group without a word", reason=repr(error)[:300])
