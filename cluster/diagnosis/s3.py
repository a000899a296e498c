"""S3: reachable, let in, the bucket, a write and a read, and its clock."""

import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import urllib3
from minio.error import S3Error

from cluster.diagnosis.clock import clock_finding
from cluster.diagnosis.finding import Finding
from cluster.diagnosis.network import Unreachable, ending, reach, tls_of
from configs.settings import Settings
from storage.errors import UnavailableError
from storage.objects.s3 import S3Store
from storage.objects.s3_client import FAILURES, s3_client, unavailable

SECONDS = 2.0
_VARIABLE = "DESIGN_AGENT_S3_ENDPOINT"
_ADVICE = "Do what it says; the log of the S3 service says more."


def connection(settings: Settings) -> Finding:
    """Whether the service lets us in."""
    try:
        _reach(settings)
        there = _bucket_exists(settings)
    except Unreachable as problem:
        return problem.finding("s3")
    except UnavailableError as error:
        return Finding("s3", False, error.message, _ADVICE)
    return Finding("s3", True, "answers" if there else "answers; the bucket is made at the first write")


def examine(settings: Settings) -> list[Finding]:
    """Everything about it."""
    try:
        days = _reach(settings)
        there = _bucket_exists(settings)
    except Unreachable as problem:
        return [problem.finding("s3")]
    except UnavailableError as error:
        return [Finding("s3", False, error.message, _ADVICE)]
    safe = "encrypted" if settings.s3_endpoint.startswith("https:") else "not encrypted"
    found = [Finding("s3", True, f"{settings.s3_endpoint}, {safe}"), *ending("s3", days), _clock(settings)]
    if not there:
        return [*found, Finding("s3 bucket", True, f"{settings.s3_bucket} is not there; 'design-agent up' makes it")]
    try:
        S3Store(settings).ping()
    except UnavailableError as error:
        return [*found, Finding("s3 bucket", False, error.message, _ADVICE)]
    return [*found, Finding("s3 bucket", True, f"{settings.s3_bucket} can be written and read")]


def _reach(settings: Settings) -> int | None:
    parts = urlsplit(settings.s3_endpoint)
    secured = parts.scheme == "https"
    host = str(parts.hostname) if settings.s3_path_style else f"{settings.s3_bucket}.{parts.hostname}"
    return reach(host, parts.port or (443 if secured else 80), _VARIABLE, tls_of(settings) if secured else None)


def _bucket_exists(settings: Settings) -> bool:
    client = s3_client(settings, settings.s3_endpoint, silent_seconds=SECONDS, connections=1)
    try:
        # Not HEAD: its refusals have no body that would say why.
        next(client.list_objects(settings.s3_bucket), None)
    except FAILURES as error:
        if isinstance(error, S3Error) and error.code == "NoSuchBucket":
            return False
        raise unavailable("The bucket cannot be listed", error) from error
    return True


def _clock(settings: Settings) -> Finding:
    context = tls_of(settings) if settings.s3_endpoint.startswith("https:") else None
    with urllib3.PoolManager(timeout=SECONDS, retries=False, ssl_context=context) as http:
        begin = time.time()
        said = http.request("GET", settings.s3_endpoint).headers.get("Date")
        moment = (begin + time.time()) / 2
    if said is None:
        return Finding("s3 clock", True, "it does not say what time it is")
    return clock_finding("s3", moment, parsedate_to_datetime(said).timestamp(), precision=1.0)
