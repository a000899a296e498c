"""Copies of elements in Redis: what is served from them, and what never is."""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from storage import redis_link
from storage.announcer.base import Change, ElementDeleted, ElementEdited, ElementStored
from storage.cache.redis import RedisCache, write_elements
from storage.database.base import Database
from storage.documents.element import Element, ElementContent, ElementUpdate, Transform
from tests.contract.helpers import completed_task, poster_id
from tests.contract.redis_copies import link


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisCache]:
    # A busy machine is no outage.
    monkeypatch.setattr(redis_link, "ANSWER_SECONDS", 30)
    cache = RedisCache(link())
    yield cache
    cache.close()


@pytest.fixture
def element_id(database: Database) -> str:
    return database.get_document(poster_id(completed_task(database))).walk()[0].id


def test_second_read_is_served_from_the_copy(
    database: Database, cache: RedisCache, element_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = cache.read_element(database, element_id, "u1")

    def loaded(*_: object) -> Element:
        raise AssertionError("the copy was not used")

    monkeypatch.setattr(database, "get_element", loaded)
    assert cache.read_element(database, element_id, "u1") == first


def test_copy_is_json_for_an_hour(database: Database, cache: RedisCache, element_id: str, seen: Any) -> None:
    expected = cache.read_element(database, element_id, "u1")
    assert Element.model_validate_json(seen.get(f"element:{element_id}")) == expected
    assert 3540 < seen.ttl(f"element:{element_id}") <= 3600


def test_lost_invalidation_serves_nothing_old(database: Database, cache: RedisCache, element_id: str) -> None:
    cache.read_element(database, element_id, "u1")
    database.update_element(element_id, ElementUpdate(transform=Transform(x=5)), "u1")
    assert cache.read_element(database, element_id, "u1").transform.x == 5


@pytest.mark.parametrize(
    "planted",
    [
        "", "{", "null", "[]", "7", '{"id": "elem_other", "version": 1}', '{"version": 1}',
        '{"id": "ELEMENT", "layer_id": "l", "type": "text"}',
        '{"id": "ELEMENT", "layer_id": "l", "type": "text", "version": 9}',
        '{"id": "ELEMENT", "layer_id": "l", "type": "nonsense", "version": 1}',
    ],
)  # fmt: skip
def test_what_is_no_copy_is_not_served(
    database: Database, cache: RedisCache, element_id: str, seen: Any, planted: str
) -> None:
    seen.set(f"element:{element_id}", planted.replace("ELEMENT", element_id))
    expected = database.get_element(element_id)
    assert [cache.read_element(database, element_id, "u1") for _ in range(2)] == [expected] * 2


def test_key_of_another_type_only_makes_reads_slower(
    database: Database, cache: RedisCache, element_id: str, seen: Any
) -> None:
    seen.hset(f"element:{element_id}", "a", "b")
    assert cache.read_element(database, element_id, "u1") == database.get_element(element_id)
    seen.delete(f"element:{element_id}")


def test_bytes_that_are_no_text_are_no_copy(database: Database, cache: RedisCache, element_id: str, seen: Any) -> None:
    seen.set(f"element:{element_id}", b"\xff\xfe\x00")
    assert cache.read_element(database, element_id, "u1") == database.get_element(element_id)


def test_long_element_is_left_to_the_database(seen: Any) -> None:
    seen.delete("element:elem_long")
    long = element("elem_long", 1).model_copy(update={"content": ElementContent(shape_path="M0 0" * 20_000)})
    write(seen, ElementStored(long))
    assert not seen.exists("element:elem_long")


def element(element_id: str, version: int) -> Element:
    return Element(id=element_id, layer_id="layer_1", type="text", version=version)


def write(client: Any, change: Change) -> None:
    with client.pipeline(transaction=False) as pipeline:
        write_elements(pipeline, change)
        pipeline.execute()


def test_copy_read_before_an_edit_and_written_after_it_is_refused(seen: Any) -> None:
    """The race of every cache: read old, edit and drop elsewhere, write old."""
    seen.delete("element:elem_race", "design-agent:version:elem_race")
    old = element("elem_race", 4)
    write(seen, ElementEdited("elem_race", 5))
    write(seen, ElementStored(old))
    assert not seen.exists("element:elem_race")
    write(seen, ElementStored(element("elem_race", 5)))
    assert json.loads(seen.get("element:elem_race"))["version"] == 5
    write(seen, ElementEdited("elem_race", 3))
    assert json.loads(seen.get("element:elem_race"))["version"] == 5


def test_copies_written_and_dropped_by_many_leave_nothing_older_than_the_last_edit(seen: Any) -> None:
    dice = random.Random(8)
    ids = [f"elem_many_{number}" for number in range(20)]
    changes: list[Change] = []
    for index, element_id in enumerate(ids):
        seen.delete(f"element:{element_id}", f"design-agent:version:{element_id}")
        changes += [ElementStored(element(element_id, version)) for version in range(1, 21) for _ in range(2)]
        changes += [ElementEdited(element_id, version) for version in range(2, 22 if index % 2 else 21)]
        if index >= 10:
            changes.append(ElementDeleted(element_id))
    dice.shuffle(changes)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(partial(write, seen), changes))
    for index, element_id in enumerate(ids):
        left = seen.get(f"element:{element_id}")
        if index >= 10 or index % 2:  # deleted, or edited once more than anybody copied
            assert left is None
        else:
            assert left is None or json.loads(left)["version"] == 20
