"""MySQL, Redis and Kafka go away, freeze, forget and repeat themselves with twenty tasks in flight."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pymysql
import pytest
import redis
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from tests.servers.mariadb import MariaDb
from tests.servers.process import ServerProcess
from tests.servers.seaweed import SeaweedFs
from tests.servers.tansu import Tansu
from tests.servers.valkey import Valkey
from tests.stack.outage import at_work, create, degraded, down, each_ends_once, status_of, wait_for
from tests.stack.production import ProductionService, production, shared_servers

pytestmark = pytest.mark.stack
TASKS = 20
Take = Callable[[ServerProcess], Callable[[], None]]


@dataclass(frozen=True)
class Rig:
    """A service on servers that nobody else uses."""

    service: ProductionService
    mariadb: MariaDb
    valkey: Valkey
    tansu: Tansu
    topics: str


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("outages")
    records = SeaweedFs(folder / "records")
    mariadb, valkey, tansu = MariaDb(folder / "mariadb"), Valkey(folder / "valkey"), Tansu(folder / "tansu", records)
    with contextlib.ExitStack() as closing:
        for server in (records, mariadb, valkey, tansu):
            server.start()
            closing.callback(server.close)
        changes = {
            "DATABASE_URL": mariadb.url(), "REDIS_URL": valkey.url, "KAFKA_BOOTSTRAP": tansu.bootstrap,
            "KAFKA_LOST_SECONDS": "5", "RETRY_SECONDS": "1", "RETRY_CAP_SECONDS": "5",
        }  # fmt: skip
        servers = shared_servers(folder) | {f"DESIGN_AGENT_{name}": value for name, value in changes.items()}
        service = closing.enter_context(production(folder / "data", servers))
        yield Rig(service, mariadb, valkey, tansu, servers["DESIGN_AGENT_KAFKA_PREFIX"])


def stop(server: ServerProcess) -> Callable[[], None]:
    server.stop()
    return server.start


def kill(server: ServerProcess) -> Callable[[], None]:
    server.kill()
    return server.start


def freeze(server: ServerProcess) -> Callable[[], None]:
    server.freeze()
    return server.thaw


@pytest.mark.parametrize("outage", [stop, kill, freeze])
def test_tasks_outlast_the_database(rig: Rig, outage: Take) -> None:
    tasks = at_work(rig.service, TASKS)
    end = outage(rig.mariadb)
    try:
        wait_for(lambda: "database" in down(rig.service))
        refused = create(rig.service, 99)
        assert refused.status_code == 503, refused.text
    finally:
        end()
    each_ends_once(rig.service, tasks)


def test_tasks_outlast_a_database_that_takes_no_more_connections(rig: Rig) -> None:
    tasks = at_work(rig.service, TASKS)
    held: list[pymysql.Connection] = []
    own = pymysql.connect(host="127.0.0.1", port=rig.mariadb.port, user="root", autocommit=True)
    try:
        own.cursor().execute("SET GLOBAL max_connections = 10")
        own.cursor().execute("CREATE USER IF NOT EXISTS guest@'127.0.0.1'")
        with pytest.raises(pymysql.OperationalError, match="Too many connections"):
            while True:
                held.append(pymysql.connect(host="127.0.0.1", port=rig.mariadb.port, user="guest"))
        late = create(rig.service, 99)
        assert late.status_code in {200, 503}
        if late.status_code == 200:
            tasks.append(late.json()["data"]["id"])
    finally:
        for connection in held:
            connection.close()
        own.cursor().execute("SET GLOBAL max_connections = 151")
        own.close()
    each_ends_once(rig.service, tasks)


@pytest.mark.parametrize("outage", [stop, kill, freeze])
def test_tasks_go_on_without_redis(rig: Rig, outage: Take) -> None:
    tasks = at_work(rig.service, TASKS)
    end = outage(rig.valkey)
    try:
        wait_for(lambda: degraded(rig.service))
        late = create(rig.service, 99)
        assert late.status_code == 200
        tasks.append(late.json()["data"]["id"])
        wait_for(lambda: status_of(rig.service, tasks[0]) == "completed")
    finally:
        end()
    each_ends_once(rig.service, tasks)
    wait_for(lambda: not degraded(rig.service))


def test_tasks_go_on_when_redis_forgets(rig: Rig) -> None:
    tasks = at_work(rig.service, TASKS)
    with redis.Redis.from_url(rig.valkey.url) as client:
        client.flushall()
    each_ends_once(rig.service, tasks)


@pytest.mark.parametrize("outage", [stop, kill, freeze])
def test_tasks_outlast_the_broker(rig: Rig, outage: Take) -> None:
    tasks = at_work(rig.service, TASKS)
    end = outage(rig.tansu)
    try:
        wait_for(lambda: "queue" in down(rig.service))
        late = create(rig.service, 99)
        assert late.status_code == 200, late.text
        tasks.append(late.json()["data"]["id"])
    finally:
        end()
    each_ends_once(rig.service, tasks)


def test_tasks_that_are_published_three_more_times_run_once(rig: Rig) -> None:
    tasks = at_work(rig.service, TASKS)
    consumer = KafkaConsumer(bootstrap_servers=rig.tansu.bootstrap, auto_offset_reset="earliest", group_id=None)
    topics = [topic for topic in consumer.topics() if topic.startswith(rig.topics) and "tasks" in topic]
    parts = [TopicPartition(topic, part) for topic in topics for part in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(parts)
    records = [record for found in consumer.poll(timeout_ms=5000).values() for record in found]
    consumer.close()
    assert records
    producer = KafkaProducer(bootstrap_servers=rig.tansu.bootstrap)
    for _ in range(3):
        for record in records:
            producer.send(record.topic, key=record.key, value=record.value, headers=list(record.headers))
    producer.flush()
    producer.close()
    each_ends_once(rig.service, tasks)
