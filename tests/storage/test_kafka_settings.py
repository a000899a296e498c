"""Settings as the Kafka clients get them."""

from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from pydantic import SecretStr

from configs.settings import Settings
from storage.queue.kafka_clients import connection
from storage.queue.kafka_topics import CLASSES, Topics

LOGIN = {"kafka_username": "alice", "kafka_password": SecretStr("s3cret"), "kafka_sasl_mechanism": "SCRAM-SHA-256"}
FILES = {"ca_file": Path("/tls/ca.pem"), "client_certificate": Path("/tls/c.pem"), "client_key": Path("/tls/k.pem")}
AS_SSL = {"ssl_cafile": "/tls/ca.pem", "ssl_certfile": "/tls/c.pem", "ssl_keyfile": "/tls/k.pem"}
AS_SASL = {"sasl_mechanism": "SCRAM-SHA-256", "sasl_plain_username": "alice", "sasl_plain_password": "s3cret"}


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [("PLAINTEXT", {}), ("SSL", AS_SSL), ("SASL_PLAINTEXT", AS_SASL), ("SASL_SSL", AS_SSL | AS_SASL)],
)
def test_security_reaches_the_clients(protocol: str, expected: dict[str, str]) -> None:
    given: dict[str, Any] = {**LOGIN, **FILES}
    config = connection(Settings(kafka_bootstrap="a:9092,b:9092", kafka_security=protocol, **given))  # type: ignore[arg-type]
    assert config["bootstrap_servers"] == ["a:9092", "b:9092"]
    assert config["security_protocol"] == protocol
    assert {name: value for name, value in config.items() if name.startswith(("ssl", "sasl"))} == expected
    for client in (KafkaAdminClient, KafkaConsumer, KafkaProducer):
        assert config.keys() <= client.DEFAULT_CONFIG.keys() | {"metadata_max_age_ms"}


def test_every_priority_has_one_class() -> None:
    for priority in range(10):
        assert len([name for name, band in CLASSES.items() if band.lowest <= priority <= band.highest]) == 1
    topics = Topics.of("shop")
    assert list(topics.tasks.values()) == [f"shop.tasks.{name}" for name in ("high", "normal", "low", "bulk")]
    assert topics.dead == "shop.tasks.dead"
