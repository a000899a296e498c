"""Clients of the brokers, configured from the settings.

Their waits are short: whoever calls comes back, and a task that waits is in the database meanwhile.
"""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError

from configs.servers import ServerSettings
from storage.errors import UnavailableError
from storage.tls import tls_context

ANSWER_MS = 4_000
RECONNECT_MS = 1_000
METADATA_MS = 15_000
DELIVERY_MS = 10_000
# A fetch that finds nothing waits so long at the broker; not every broker ends the wait when a record comes.
FETCH_WAIT_MS = 25
# Who stays learns from its next heartbeat that another has left; the shortest session has six of them.
HEARTBEAT_MS = 1_000
# Others wait no longer than this for one that is busy elsewhere when partitions are dealt out.
POLL_INTERVAL_MS = 60_000

# The library reports every attempt to connect as an error; what it raises says the same once.
logging.getLogger("kafka").setLevel(logging.CRITICAL)


@contextmanager
def named_errors(settings: ServerSettings) -> Iterator[None]:
    """The library's errors as UnavailableError."""
    try:
        yield
    except (KafkaError, OSError) as error:
        reason = str(error) or type(error).__name__
        raise UnavailableError(
            f"The queue does not answer at {settings.kafka_bootstrap}: {reason[:300]}.",
            told="The queue does not answer; try again in a moment.", part="queue",
        ) from error  # fmt: skip


def connection(settings: ServerSettings) -> dict[str, Any]:
    """What every client is told: where the brokers are, who we are, and how long to wait."""
    config: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap.split(","), "client_id": settings.kafka_prefix,
        "security_protocol": settings.kafka_security, "bootstrap_timeout_ms": ANSWER_MS,
        "reconnect_backoff_max_ms": RECONNECT_MS, "metadata_max_age_ms": METADATA_MS,
    }  # fmt: skip
    if settings.kafka_security.endswith("SSL"):
        files = {"ssl_cafile": settings.ca_file, "ssl_certfile": settings.client_certificate,
                 "ssl_keyfile": settings.client_key}  # fmt: skip
        config |= {name: str(path) for name, path in files.items() if path is not None}
    if settings.kafka_security.startswith("SASL"):
        password = settings.kafka_password
        config |= {"sasl_mechanism": settings.kafka_sasl_mechanism, "sasl_plain_username": settings.kafka_username,
                   "sasl_plain_password": password.get_secret_value() if password else ""}  # fmt: skip
    return config


def shake_hands(settings: ServerSettings) -> None:
    """With TLS: whether any broker shows a certificate that we trust, in time. Raises OSError, which says why not.

    The library waits for ever for a broker that takes the connection and is silent then (a frozen one, or a port
    without TLS), and says of an untrusted certificate only that it had no time.
    """
    if not settings.kafka_security.endswith("SSL"):
        return
    context, failure = tls_context(settings), OSError("no broker is named")
    for address in settings.kafka_bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            with (
                socket.create_connection((host.strip("[]"), int(port)), ANSWER_MS / 1000) as connection,
                context.wrap_socket(connection, server_hostname=host.strip("[]")),
            ):
                return
        except (OSError, ValueError) as error:
            failure = OSError(f"{address}: {error}")
    raise failure


def open_admin(settings: ServerSettings) -> KafkaAdminClient:
    """Raises KafkaError, OSError."""
    shake_hands(settings)
    return KafkaAdminClient(**connection(settings), request_timeout_ms=ANSWER_MS)


def open_producer(settings: ServerSettings) -> KafkaProducer:
    """Idempotent, acknowledged by all replicas. Raises KafkaError, OSError."""
    shake_hands(settings)
    return KafkaProducer(
        **connection(settings), acks="all", enable_idempotence=True, allow_auto_create_topics=False,
        request_timeout_ms=ANSWER_MS, delivery_timeout_ms=DELIVERY_MS, max_block_ms=ANSWER_MS,
    )  # fmt: skip


def close_producer(producer: KafkaProducer) -> None:
    """Never raises, and waits a second at most."""
    closing = threading.Thread(target=_close, args=(producer,), name="kafka-close", daemon=True)
    closing.start()
    closing.join(1.0)


def _close(producer: KafkaProducer) -> None:
    # Whoever closes awaits nothing any more. By itself it keeps a thread for ever when a batch was lost on the way.
    producer._sender.force_close()
    with suppress(KafkaError):
        producer.close(timeout=2 * DELIVERY_MS / 1000)


def open_consumer(settings: ServerSettings, group: str | None) -> KafkaConsumer:
    """Commits only what it is told to; without a commit it reads from the first record. Raises KafkaError, OSError."""
    shake_hands(settings)
    session_ms = int(settings.kafka_session_seconds * 1000)
    return KafkaConsumer(
        **connection(settings), group_id=group, enable_auto_commit=False, auto_offset_reset="earliest",
        allow_auto_create_topics=False, fetch_max_wait_ms=FETCH_WAIT_MS, session_timeout_ms=session_ms,
        heartbeat_interval_ms=HEARTBEAT_MS,
        max_poll_interval_ms=POLL_INTERVAL_MS, request_timeout_ms=session_ms + ANSWER_MS,
    )  # fmt: skip
