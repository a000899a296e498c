"""The order in which delivered tasks are claimed: shares of the least urgent and of the bulk lane; what is held."""

from collections import Counter
from typing import Any

from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from storage.database.queue_base import Publication
from storage.queue.kafka_inbox import Inbox
from storage.queue.kafka_records import encode
from storage.queue.kafka_topics import CLASSES

TOPICS = list(CLASSES)


def inbox(bulk_every: int = 5, **waiting: int) -> Inbox:
    """One that holds so many tasks of each class."""
    held = Inbox({name: rank for rank, name in enumerate(TOPICS)}, bulk_every)
    for name, count in waiting.items():
        held.add(record(name, place) for place in range(count))
    return held


def record(name: str, place: int) -> ConsumerRecord:
    fields: dict[str, Any] = dict.fromkeys(ConsumerRecord._fields)
    _, value = encode(Publication(f"{name}-{place}", 0, place, place))
    return ConsumerRecord(**{**fields, "topic": name, "partition": 0, "offset": place, "value": value})


def order(held: Inbox, count: int) -> list[str]:
    return [task_id.partition("-")[0] for task_id in held.next_tasks(count)]


def test_urgent_classes_go_first_but_for_one_in_ten_of_the_least_urgent() -> None:
    assert order(inbox(high=50, normal=50, low=50), 20) == (["high"] * 9 + ["low"]) * 2
    assert order(inbox(high=50, normal=50), 10) == ["high"] * 9 + ["normal"]


def test_the_bulk_lane_gets_one_in_five_and_takes_none_of_the_least_urgent() -> None:
    shares = Counter(order(inbox(high=200, low=200, bulk=200), 200))
    assert shares["bulk"] == 40
    assert shares["low"] == 16
    assert order(inbox(low=3, bulk=3), 6) == ["low", "low", "low", "bulk", "bulk", "bulk"]


def test_the_bulk_share_may_be_set() -> None:
    assert order(inbox(3, normal=50, bulk=50), 6) == ["normal", "normal", "bulk"] * 2
    assert Counter(order(inbox(2, high=200, low=200, bulk=200), 200)) == {"bulk": 100, "high": 90, "low": 10}


def test_shares_go_on_where_the_last_claim_ended() -> None:
    held = inbox(normal=50, bulk=50)
    assert order(held, 4) == ["normal"] * 4
    held.note_claimed(4)
    assert order(held, 1) == ["bulk"]


def test_the_bulk_lane_alone_has_every_claim() -> None:
    assert order(inbox(bulk=7), 7) == ["bulk"] * 7


def test_ten_letters_that_name_no_task_count_as_one() -> None:
    held = inbox(normal=50)
    partition = TopicPartition("normal", 0)
    held.condemn({f"normal-{place}" for place in range(40)}, "there is no task with this id")
    assert (held.held(partition), len(held.malformed()), len(held.task_ids())) == (14, 40, 10)
    assert held.settled_to() == {partition: 0}
