"""Settings of an object store in a bucket of a test's own."""

import hashlib
from pathlib import Path
from typing import Any

from configs.settings import Settings
from tests.servers.shared import s3_endpoint


def s3_settings(folder: Path, **changes: Any) -> Settings:
    """The shared S3 server, and a bucket named after the folder, not made yet."""
    endpoint, access_key, secret_key = s3_endpoint()
    bucket = f"test-{hashlib.sha256(str(folder).encode()).hexdigest()[:20]}"
    given = {"s3_endpoint": endpoint, "s3_access_key": access_key, "s3_secret_key": secret_key, "s3_bucket": bucket}
    return Settings(data=folder, **(given | changes))
