"""The servers that a test session shares, each started at its first use.

An address in the environment takes a server's place: DESIGN_AGENT_TEST_DATABASE_URL (SQLAlchemy, a user who may create
databases), DESIGN_AGENT_TEST_REDIS_URL, DESIGN_AGENT_TEST_KAFKA_BOOTSTRAP, DESIGN_AGENT_TEST_S3_ENDPOINT with
DESIGN_AGENT_TEST_S3_ACCESS_KEY and DESIGN_AGENT_TEST_S3_SECRET_KEY. Child processes of a test find the session's
servers the same way. Whosever it is, a process that uses a server asks it once what it is.
"""

import atexit
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pymysql
from sqlalchemy import make_url

from tests.servers.mariadb import MariaDb
from tests.servers.process import ServerProcess
from tests.servers.seaweed import ACCESS_KEY, SECRET_KEY, SeaweedFs
from tests.servers.tansu import Tansu
from tests.servers.valkey import Valkey
from tests.servers.versions import version_at

PREFIX = "DESIGN_AGENT_TEST_"
STARTED: dict[str, ServerProcess] = {}
VERSIONS: dict[str, str] = {}
"""What those in use say they are."""


def _address(name: str, start: Callable[[], tuple[ServerProcess, dict[str, str]]]) -> str:
    if PREFIX + name not in os.environ:
        server, addresses = start()
        STARTED[name] = server
        atexit.register(server.close)
        os.environ.update({PREFIX + key: value for key, value in addresses.items()})
    address = os.environ[PREFIX + name]
    if name not in VERSIONS:
        VERSIONS[name] = version_at(name, address)
    return address


def database_url(folder: Path) -> str:
    """SQLAlchemy URL of a database of this folder's own, on the shared MySQL-protocol server."""

    def start() -> tuple[ServerProcess, dict[str, str]]:
        server = MariaDb()
        server.start()
        return server, {"DATABASE_URL": server.url("mysql")}

    url = make_url(_address("DATABASE_URL", start))
    name = f"test_{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
    with pymysql.connect(
        host=url.host or "127.0.0.1", port=url.port or 3306, user=url.username, password=url.password or ""
    ) as connection:
        connection.cursor().execute(
            f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
        )
    return url.set(database=name).render_as_string(hide_password=False)


def redis_url() -> str:
    """The shared Redis-protocol server; keys of a test need a prefix or ids of its own."""

    def start() -> tuple[ServerProcess, dict[str, str]]:
        server = Valkey()
        server.start()
        return server, {"REDIS_URL": server.url}

    return _address("REDIS_URL", start)


def kafka_bootstrap() -> str:
    """The shared Kafka-protocol broker; topics of a test need a prefix of their own."""

    def start() -> tuple[ServerProcess, dict[str, str]]:
        server = Tansu()
        server.start()
        return server, {"KAFKA_BOOTSTRAP": server.bootstrap}

    return _address("KAFKA_BOOTSTRAP", start)


def s3_endpoint() -> tuple[str, str, str]:
    """URL, access key and secret key of the shared S3 server; a test needs a bucket of its own."""

    def start() -> tuple[ServerProcess, dict[str, str]]:
        server = SeaweedFs()
        server.start()
        return server, {"S3_ENDPOINT": server.url, "S3_ACCESS_KEY": ACCESS_KEY, "S3_SECRET_KEY": SECRET_KEY}

    return _address("S3_ENDPOINT", start), os.environ[f"{PREFIX}S3_ACCESS_KEY"], os.environ[f"{PREFIX}S3_SECRET_KEY"]
