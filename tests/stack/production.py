"""The whole service on MySQL, Redis, Kafka and S3 servers, told of them by environment variables only."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from cluster.jobs.own_service import OwnService
from tests.servers.shared import database_url, kafka_bootstrap, redis_url, s3_endpoint
from tests.serving import free_port


@dataclass(frozen=True)
class ProductionService(OwnService):
    """A service and the variables that name its servers."""

    servers: dict[str, str] = field(default_factory=dict)

    @override
    def environment(self) -> dict[str, str]:
        return super().environment() | self.servers


def shared_servers(folder: Path, redis_database: int = 1) -> dict[str, str]:
    """Variables of the session's servers: a database, a Redis database, topics and a bucket of the folder's own."""
    endpoint, access_key, secret_key = s3_endpoint()
    name = f"stack-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    return {
        "DESIGN_AGENT_PROFILE": "test", "DESIGN_AGENT_DATABASE_URL": database_url(folder),
        "DESIGN_AGENT_REDIS_URL": f"{redis_url().rpartition('/')[0]}/{redis_database}",
        "DESIGN_AGENT_KAFKA_BOOTSTRAP": kafka_bootstrap(), "DESIGN_AGENT_KAFKA_PREFIX": name,
        "DESIGN_AGENT_KAFKA_PARTITIONS": "3", "DESIGN_AGENT_KAFKA_PUBLISH_SECONDS": "0.2",
        "DESIGN_AGENT_S3_ENDPOINT": endpoint,
        "DESIGN_AGENT_S3_ACCESS_KEY": access_key, "DESIGN_AGENT_S3_SECRET_KEY": secret_key,
        "DESIGN_AGENT_S3_BUCKET": name, "DESIGN_AGENT_S3_PUBLIC_ENDPOINT": endpoint.replace("127.0.0.1", "localhost"),
    }  # fmt: skip


@contextmanager
def production(data: Path, servers: dict[str, str]) -> Iterator[ProductionService]:
    """Up, and down at the end."""
    service = ProductionService(data, free_port(), servers=servers)
    service.up()
    try:
        yield service
    finally:
        service.down()
