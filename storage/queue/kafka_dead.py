"""Dead letters: records that no worker can take, kept as they came, with the reason.

They are never deleted by us. A letter that was replayed or dropped is followed by a marker in the same topic, so what
is still open is whatever has no marker.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from kafka import KafkaProducer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import (
    InvalidRecordError,
    InvalidTimestampError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from configs.servers import ServerSettings
from storage.documents.base import format_time, utc_now
from storage.errors import ConflictError, LetterNotFound, UnavailableError
from storage.queue.kafka_clients import DELIVERY_MS, close_producer, named_errors, open_consumer, open_producer
from storage.queue.kafka_topics import Topics, ensure_topics

REASON, AT, FROM, SIZE = "dead-reason", "dead-at", "dead-from", "dead-size"
SETTLES, HOW = "dead-settles", "dead-how"
OURS = {REASON, AT, FROM, SIZE}
REPLAYED, DROPPED = "replayed", "dropped"
READ_SECONDS = 30.0
# Of an original that is refused so much of its key and of its value is kept.
BEGINNING = 1000
# What is wrong with one record, whatever became of others.
REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError, InvalidTimestampError)
Header = tuple[str, bytes]


class LetterRefused(UnavailableError):
    """The brokers answer and take this one letter in no shape."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """``number``: its offset in the dead-letter topic. ``key``, ``value``, ``headers``: the original's.

    ``settled``: replayed, dropped, or empty while it is open. ``lost_bytes``: the size of an original that was refused,
    mostly for its size; key and value are its beginnings, then.
    """

    number: int
    reason: str
    at: str
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[Header]
    settled: str = ""
    lost_bytes: int = 0

    def require_original(self) -> None:
        """Raises ConflictError where it was not kept."""
        if self.lost_bytes:
            raise ConflictError(
                f"Dead letter {self.number} is without its original, whose {self.lost_bytes} bytes were refused here: "
                f"look at offset {self.offset} of partition {self.partition} of {self.topic}, and drop the letter."
            )


class DeadLetters:
    """The dead-letter topic. Not thread-safe. Every method raises UnavailableError."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._topics = Topics.of(settings.kafka_prefix)
        self._producer: KafkaProducer | None = None

    def bury(self, raw: ConsumerRecord, reason: str) -> None:
        """Store a record with the reason; returns when the brokers have it.

        Of one that they do not take, as our headers make it too large, the beginning. Raises LetterRefused.
        """
        about = {REASON: reason[:1000], AT: format_time(utc_now()), FROM: f"{raw.topic} {raw.partition} {raw.offset}"}
        # A header without a value can be received and not sent.
        headers = [(name, value or b"") for name, value in raw.headers if name not in OURS]
        try:
            self._send(self._topics.dead, raw.value, raw.key, [*headers, *_encoded(about)])
        except LetterRefused as refusal:
            key, value = raw.key or b"", raw.value or b""
            size = len(key) + len(value) + sum(len(name) + len(content) for name, content in headers)
            about[REASON] += f" (only the beginning is kept, {size} bytes were refused: {refusal.details['reason']})"
            pointer = _encoded(about | {SIZE: str(size)})
            self._send(self._topics.dead, value[:BEGINNING], key[:BEGINNING], pointer)

    def letters(self) -> list[DeadLetter]:
        """All of them, oldest first."""
        ensure_topics(self._settings)
        markers: dict[int, str] = {}
        found: list[ConsumerRecord] = []
        for raw in self._read():
            headers = {name: value.decode(errors="replace") for name, value in raw.headers}
            # First: an original may have headers like those of a marker.
            if REASON in headers:
                found.append(raw)
            elif SETTLES in headers:
                markers[int(headers[SETTLES])] = headers.get(HOW, DROPPED)
        return [_letter(raw, markers.get(raw.offset, "")) for raw in found]

    def letter(self, number: int) -> DeadLetter:
        """The one with this number. Raises LetterNotFound."""
        for letter in self.letters():
            if letter.number == number:
                return letter
        raise LetterNotFound(f"There is no dead letter {number}; dlq list shows those there are.", number=number)

    def replay(self, letter: DeadLetter) -> None:
        """Send the original to its topic again, then mark it. Raises ConflictError where there is none."""
        letter.require_original()
        self._send(letter.topic, letter.value, letter.key, letter.headers)
        self._settle(letter, REPLAYED)

    def drop(self, letter: DeadLetter) -> None:
        """Mark it as done with."""
        self._settle(letter, DROPPED)

    def close(self) -> None:
        """Release connections."""
        producer, self._producer = self._producer, None
        if producer is not None:
            close_producer(producer)

    def _settle(self, letter: DeadLetter, how: str) -> None:
        headers = [(SETTLES, str(letter.number).encode()), (HOW, how.encode())]
        self._send(self._topics.dead, b"", letter.key, headers)

    def _send(self, topic: str, value: bytes | None, key: bytes | None, headers: list[Header]) -> None:
        # Neither key nor value is not sendable: an empty value stands for it.
        value = b"" if value is None and key is None else value
        with named_errors(self._settings):
            try:
                producer = self._open()
                try:
                    answer = producer.send(topic, value, key, headers)
                except MessageSizeTooLargeError as error:
                    # The producer's own limit: nothing was sent, and it is as good as before.
                    raise _refused(error) from error
                answer.get(DELIVERY_MS / 1000)
            except KafkaError as error:
                self.close()
                if isinstance(error, REFUSALS):
                    raise _refused(error) from error
                raise

    def _open(self) -> KafkaProducer:
        if self._producer is None:
            ensure_topics(self._settings)
            self._producer = open_producer(self._settings)
        return self._producer

    def _read(self) -> Iterator[ConsumerRecord]:
        with named_errors(self._settings):
            consumer = open_consumer(self._settings, None)
            try:
                partition = TopicPartition(self._topics.dead, 0)
                consumer.assign([partition])
                consumer.seek_to_beginning(partition)
                deadline = time.monotonic() + READ_SECONDS
                end: int | None = None
                while end is None or consumer.position(partition) < end:
                    for raws in consumer.poll(200).values():
                        yield from raws
                    end = end if end is not None else consumer.highwater(partition)
                    if time.monotonic() > deadline:
                        raise KafkaTimeoutError("the dead-letter topic could not be read")
            finally:
                consumer.close()


def _refused(error: KafkaError) -> LetterRefused:
    return LetterRefused(f"The queue takes no such dead letter: {error}.", part="queue", reason=str(error))


def _encoded(headers: dict[str, str]) -> list[Header]:
    return [(name, text.encode()) for name, text in headers.items()]


def _letter(raw: ConsumerRecord, settled: str) -> DeadLetter:
    ours = {name: value.decode(errors="replace") for name, value in raw.headers if name in OURS}
    topic, partition, offset = (ours.get(FROM) or " 0 0").rsplit(" ", 2)
    at = ours.get(AT) or format_time(datetime.fromtimestamp(raw.timestamp / 1000, UTC))
    return DeadLetter(
        raw.offset, ours.get(REASON, ""), at, topic, int(partition), int(offset), raw.key, raw.value,
        [(name, value) for name, value in raw.headers if name not in OURS], settled,
        int(ours.get(SIZE, 0)),
    )  # fmt: skip
