"""A broker behind TLS: the settings' authority is what decides, and a task finds its way through the encryption."""

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cluster.diagnosis import kafka as diagnosis
from configs.settings import Settings
from storage.database.base import Database
from storage.errors import UnavailableError
from storage.queue.kafka_dead import DeadLetters
from tests.contract.helpers import new_task
from tests.contract.lanes import kafka_settings
from tests.queue.conftest import lane_of
from tests.servers.certificates import Certificate, make_certificate
from tests.servers.tansu import Tansu
from tests.servers.tls import tls_before

# For a busy machine; what hangs, hangs for ever.
SOON = 30.0


@dataclass(frozen=True)
class Secured:
    """A broker that sends its clients to the encrypted port."""

    folder: Path
    port: int
    plain: str
    certificate: Certificate

    def settings(self, **changes: Any) -> Settings:
        given = {"kafka_security": "SSL", "ca_file": self.certificate.authority} | changes
        return kafka_settings(self.folder, f"127.0.0.1:{self.port}", **given)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("tls")
    made = make_certificate(folder / "tls")
    tansu = Tansu(folder / "tansu")
    with tls_before(tansu.port, made) as port:
        tansu.reached = {"bootstrap_servers": f"127.0.0.1:{port}", "security_protocol": "SSL",
                         "ssl_cafile": str(made.authority)}  # fmt: skip
        tansu.start()
        yield Secured(folder, port, tansu.bootstrap, made)
        tansu.close()


def test_port_speaks_tls_with_that_certificate(secured: Secured) -> None:
    context = ssl.create_default_context(cafile=secured.certificate.authority)
    with (
        socket.create_connection(("127.0.0.1", secured.port), 10) as connection,
        context.wrap_socket(connection, server_hostname="127.0.0.1") as wrapped,
    ):
        assert wrapped.version() in {"TLSv1.2", "TLSv1.3"}


def test_tasks_and_dead_letters_pass_through_an_encrypted_broker(database: Database, secured: Secured) -> None:
    settings = secured.settings()
    made = [new_task(database).id for _ in range(5)]
    lane = lane_of(database, settings)
    lane.queue.ping()
    assert sorted(claim.task_id for claim in lane.take(5)) == sorted(made)
    assert lane.drain() == []
    lane.close()
    letters = DeadLetters(settings)
    assert list(letters.letters()) == []
    letters.close()
    found = diagnosis.examine(settings)
    assert found[0].ok and found[0].detail == "1 brokers, SSL"
    # The tests' certificates live for a day.
    assert [finding.detail for finding in found if not finding.ok] == ["the server's certificate ends in 0 days"]


@pytest.mark.parametrize("trusted", ["another authority", "the system's authorities"])
def test_certificate_that_nobody_trusts_is_refused_and_named(
    database: Database, secured: Secured, tmp_path: Path, trusted: str
) -> None:
    stranger = make_certificate(tmp_path / "stranger").authority
    settings = secured.settings(ca_file=stranger if trusted == "another authority" else None)
    lane = lane_of(database, settings)
    new_task(database)
    for action in (lane.queue.ping, lane.publisher.publish, lambda: lane.queue.take("worker", 1, 60)):
        with pytest.raises(UnavailableError) as refused:
            action()
        assert refused.value.details["part"] == "queue"
        assert "certificate verify failed" in refused.value.message, refused.value.message
    lane.close()
    (found,) = diagnosis.examine(settings)
    assert "not trusted" in found.detail and "DESIGN_AGENT_CA_FILE" in found.advice
    assert database.backlog() == 1


@pytest.mark.parametrize("security", ["PLAINTEXT", "SSL"])
def test_protocol_that_is_not_the_ports_is_given_up_in_time(
    database: Database, secured: Secured, security: str
) -> None:
    settings = secured.settings(kafka_security=security)
    if security == "SSL":
        settings = settings.model_copy(update={"kafka_bootstrap": secured.plain})
    lane = lane_of(database, settings)
    began = time.monotonic()
    with pytest.raises(UnavailableError, match="does not answer"):
        lane.queue.ping()
    assert time.monotonic() - began < SOON
    lane.close()
    found = diagnosis.examine(settings)[0]
    assert not found.ok
    assert ("speaks TLS" if security == "SSL" else "DESIGN_AGENT_KAFKA_SECURITY") in found.advice


def test_frozen_broker_behind_tls_is_given_up_in_time(database: Database, secured: Secured) -> None:
    """A socket that takes connections and says nothing, as a frozen broker's does."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = secured.settings().model_copy(update={"kafka_bootstrap": f"127.0.0.1:{silent.getsockname()[1]}"})
        lane = lane_of(database, settings)
        new_task(database)
        began = time.monotonic()
        for action in (lane.queue.ping, lane.publisher.publish, lambda: lane.queue.take("worker", 1, 60)):
            with pytest.raises(UnavailableError, match="timed out"):
                action()
        assert time.monotonic() - began < 3 * SOON
        lane.close()
