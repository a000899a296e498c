"""Records that no worker can take: kept with the reason, listed, replayed, dropped."""

import json
from collections.abc import Iterator

import pytest
from kafka import KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord

from configs.servers import ServerSettings
from configs.settings import Settings
from storage.database.base import Database
from storage.errors import ConflictError, LetterNotFound
from storage.queue import kafka_dead
from storage.queue.kafka_clients import open_producer
from storage.queue.kafka_dead import DeadLetters
from tests.contract.helpers import new_task
from tests.contract.lanes import Lane, until
from tests.queue.broker import send, topics_of

pytestmark = pytest.mark.usefixtures("patient_with_kafka")
RECORD = {"v": 1, "task_id": "task_000000000000", "priority": 0, "turn": 0, "place": 1,
          "published_at": "2026-11-24T10:00:00Z"}  # fmt: skip


def record(**changes: object) -> bytes:
    return json.dumps({name: value for name, value in (RECORD | changes).items() if value is not None}).encode()


POISON = {
    "no JSON": (b"\xff\xfe not json", "JSON"),
    "empty": (b"", "JSON"),
    "no value": (None, "JSON"),
    "a list": (b"[]", "object"),
    "another schema version": (record(v=2), "v: "),
    "no task": (record(task_id=None), "task_id: "),
    "no task id": (record(task_id="../etc/passwd"), "task_id: "),
    "impossible priority": (record(priority=10), "priority: "),
    "priority as text": (record(priority="3"), "priority: "),
    "a time without a zone": (record(published_at="2026-11-24T10:00:00"), "published_at: "),
    "unknown task": (record(), "no task"),
}
# As much as a producer sends by default, but for less than our headers need.
ALMOST_TOO_LARGE = 1_048_576 - 200


@pytest.fixture
def dead(settings: Settings) -> Iterator[DeadLetters]:
    dead = DeadLetters(settings)
    yield dead
    dead.close()


def _send_behind_tasks(
    database: Database, lane: Lane, settings: Settings, poison: list[tuple[bytes, bytes | None]],
    header: tuple[str, bytes],
) -> str:  # fmt: skip
    """Two tasks, then what no worker can take; the tasks are claimed, and nothing waits. The topic of the poison."""
    topic = topics_of(settings)[-1]
    tasks = {new_task(database).id, new_task(database).id}
    lane.publisher.publish()
    send(settings, topic, *poison, headers=[header])
    assert {claim.task_id for claim in lane.drain()} == tasks
    assert sum(lane.queue.lag().values()) == 0
    return topic


def test_poison_is_kept_as_it_came_and_holds_up_nothing(
    database: Database, lane: Lane, settings: Settings, dead: DeadLetters
) -> None:
    poison = [(b"key", value) for value, _ in POISON.values()]
    topic = _send_behind_tasks(database, lane, settings, poison, ("trace", b"\x00abc"))
    letters = dead.letters()
    assert len(letters) == len(POISON)
    for value, reason in POISON.values():
        (letter,) = [letter for letter in letters if letter.value == value and reason in letter.reason]
        assert (letter.key, letter.headers) == (b"key", [("trace", b"\x00abc")])
        assert letter.topic == topic and letter.offset >= 0 and letter.settled == ""
    assert len({(letter.partition, letter.offset) for letter in letters}) == len(POISON)


def test_dropped_letter_is_done_with(lane: Lane, settings: Settings, dead: DeadLetters) -> None:
    send(settings, topics_of(settings)[0], (None, b"one"), (None, b"two"))
    lane.drain()
    one, two = dead.letters()
    dead.drop(one)
    assert [letter.settled for letter in dead.letters()] == ["dropped", ""]
    assert dead.letter(two.number) == two
    with pytest.raises(LetterNotFound):
        dead.letter(10_000)


def test_replayed_letter_goes_to_its_topic_again(
    database: Database, lane: Lane, settings: Settings, dead: DeadLetters
) -> None:
    send(settings, topics_of(settings)[1], (b"k", b"still wrong"), headers=[("trace", b"1")])
    lane.drain()
    (letter,) = dead.letters()
    dead.replay(letter)
    assert sum(lane.queue.lag().values()) == 1
    assert lane.drain() == []
    first, again = dead.letters()
    assert (first.settled, again.settled) == ("replayed", "")
    assert (again.value, again.key, again.headers, again.topic) == (letter.value, b"k", [("trace", b"1")], letter.topic)
    assert again.offset > letter.offset or again.partition != letter.partition


def test_no_letters(dead: DeadLetters) -> None:
    assert dead.letters() == []


def test_of_a_record_too_large_to_be_kept_the_beginning_is_and_it_holds_up_nothing(
    database: Database, lane: Lane, settings: Settings, dead: DeadLetters
) -> None:
    large, unknown = b"x" * ALMOST_TOO_LARGE, record().ljust(ALMOST_TOO_LARGE)
    poison = [(b"key", large), (b"key", unknown), (b"key", b"small")]
    topic = _send_behind_tasks(database, lane, settings, poison, ("trace", b"1"))
    letters = {letter.value: letter for letter in dead.letters()}
    assert letters.keys() == {large[:1000], unknown[:1000], b"small"}
    assert (letters[b"small"].lost_bytes, letters[b"small"].headers) == (0, [("trace", b"1")])
    for original, problem in ((large, "JSON"), (unknown, "no task with this id")):
        letter = letters[original[:1000]]
        assert (letter.key, letter.topic, letter.lost_bytes) == (b"key", topic, len(b"key" + original + b"trace1"))
        assert problem in letter.reason and f"{letter.lost_bytes} bytes were refused" in letter.reason
        with pytest.raises(ConflictError, match=f"offset {letter.offset} of partition {letter.partition} of {topic}"):
            dead.replay(letter)
        dead.drop(letter)
    assert sorted(letter.settled for letter in dead.letters()) == ["", "dropped", "dropped"]


def test_letter_that_is_refused_in_every_shape_holds_up_neither_letters_nor_tasks(
    database: Database, lane: Lane, settings: Settings, dead: DeadLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_small(settings: ServerSettings) -> KafkaProducer:
        producer = open_producer(settings)
        producer.config["max_request_size"] = 900
        return producer

    monkeypatch.setattr(kafka_dead, "open_producer", open_small)
    topic = topics_of(settings)[-1]
    send(settings, topic, (b"key", b"x" * 5000), (b"key", record().ljust(5000)), (b"key", b"small"))
    task = new_task(database)
    claims = lane.take(1)
    until(lambda: len(dead.letters()) == 1)
    assert [claim.task_id for claim in claims] == [task.id]
    assert [letter.value for letter in dead.letters()] == [b"small"]
    assert lane.queue.lag()[topic] >= 2


def test_what_looks_like_our_own_headers_is_not_believed(lane: Lane, settings: Settings, dead: DeadLetters) -> None:
    ours = [("dead-settles", b"no number"), ("dead-size", b"7"), ("dead-reason", b"theirs")]
    send(settings, topics_of(settings)[0], (b"key", b"poison"), headers=ours)
    lane.drain()
    (letter,) = dead.letters()
    assert (letter.settled, letter.lost_bytes, "JSON" in letter.reason) == ("", 0, True)


def test_header_without_a_value_is_kept_as_an_empty_one(settings: Settings, dead: DeadLetters) -> None:
    fields = dict.fromkeys(ConsumerRecord._fields)
    given = {"topic": topics_of(settings)[0], "partition": 0, "offset": 0, "value": b"poison"}
    dead.bury(ConsumerRecord(**{**fields, **given, "headers": [("trace", None)]}), "it is poison")
    assert [letter.headers for letter in dead.letters()] == [[("trace", b"")]]
