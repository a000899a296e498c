"""The cache port: what it answers is what the database would."""

import random
import threading
from collections.abc import Iterator
from functools import partial

import pytest

from storage.cache.base import Cache
from storage.database.base import Database
from storage.documents.element import ElementUpdate, Transform
from storage.errors import ConflictError, ElementNotFound
from tests.contract.adapters import CACHES
from tests.contract.helpers import completed_task, poster_id, together


@pytest.fixture(params=CACHES)
def cache(request: pytest.FixtureRequest, database: Database) -> Iterator[Cache]:
    cache = CACHES[request.param](database)
    yield cache
    cache.close()


def element_ids(database: Database, user: str = "u1") -> list[str]:
    return [element.id for element in database.get_document(poster_id(completed_task(database, user))).walk()]


def moved(x: float) -> ElementUpdate:
    return ElementUpdate(transform=Transform(x=x))


def test_element_is_the_databases_first_and_again(database: Database, cache: Cache) -> None:
    for element_id in element_ids(database):
        expected = database.get_element(element_id)
        assert [cache.read_element(database, element_id, "u1") for _ in range(3)] == [expected] * 3


def test_another_users_element_is_not_found_though_it_is_cached(database: Database, cache: Cache) -> None:
    (element_id, *_) = element_ids(database)
    cache.read_element(database, element_id, "u1")
    for _ in range(2):
        with pytest.raises(ElementNotFound):
            cache.read_element(database, element_id, "u2")
    assert cache.read_element(database, element_id, None) == database.get_element(element_id)


def test_unknown_element_is_not_found(database: Database, cache: Cache) -> None:
    with pytest.raises(ElementNotFound):
        cache.read_element(database, "elem_nowhere", "u1")


def test_an_edit_is_seen_by_the_next_read_of_any_replica(database: Database, cache: Cache) -> None:
    (element_id, *_) = element_ids(database)
    for x in range(1, 20):
        cache.read_element(database, element_id, "u1")
        database.update_element(element_id, moved(x), "u1")
        assert cache.read_element(database, element_id, "u1").transform.x == x


def test_deleted_element_is_not_found_though_it_was_cached(database: Database, cache: Cache) -> None:
    task = completed_task(database)
    (element_id, *_) = [element.id for element in database.get_document(poster_id(task)).walk()]
    cache.read_element(database, element_id, "u1")
    database.delete_poster(poster_id(task), "u1")
    with pytest.raises(ElementNotFound):
        cache.read_element(database, element_id, "u1")


def test_readers_among_writers_never_go_back(database: Database, cache: Cache) -> None:
    """Each read is at least as new as what was committed before it began, and each reader sees versions only rise."""
    (element_id, *_) = element_ids(database)
    committed = [database.get_element(element_id).version]
    over = threading.Event()

    def write(seed: int) -> int:
        dice, done = random.Random(seed), 0
        while done < 30:
            version = committed[-1]
            try:
                found = database.patch_element(element_id, version, {"transform": {"x": dice.random()}}, "u1")
            except ConflictError:
                continue
            committed.append(max(committed[-1], found.version))
            done += 1
        return done

    def read() -> int:
        seen = 0
        while not over.is_set():
            before = committed[-1]
            version = cache.read_element(database, element_id, "u1").version
            assert version >= max(before, seen)
            seen = version
        return seen

    def writers() -> int:
        try:
            return sum(int(str(done)) for done in together([partial(write, seed) for seed in range(3)]))
        finally:
            over.set()

    results = together([writers, *[read] * 4])
    assert results[0] == 90
    assert all(isinstance(result, int) for result in results), results
    assert cache.read_element(database, element_id, "u1") == database.get_element(element_id)
    assert database.get_element(element_id).version == 91
