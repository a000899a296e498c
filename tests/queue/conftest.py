from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from configs.settings import Settings
from storage.database.base import Database
from storage.database.sqlite import SqliteDatabase
from storage.queue.kafka import KafkaQueue
from storage.queue.kafka_publisher import KafkaPublisher
from tests.contract.conftest import FakeClock
from tests.contract.lanes import Lane, drop_topics, kafka_settings
from tests.servers.seaweed import SeaweedFs
from tests.servers.tansu import Tansu

OpenLane = Callable[[], Lane]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def database(tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    database = SqliteDatabase(tmp_path / "test.db", clock)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Topics of the test's own on the shared broker."""
    settings = kafka_settings(tmp_path)
    yield settings
    drop_topics(settings)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Tansu]:
    """A broker of the test's own, whose records outlive it."""
    store = SeaweedFs(tmp_path / "store")
    store.start()
    broker = Tansu(tmp_path / "broker", store)
    broker.start()
    yield broker
    broker.close()
    store.close()


@pytest.fixture
def open_lane(database: Database, settings: Settings) -> Iterator[OpenLane]:
    """Another consumer of the group, with a publisher."""
    opened: list[Lane] = []

    def open_one() -> Lane:
        opened.append(lane_of(database, settings))
        return opened[-1]

    yield open_one
    for lane in opened:
        lane.close()


@pytest.fixture
def lane(open_lane: OpenLane) -> Lane:
    return open_lane()


def lane_of(database: Database, settings: Settings) -> Lane:
    queue = KafkaQueue(database, settings)
    return Lane(queue, KafkaPublisher(database, settings), queue.held)
