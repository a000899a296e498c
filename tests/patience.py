"""A busy machine is no outage: who tests something else than outages waits longer for servers than the product does."""

from collections.abc import Iterator

import pytest

SECONDS = 30


@pytest.fixture(scope="session", autouse=True)
def patient_with_mysql() -> Iterator[None]:
    """Tests of outages set limits of their own."""
    from storage.database import mysql_engine, mysql_sessions

    with pytest.MonkeyPatch.context() as patch:
        for limit in ("ANSWER_SECONDS", "CONNECT_SECONDS", "POOL_SECONDS", "LOCK_SECONDS"):
            patch.setattr(mysql_engine, limit, SECONDS)
        patch.setattr(mysql_sessions, "RETRY_SECONDS", SECONDS)
        yield


@pytest.fixture(scope="session", autouse=True)
def patient_with_redis() -> Iterator[None]:
    """News are told, however late."""
    from storage.announcer import redis

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redis, "NEWS_SECONDS", 20 * SECONDS)
        yield


@pytest.fixture
def patient_with_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    """For modules that ask for it."""
    from storage.queue import kafka_clients, kafka_dead, kafka_lag, kafka_publisher

    monkeypatch.setattr(kafka_clients, "ANSWER_MS", SECONDS * 1000)
    for module in (kafka_clients, kafka_publisher, kafka_dead):
        monkeypatch.setattr(module, "DELIVERY_MS", 2 * SECONDS * 1000)
    monkeypatch.setattr(kafka_lag, "MEASURE_SECONDS", SECONDS)
