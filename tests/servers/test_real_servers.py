"""The servers are what they say they are, and survive what the tests do to them."""

from collections.abc import Iterator
from pathlib import Path

import minio
import psutil
import pymysql
import pytest
import redis
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from tests.servers.mariadb import MariaDb
from tests.servers.process import ServerProcess
from tests.servers.seaweed import SECRET_KEY, SeaweedFs
from tests.servers.tansu import Tansu
from tests.servers.valkey import Valkey


def started(server: ServerProcess) -> Iterator[ServerProcess]:
    server.start()
    yield server
    server.close()


def listens(pid: int, port: int) -> bool:
    """Whether that very process listens on the port, and on loopback only."""
    mine = [c.laddr for c in psutil.Process(pid).net_connections("inet") if c.status == psutil.CONN_LISTEN]
    return any(address.port == port for address in mine) and {address.ip for address in mine} == {"127.0.0.1"}


@pytest.fixture
def mariadb(tmp_path: Path) -> Iterator[ServerProcess]:
    yield from started(MariaDb(tmp_path / "mariadb"))


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ServerProcess]:
    yield from started(Valkey(tmp_path / "valkey"))


@pytest.fixture
def seaweed(tmp_path: Path) -> Iterator[ServerProcess]:
    yield from started(SeaweedFs(tmp_path / "seaweed"))


@pytest.fixture
def tansu(tmp_path: Path, seaweed: SeaweedFs) -> Iterator[ServerProcess]:
    yield from started(Tansu(tmp_path / "tansu", seaweed))


def test_mariadb_says_its_version_and_keeps_rows_over_a_kill(mariadb: MariaDb) -> None:
    def ask(*statements: str) -> str:
        with pymysql.connect(host="127.0.0.1", port=mariadb.port, user="root", autocommit=True) as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            ((answer,),) = cursor.fetchall()
            return str(answer)

    assert "MariaDB" in ask("SELECT VERSION()")
    assert Path(ask("SELECT @@pid_file")).read_text().strip() == str(mariadb.pid)
    assert listens(mariadb.pid, mariadb.port)
    ask("CREATE DATABASE d", "CREATE TABLE d.t (n INT)", "INSERT INTO d.t VALUES (7)", "SELECT n FROM d.t")
    mariadb.kill()
    mariadb.start()
    assert ask("SELECT n FROM d.t") == "7"


def test_valkey_says_its_version_and_pid(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url, decode_responses=True) as client:
        facts = client.info("server")
    assert facts["process_id"] == valkey.pid
    assert facts["valkey_version"]
    assert listens(valkey.pid, valkey.port)


def test_seaweed_keeps_objects_over_a_kill_and_refuses_other_keys(seaweed: SeaweedFs) -> None:
    assert listens(seaweed.pid, seaweed.port)
    seaweed.client().make_bucket("kept")
    seaweed.kill()
    seaweed.start()
    assert [bucket.name for bucket in seaweed.client().list_buckets()] == ["kept"]
    stranger = minio.Minio(f"127.0.0.1:{seaweed.port}", "stranger", SECRET_KEY, secure=False)
    with pytest.raises(minio.error.S3Error, match="InvalidAccessKeyId"):
        stranger.list_buckets()


def test_tansu_keeps_records_over_a_kill(tansu: Tansu) -> None:
    assert listens(tansu.pid, tansu.port)
    admin = KafkaAdminClient(bootstrap_servers=tansu.bootstrap)
    admin.create_topics({"kept": {"num_partitions": 1, "replication_factor": 1}})
    admin.close()
    producer = KafkaProducer(bootstrap_servers=tansu.bootstrap)
    producer.send("kept", b"record").get(timeout=30)
    producer.close()
    tansu.kill()
    tansu.start()
    consumer = KafkaConsumer(bootstrap_servers=tansu.bootstrap, auto_offset_reset="earliest", group_id=None)
    consumer.assign([TopicPartition("kept", 0)])
    assert next(iter(consumer)).value == b"record"
    consumer.close()


def test_frozen_server_does_not_answer_until_thawed(valkey: Valkey) -> None:
    valkey.freeze()
    with redis.Redis.from_url(valkey.url, socket_timeout=0.5) as client, pytest.raises(redis.TimeoutError):
        client.ping()
    valkey.thaw()
    valkey.probe()
