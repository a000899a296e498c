"""``design-agent doctor`` on servers: what does not answer, why, and what to do, in bounded time, without secrets."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pymysql
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url

from cluster.cli.doctor import examinations
from cluster.diagnosis import kafka, mysql, redis, s3
from cluster.diagnosis.clock import MOST_SECONDS, clock_finding
from cluster.diagnosis.finding import Finding, masked, side_by_side
from cluster.diagnosis.network import ending
from cluster.errors import ServiceError
from cluster.waiting import wait_for_servers
from configs.settings import Settings
from storage.factory import open_database, open_objects
from tests.servers.certificates import make_certificate
from tests.servers.mariadb import MariaDb
from tests.servers.seaweed import ACCESS_KEY, SECRET_KEY, SeaweedFs
from tests.servers.shared import database_url
from tests.servers.tls import tls_before
from tests.servers.valkey import Valkey
from tests.serving import free_port
from tests.stack.production import shared_servers
from tests.storage.test_s3 import Weed

# A frozen server is given up sooner than this, whatever else the machine does.
PATIENCE = BOUNDED_SECONDS = 60.0


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    variables = shared_servers(tmp_path_factory.mktemp("doctor"), redis_database=2)
    return {name.removeprefix("DESIGN_AGENT_").lower(): value for name, value in variables.items()}


@pytest.fixture
def settings(servers: dict[str, str], tmp_path: Path) -> Settings:
    return settings_with(servers, data=tmp_path)


def settings_with(servers: dict[str, str], **changes: Any) -> Settings:
    return Settings.model_validate(servers | changes)


def examined(settings: Settings) -> dict[str, Finding]:
    return {found.what: found for found in side_by_side(examinations(settings), settings, PATIENCE)}


def test_servers_that_answer_are_in_order_before_and_after_the_first_start(settings: Settings) -> None:
    before = examined(settings)
    assert [found for found in before.values() if not found.ok] == []
    assert {"mysql", "mysql clock", "mysql schema", "redis", "kafka", "kafka topics", "s3", "s3 clock"} <= set(before)
    assert "MariaDB" in before["mysql"].detail or before["mysql"].detail[0].isdigit()
    assert "none yet" in before["mysql schema"].detail
    database = open_database(settings)
    database.migrate()
    database.close()
    open_objects(settings).ping()
    after = examined(settings)
    assert [found for found in after.values() if not found.ok] == []
    assert "the newest" in after["mysql schema"].detail
    assert "written and read" in after["s3 bucket"].detail


@pytest.mark.parametrize(
    ("examine", "changes", "detail", "advice"),
    [
        (
            mysql,
            {"database_url": "mysql+pymysql://u:pQ7rT2vX@127.0.0.1:{}/d"},
            "refused",
            "Start the server.*DATABASE_URL",
        ),
        (
            mysql,
            {"database_url": "mysql+pymysql://u:pQ7rT2vX@nowhere.invalid/d"},
            "name nowhere.invalid",
            "DATABASE_URL",
        ),
        (mysql, {"database_url": "postgresql://u:pQ7rT2vX@127.0.0.1/d"}, "is not like mysql", "DATABASE_URL"),
        (redis, {"redis_url": "redis://:hW3kM8nB@127.0.0.1:{}/0"}, "refused", "REDIS_URL"),
        (kafka, {"kafka_bootstrap": "127.0.0.1:{}"}, "refused", "KAFKA_BOOTSTRAP"),
        (kafka, {"kafka_bootstrap": "broker"}, "no host:port", "KAFKA_BOOTSTRAP"),
        (s3, {"s3_endpoint": "http://127.0.0.1:{}"}, "refused", "S3_ENDPOINT"),
        (s3, {"s3_secret_key": "another-secret"}, "SignatureDoesNotMatch", "log"),
        (s3, {"s3_endpoint": "http://127.0.0.1:1", "ca_file": "/nowhere"}, "refused", "S3_ENDPOINT"),
        (s3, {"s3_endpoint": "https://127.0.0.1:1", "ca_file": "/nowhere"}, "TLS files", "DESIGN_AGENT_CA_FILE"),
    ],
)
def test_each_problem_is_named_with_the_next_step(
    servers: dict[str, str], examine: Any, changes: dict[str, str], detail: str, advice: str
) -> None:
    port = free_port()
    settings = settings_with(servers, **{name: value.format(port) for name, value in changes.items()})
    (found,) = side_by_side({"it": examine.examine}, settings, PATIENCE)
    assert not found.ok
    assert detail in found.detail
    assert re.search(advice, found.advice), found.advice
    assert examine.connection(settings) == found


def test_wrong_password_and_missing_rights_of_the_database(servers: dict[str, str], tmp_path: Path) -> None:
    url = make_url(database_url(tmp_path))
    name = f"reader_{tmp_path.name[-8:]}".replace("-", "_")
    with pymysql.connect(
        host=url.host or "", port=url.port or 3306, user=url.username, password=url.password or ""
    ) as link:
        cursor = link.cursor()
        cursor.execute(f"DROP USER IF EXISTS '{name}'@'%'")
        cursor.execute(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'hush-hush-hush'")
        cursor.execute(f"GRANT SELECT ON {url.database}.* TO '{name}'@'%'")

    def url_of(password: str, database: str | None) -> str:
        changed = url.set(username=name, password=password, database=database)
        return changed.render_as_string(hide_password=False)

    def found(password: str, database: str | None = url.database) -> Finding:
        settings = settings_with(servers, database_url=url_of(password, database))
        return next(f for f in side_by_side({"mysql": mysql.examine}, settings, PATIENCE) if not f.ok)

    refused = found("wrong-wrong")
    assert name in refused.detail and "wrong-wrong" not in refused.detail
    assert "password" in refused.advice
    reader = found("hush-hush-hush")
    assert reader.what == "mysql database" and "CREATE" in reader.detail and "Grant" in reader.advice
    missing = found("hush-hush-hush", "never_made")
    assert missing.what == "mysql database" and "never_made" in missing.detail + missing.advice


def test_schema_of_a_newer_version_and_an_old_server(
    servers: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_with(servers, database_url=database_url(tmp_path))
    database = open_database(settings)
    database.migrate()
    database.close()
    url = make_url(database_url(tmp_path))
    with pymysql.connect(host=url.host or "", port=url.port or 3306, user=url.username, password=url.password or "",
                         database=url.database, autocommit=True) as link:  # fmt: skip
        link.cursor().execute("UPDATE alembic_version SET version_num = 'r9999'")
    monkeypatch.setattr(mysql, "MARIADB_AT_LEAST", (99, 0))
    monkeypatch.setattr(mysql, "MYSQL_AT_LEAST", (99, 0))
    monkeypatch.setattr(redis, "AT_LEAST", (99, 0))
    found = examined(settings)
    assert "r9999" in found["mysql schema"].detail and "backup" in found["mysql schema"].advice
    assert not found["mysql"].ok and "99.0" in found["mysql"].advice
    assert not found["redis"].ok and "99.0" in found["redis"].advice


def test_api_beyond_loopback_needs_keys(servers: dict[str, str], tmp_path: Path) -> None:
    url = database_url(tmp_path)
    database = open_database(settings_with(servers, database_url=url))
    database.migrate()
    database.close()
    found = examined(settings_with(servers, database_url=url, host="0.0.0.0"))["keys"]
    assert not found.ok and "keys create" in found.advice
    key = [{"key": "k" * 32, "user_id": "alice"}]
    assert examined(settings_with(servers, database_url=url, host="0.0.0.0", api_keys=key))["keys"].ok
    at_home = examined(settings_with(servers, database_url=url))["keys"]
    assert at_home.ok and "warning" in at_home.detail and "keys create" in at_home.detail
    assert "keys" not in examined(settings_with(servers, database_url=url, api_keys=key))


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Addresses of servers of the test's own that take connections and say nothing."""
    started = [MariaDb(tmp_path / "mariadb"), Valkey(tmp_path / "valkey"), SeaweedFs(tmp_path / "seaweed")]
    for server in started:
        server.start()
    database, cache, store = started
    for server in started:
        server.freeze()
    yield {
        "database_url": database.url("d"), "redis_url": cache.url,
        "s3_endpoint": store.url,
    }  # fmt: skip
    for server in started:
        server.thaw()
        server.close()


def test_frozen_servers_are_given_up_and_the_others_still_looked_at(
    servers: dict[str, str], frozen: dict[str, str]
) -> None:
    begin = time.monotonic()
    found = examined(settings_with(servers, **frozen))
    assert time.monotonic() - begin < BOUNDED_SECONDS
    assert {name for name, one in found.items() if not one.ok} == {"mysql", "redis", "s3"}
    assert found["kafka"].ok


def test_an_examination_that_hangs_is_cut_off(settings: Settings) -> None:
    over = threading.Event()

    def hangs(_: Settings) -> list[Finding]:
        over.wait()
        return []

    (cut,) = side_by_side({"it": hangs}, settings, 0.2)
    over.set()
    assert (cut.what, cut.ok) == ("it", False)
    assert cut.detail.startswith("no answer in ")


def test_untrusted_and_missing_tls_are_told_apart(servers: dict[str, str], tmp_path: Path) -> None:
    made, stranger = make_certificate(tmp_path / "tls"), make_certificate(tmp_path / "stranger")
    port = free_port()
    weed = Weed(tmp_path / "weed", f"-s3.cert.file={made.certificate}", f"-s3.key.file={made.key}",
                f"-s3.port.https={port}")  # fmt: skip
    weed.start()

    def first(**changes: Any) -> Finding:
        given = {"s3_endpoint": f"https://127.0.0.1:{port}", "s3_access_key": ACCESS_KEY, "s3_secret_key": SECRET_KEY}
        return s3.examine(settings_with(servers, **(given | changes)))[0]

    good = first(ca_file=made.authority)
    assert good.ok and good.detail.endswith(", encrypted")
    untrusted = first(ca_file=stranger.authority)
    assert "not trusted" in untrusted.detail and "DESIGN_AGENT_CA_FILE" in untrusted.advice
    plain = weed.url.replace("http://", "https://")
    missing = first(s3_endpoint=plain, ca_file=made.authority)
    assert "no TLS" in missing.detail and "speaks TLS" in missing.advice
    weed.close()


def test_tls_of_the_database(servers: dict[str, str], tmp_path: Path) -> None:
    made, stranger = make_certificate(tmp_path / "tls"), make_certificate(tmp_path / "stranger")
    database = MariaDb(tmp_path / "mariadb", f"--ssl-cert={made.certificate}", f"--ssl-key={made.key}")
    database.start()

    def first(url: str = database.url("mysql"), **changes: Any) -> Finding:
        return mysql.examine(settings_with(servers, database_url=url, database_tls=True, **changes))[0]

    good = first(ca_file=made.authority)
    assert good.ok and good.detail.endswith(", encrypted")
    for wrong in (first(ca_file=stranger.authority), first()):
        assert "certificate verify failed" in wrong.detail and "DESIGN_AGENT_CA_FILE" in wrong.advice
    plain = first(database_url(tmp_path), ca_file=made.authority)
    assert "no TLS" in plain.detail and "DATABASE_TLS" in plain.advice
    unusable = first(ca_file=made.key)
    assert "TLS files" in unusable.detail and "PEM" in unusable.advice
    database.close()


def test_tls_of_redis(servers: dict[str, str], tmp_path: Path) -> None:
    made, stranger = make_certificate(tmp_path / "tls"), make_certificate(tmp_path / "stranger")
    valkey = Valkey(tmp_path / "valkey")
    valkey.start()

    def first(port: int, scheme: str = "rediss", **changes: Any) -> Finding:
        url = f"{scheme}://:{valkey.password}@127.0.0.1:{port}/0"
        settings = settings_with(servers, redis_url=url, **changes)
        return side_by_side({"redis": redis.examine}, settings, PATIENCE)[0]

    with tls_before(valkey.port, made) as secured:
        good = first(secured, ca_file=made.authority)
        assert good.ok and good.detail.endswith(", encrypted")
        for wrong in (first(secured, ca_file=stranger.authority), first(secured)):
            assert "not trusted" in wrong.detail and "DESIGN_AGENT_CA_FILE" in wrong.advice
        plain = first(valkey.port, ca_file=made.authority)
        assert "no TLS" in plain.detail and "DESIGN_AGENT_REDIS_URL" in plain.advice
        unencrypted = first(secured, "redis", ca_file=made.authority)
        assert not unencrypted.ok and "rediss://" in unencrypted.advice
    valkey.close()


def test_certificate_that_ends_soon_is_told() -> None:
    assert [found.ok for found in ending("s3", 0)] == [False]
    assert "0 days" in ending("s3", 0)[0].detail
    assert ending("s3", 14) == ending("s3", None) == []


@given(skew=st.floats(-1e6, 1e6))
def test_clocks_agree_within_seconds(skew: float) -> None:
    now = datetime.now(UTC).timestamp()
    found = clock_finding("mysql", now + skew, now)
    if abs(abs(skew) - MOST_SECONDS) > 0.01:
        assert found.ok == (abs(skew) < MOST_SECONDS)
    assert found.ok or ("ahead" if skew > 0 else "behind") in found.detail


def test_no_secret_is_shown(servers: dict[str, str]) -> None:
    settings = settings_with(
        servers, database_url="mysql+pymysql://u:p%40ss-word-1@h/d", redis_url="redis://:hush-hush-2@h",
        s3_secret_key="hush-hush-3", kafka_password="hush-4",
        api_keys=[{"key": "hush-hush-hush-5", "user_id": "alice"}],
    )  # fmt: skip
    text = "p@ss-word-1 p%40ss-word-1 hush-hush-2 hush-hush-3 hush-4 hush-hush-hush-5 alice"
    assert masked(text, settings) == "*** *** *** *** *** *** alice"


def test_the_command_says_all_and_shows_no_password(servers: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    changed = servers | {"database_url": f"mysql+pymysql://u:hush-hush@127.0.0.1:{port}/d", "data": str(tmp_path),
                         "port": str(free_port())}  # fmt: skip
    environment = {f"DESIGN_AGENT_{name.upper()}": value for name, value in changed.items()}
    agent = Path(sys.executable).parent / "design-agent"
    done = subprocess.run([str(agent), "doctor"], env={"PATH": "/usr/bin", "COLUMNS": "200"} | environment,
                          text=True, capture_output=True, timeout=120)  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "refused" in done.stdout and "mysql: Start the server" in done.stdout
    assert "hush" not in done.stdout + done.stderr
    weak = subprocess.run([str(agent), "doctor", "--profile", "production"],
                              env={"PATH": "/usr/bin"} | environment | {"DESIGN_AGENT_S3_SECRET_KEY": "minioadmin"},
                          text=True, capture_output=True, timeout=120)  # fmt: skip
    assert weak.returncode == 1 and "refuses weak secrets" in weak.stdout


def test_up_waits_for_a_server_that_is_late(servers: dict[str, str], tmp_path: Path) -> None:
    late = MariaDb(tmp_path / "mariadb")
    settings = settings_with(servers, database_url=late.url("d"), server_wait_seconds=120)
    said: list[str] = []
    heard = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        heard.set()

    waiting = threading.Thread(target=wait_for_servers, args=(settings, say))
    waiting.start()
    assert heard.wait(60)
    late.start()
    waiting.join(120)
    assert not waiting.is_alive()
    assert said[0].startswith("waiting for mysql: 127.0.0.1")
    late.close()


def test_up_gives_up_in_time_and_names_what_does_not_answer(servers: dict[str, str]) -> None:
    settings = settings_with(
        servers, kafka_bootstrap=f"127.0.0.1:{free_port()}", s3_endpoint=f"http://127.0.0.1:{free_port()}",
        redis_url=f"redis://:hW3kM8nB@127.0.0.1:{free_port()}/0", server_wait_seconds=1,
    )  # fmt: skip
    begin = time.monotonic()
    with pytest.raises(ServiceError, match=r"no answer from kafka, s3.*KAFKA_BOOTSTRAP.*S3_ENDPOINT"):
        wait_for_servers(settings, lambda _: None)
    assert time.monotonic() - begin < BOUNDED_SECONDS


def test_nothing_is_waited_for_where_nothing_is_elsewhere() -> None:
    wait_for_servers(Settings(), lambda line: pytest.fail(line))
