"""Encrypted and verified, or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from configs.servers import ServerSettings
from storage.database import mysql_sessions
from storage.database.mysql import MysqlDatabase
from storage.errors import UnavailableError
from tests.contract.helpers import new_task
from tests.servers.certificates import make_certificate
from tests.servers.mariadb import MariaDb


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[MariaDb]:
    made = make_certificate(folder)
    server = MariaDb(None, f"--ssl-cert={made.certificate}", f"--ssl-key={made.key}")
    server.start()
    yield server
    server.close()


def test_connection_is_encrypted(server: MariaDb, folder: Path) -> None:
    database = MysqlDatabase(ServerSettings(database_url=server.url(), database_tls=True, ca_file=folder / "ca.pem"))
    database.migrate()
    assert new_task(database).status == "pending"
    cipher = database._read(lambda session: session.execute(text("SHOW STATUS LIKE 'Ssl_cipher'")).one()[1])
    assert cipher
    database.close()


@pytest.mark.parametrize("authority", ["other", "missing"])
def test_server_of_an_unknown_authority_is_refused(
    server: MariaDb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authority: str
) -> None:
    monkeypatch.setattr(mysql_sessions, "RETRY_SECONDS", 1)
    made = make_certificate(tmp_path)
    if authority == "missing":
        made.authority.unlink()
    with pytest.raises(UnavailableError, match="certificate"):
        MysqlDatabase(ServerSettings(database_url=server.url(), database_tls=True, ca_file=made.authority)).ping()


@pytest.mark.parametrize("url", ["postgresql://u@h/d", "mysql+pymysql://u@h:3306", "nonsense"])
def test_address_that_names_no_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(UnavailableError, match="DESIGN_AGENT_DATABASE_URL"):
        MysqlDatabase(ServerSettings(database_url=url))
