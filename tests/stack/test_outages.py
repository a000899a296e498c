"""MySQL, Redis, Kafka and S3 go away, freeze, forget, refuse and repeat themselves with twenty tasks in flight."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pymysql
import pytest
import redis

from configs.settings import Settings
from configs.weak import password_of
from tests.queue.broker import delete_topics, records_of, reset_offsets, send, topics_of
from tests.servers.mariadb import MariaDb
from tests.servers.process import ServerProcess
from tests.servers.seaweed import SeaweedFs
from tests.servers.tansu import Tansu
from tests.servers.valkey import Valkey
from tests.stack.outage import at_work, create, degraded, down, each_ends_once, status_of, wait_for
from tests.stack.production import ProductionService, production, shared_servers
from tests.stack.test_secrets import logs

pytestmark = pytest.mark.stack
TASKS = 20
MOST_CONNECTIONS = 10
Take = Callable[[ServerProcess], Callable[[], None]]


@dataclass(frozen=True)
class Rig:
    """A service on servers that nobody else uses."""

    service: ProductionService
    mariadb: MariaDb
    valkey: Valkey
    tansu: Tansu
    weed: SeaweedFs
    queue: Settings


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("outages")
    records = SeaweedFs(folder / "records")
    mariadb, valkey, tansu = MariaDb(folder / "mariadb"), Valkey(folder / "valkey"), Tansu(folder / "tansu", records)
    weed = SeaweedFs(folder / "weed")
    with contextlib.ExitStack() as closing:
        for server in (records, mariadb, valkey, tansu, weed):
            server.start()
            closing.callback(server.close)
        changes = {
            "DATABASE_URL": mariadb.url(), "REDIS_URL": valkey.url, "KAFKA_BOOTSTRAP": tansu.bootstrap,
            "S3_ENDPOINT": weed.url, "S3_PUBLIC_ENDPOINT": "", "S3_SILENT_SECONDS": "2", "S3_PATIENCE_SECONDS": "2",
            "KAFKA_LOST_SECONDS": "5", "RETRY_SECONDS": "1", "RETRY_CAP_SECONDS": "5", "DRAIN_SECONDS": "2",
        }  # fmt: skip
        servers = shared_servers(folder) | {f"DESIGN_AGENT_{name}": value for name, value in changes.items()}
        queue = Settings(kafka_bootstrap=tansu.bootstrap, kafka_prefix=servers["DESIGN_AGENT_KAFKA_PREFIX"])
        service = closing.enter_context(production(folder / "data", servers))
        yield Rig(service, mariadb, valkey, tansu, weed, queue)


def stop(server: ServerProcess) -> Callable[[], None]:
    server.stop()
    return server.start


def kill(server: ServerProcess) -> Callable[[], None]:
    server.kill()
    return server.start


def freeze(server: ServerProcess) -> Callable[[], None]:
    server.freeze()
    return server.thaw


def refuse_writes(server: ServerProcess) -> Callable[[], None]:
    assert isinstance(server, SeaweedFs)
    server.stop()
    server.writes = False
    server.prepare()
    server.spawn()

    def allow() -> None:
        server.stop()
        server.writes = True
        server.start()

    return allow


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


def take_all_connections(own: pymysql.Connection, port: int, held: list[pymysql.Connection]) -> bool:
    """Take what is free, and kill the service's, which frees more in a moment; whether nobody else has a place now.

    As root, for one connection beyond the limit is kept for administrators, and the service's user is one here.
    """
    with contextlib.suppress(pymysql.OperationalError):
        while True:
            held.append(pymysql.connect(host="127.0.0.1", port=port, user="root"))
    with own.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE user NOT IN ('root', 'system user')")
        for (number,) in cursor.fetchall():
            with contextlib.suppress(pymysql.MySQLError):  # gone by itself
                cursor.execute(f"KILL {number}")
    return len([own, *held]) == MOST_CONNECTIONS + 1


def test_tasks_outlast_a_database_that_takes_no_more_connections(rig: Rig) -> None:
    tasks = at_work(rig.service, TASKS)
    held: list[pymysql.Connection] = []
    own = pymysql.connect(host="127.0.0.1", port=rig.mariadb.port, user="root", autocommit=True)
    try:
        own.cursor().execute(f"SET GLOBAL max_connections = {MOST_CONNECTIONS}")
        wait_for(lambda: take_all_connections(own, rig.mariadb.port, held))
        wait_for(lambda: "database" in down(rig.service))
        # Each of them tries for seconds to get in.
        refused = [create(rig.service, seed).status_code for seed in (98, 99)]
        assert refused == [503, 503]
        assert "database" in down(rig.service)
        assert take_all_connections(own, rig.mariadb.port, held)
    finally:
        for connection in held:
            connection.close()
        own.cursor().execute("SET GLOBAL max_connections = 151")
        own.close()
    each_ends_once(rig.service, tasks)


# It keeps nothing, so a killed one is a stopped one.
@pytest.mark.parametrize("outage", [stop, freeze])
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


@pytest.mark.parametrize(
    ("part", "server", "outage"),
    [("queue", "tansu", outage) for outage in (stop, kill, freeze)]
    + [("objects", "weed", outage) for outage in (stop, freeze, refuse_writes)],
)
def test_tasks_outlast_the_broker_and_the_object_store(rig: Rig, part: str, server: str, outage: Take) -> None:
    tasks = at_work(rig.service, TASKS)
    end = outage(getattr(rig, server))
    try:
        wait_for(lambda: part in down(rig.service))
        # Nothing is lost by asking meanwhile.
        late = create(rig.service, 99)
        assert late.status_code == 200, late.text
        tasks.append(late.json()["data"]["id"])
    finally:
        end()
    each_ends_once(rig.service, tasks)


def test_tasks_that_are_published_three_more_times_run_once(rig: Rig) -> None:
    tasks = at_work(rig.service, TASKS)
    published = {topic: records_of(rig.queue, topic) for topic in topics_of(rig.queue)}
    assert sum(map(len, published.values())) > 0
    for topic, records in published.items():
        send(rig.queue, topic, *records * 3)
    each_ends_once(rig.service, tasks)


def test_tasks_outlast_deleted_topics(rig: Rig) -> None:
    tasks = at_work(rig.service, TASKS)
    delete_topics(rig.queue)
    late = create(rig.service, 99)
    assert late.status_code == 200, late.text
    each_ends_once(rig.service, [*tasks, late.json()["data"]["id"]])


def test_tasks_go_on_when_the_offsets_are_reset(rig: Rig) -> None:
    """As an operator does it: brokers refuse it while a consumer is in the group."""
    tasks = at_work(rig.service, TASKS)
    assert rig.service.agent("down").returncode == 0
    reset_offsets(rig.queue)
    assert rig.service.agent("up").returncode == 0
    each_ends_once(rig.service, tasks)


def test_no_outage_left_a_servers_secret_in_a_log(rig: Rig) -> None:
    """Last: drivers say most when something is away."""
    given = rig.service.servers
    secrets = {name: password_of(given[f"DESIGN_AGENT_{name}"])[1] for name in ("DATABASE_URL", "REDIS_URL")}
    secrets["S3_SECRET_KEY"] = given["DESIGN_AGENT_S3_SECRET_KEY"]
    assert all(secrets.values())
    found = {str(path): path.read_text(errors="replace") for path in logs(rig.service)}
    assert len(found) > 10
    assert [(name, path) for name, secret in secrets.items() for path, text in found.items() if secret in text] == []
