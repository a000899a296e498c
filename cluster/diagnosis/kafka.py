"""Kafka: each broker reachable, let in, enough of them, and the topics."""

import ssl

from kafka.errors import KafkaError

from cluster.diagnosis.finding import Finding
from cluster.diagnosis.network import Unreachable, ending, reach, tls_of
from configs.settings import Settings
from storage.queue.kafka_clients import open_admin
from storage.queue.kafka_topics import Topics

_VARIABLE = "DESIGN_AGENT_KAFKA_BOOTSTRAP"


def connection(settings: Settings) -> Finding:
    """Whether the brokers let us in."""
    return examine(settings)[0]


def examine(settings: Settings) -> list[Finding]:
    """Everything about it."""
    try:
        found = _brokers(settings)
    except Unreachable as problem:
        return [problem.finding("kafka")]
    try:
        admin = open_admin(settings)
        try:
            topics, brokers = set(admin.list_topics()), len(admin.describe_cluster()["brokers"])
        finally:
            admin.close()
    except (KafkaError, OSError) as error:
        return [Finding("kafka", False, f"it lets nobody in: {type(error).__name__}: {error}",
                        "Check DESIGN_AGENT_KAFKA_SECURITY, _KAFKA_SASL_MECHANISM, _KAFKA_USERNAME and "
                        "_KAFKA_PASSWORD, and the listeners that the brokers advertise."), *found]  # fmt: skip
    enough = brokers >= settings.kafka_replication
    said = f"{brokers} brokers, {settings.kafka_security}"
    fewer = f"Start {settings.kafka_replication} brokers, or lower DESIGN_AGENT_KAFKA_REPLICATION."
    return [Finding("kafka", enough, said, fewer), *found, _topics(settings, topics)]


def _brokers(settings: Settings) -> list[Finding]:
    """Findings of the brokers that do not answer. Raises Unreachable when none does."""
    context: ssl.SSLContext | None = tls_of(settings) if settings.kafka_security.endswith("SSL") else None
    found: list[Finding] = []
    problems: list[Unreachable] = []
    addresses = [address.strip() for address in settings.kafka_bootstrap.split(",")]
    for address in addresses:
        host, _, port = address.rpartition(":")
        try:
            if not host or not port.isdigit():
                raise Unreachable(f"{address} is no host:port", f"Correct {_VARIABLE}.")
            found += ending(f"kafka {address}", reach(host, int(port), _VARIABLE, context))
        except Unreachable as problem:
            problems.append(problem)
            found.append(problem.finding(f"kafka {address}"))
    if len(problems) == len(addresses):
        raise problems[0]
    return found


def _topics(settings: Settings, there: set[str]) -> Finding:
    topics = Topics.of(settings.kafka_prefix)
    missing = sorted({*topics.tasks.values(), topics.dead} - there)
    if missing:
        return Finding("kafka topics", True, f"to be made by the service: {', '.join(missing)}")
    return Finding("kafka topics", True, f"all there, named {settings.kafka_prefix}.tasks.*")
