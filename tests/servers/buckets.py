"""Settings of an object store in a bucket of a test's own."""

import atexit
import contextlib
import hashlib
from pathlib import Path
from typing import Any

from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from configs.settings import Settings
from storage.objects.s3_client import s3_client
from tests.servers.shared import STARTED, s3_endpoint


def s3_settings(folder: Path, **changes: Any) -> Settings:
    """The shared S3 server, and a bucket named after the folder, not made yet."""
    endpoint, access_key, secret_key = s3_endpoint()
    bucket = f"test-{hashlib.sha256(str(folder).encode()).hexdigest()[:20]}"
    given = {"s3_endpoint": endpoint, "s3_access_key": access_key, "s3_secret_key": secret_key, "s3_bucket": bucket,
             # A busy machine is no outage.
             "s3_silent_seconds": 60, "s3_patience_seconds": 60}  # fmt: skip
    if "S3_ENDPOINT" not in STARTED:
        # A server of somebody's own is left as it was.
        client = s3_client(Settings(**given), endpoint, silent_seconds=10, connections=1)
        atexit.register(_remove, client, bucket)
    return Settings(data=folder, **(given | changes))


def _remove(client: Minio, bucket: str) -> None:
    with contextlib.suppress(MinioException, HTTPError):
        for found in client.list_objects(bucket, recursive=True):
            client.remove_object(bucket, str(found.object_name))
        client.remove_bucket(bucket)
