"""Records that no worker can take: kept with the reason, listed, replayed, dropped."""

import json
from collections.abc import Iterator

import pytest

from configs.settings import Settings
from storage.database.base import Database
from storage.errors import LetterNotFound
from storage.queue.kafka_dead import DeadLetters
from tests.contract.helpers import new_task
from tests.contract.lanes import Lane
from tests.queue.broker import send, topics_of

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


@pytest.fixture
def dead(settings: Settings) -> Iterator[DeadLetters]:
    dead = DeadLetters(settings)
    yield dead
    dead.close()


def test_poison_is_kept_as_it_came_and_holds_up_nothing(
    database: Database, lane: Lane, settings: Settings, dead: DeadLetters
) -> None:
    topic = topics_of(settings)[-1]
    before, after = new_task(database), new_task(database)
    lane.publisher.publish()
    for value, _ in POISON.values():
        send(settings, topic, (b"key", value), headers=[("trace", b"\x00abc")])
    assert {claim.task_id for claim in lane.drain()} == {before.id, after.id}
    assert sum(lane.queue.lag().values()) == 0
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
