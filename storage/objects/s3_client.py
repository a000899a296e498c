"""S3 clients as the settings want them, and what becomes of their errors."""

from collections.abc import Callable
from ssl import SSLContext
from typing import TypeVar
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.sse import Sse, SseKMS, SseS3
from pydantic import SecretStr
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError, MaxRetryError, SSLError

from configs.servers import ServerSettings
from storage.errors import UnavailableError
from storage.tls import tls_context

ResultT = TypeVar("ResultT")
CONNECT_SECONDS = 3.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.1, 2.0
# Answers of the 400s that say "later", not "never".
_LATER = frozenset({"RequestTimeout", "SlowDown", "TooManyRequests"})
_ADVICE = {
    "AccessDenied": "give the access key the right to read, write, list and delete in the bucket",
    "InvalidAccessKeyId": "set DESIGN_AGENT_S3_ACCESS_KEY to a key that the service knows",
    "SignatureDoesNotMatch": "check DESIGN_AGENT_S3_SECRET_KEY and DESIGN_AGENT_S3_REGION",
    "AuthorizationHeaderMalformed": "check DESIGN_AGENT_S3_REGION",
    "RequestTimeTooSkewed": "set this machine's clock right",
    "QuotaExceeded": "make room in the bucket",
}
_AWAY = "The object store does not answer; try again in a moment."
# What a client of this library may raise when a request fails.
FAILURES = (MinioException, HTTPError, OSError, ParseError)


def s3_client(settings: ServerSettings, endpoint: str, *, silent_seconds: float, connections: int) -> Minio:
    """A client that tries once and gives up on a silent server. Raises UnavailableError for unusable TLS files."""
    parts = urlsplit(endpoint)
    http = PoolManager(
        maxsize=connections, block=True, retries=Retry(0, raise_on_redirect=False),
        timeout=Timeout(connect=min(CONNECT_SECONDS, silent_seconds), read=silent_seconds),
        ssl_context=_tls(settings) if parts.scheme == "https" else None,
    )  # fmt: skip
    client = Minio(
        parts.netloc, secure=parts.scheme == "https", region=settings.s3_region, http_client=http,
        access_key=_plain(settings.s3_access_key), secret_key=_plain(settings.s3_secret_key),
    )  # fmt: skip
    if settings.s3_path_style:
        client.disable_virtual_style_endpoint()  # type: ignore[no-untyped-call]
    else:
        client.enable_virtual_style_endpoint()  # type: ignore[no-untyped-call]
    return client


def _tls(settings: ServerSettings) -> SSLContext:
    try:
        return tls_context(settings)
    except OSError as error:
        raise UnavailableError(
            f"The TLS files of the object store cannot be used: {error}.", told=_AWAY, part="objects"
        ) from error


def encryption(settings: ServerSettings) -> Sse | None:
    """What a new object is encrypted with, by the server."""
    if settings.s3_encryption == "aws:kms":
        return SseKMS(settings.s3_kms_key, {})
    return SseS3() if settings.s3_encryption else None


def patiently(action: Callable[[], ResultT], seconds: float) -> ResultT:
    """The action's result; tried again, with random waits that grow, while its failure may pass. Raises FAILURES."""
    retrying = Retrying(
        retry=retry_if_exception(may_pass), stop=stop_after_delay(seconds), reraise=True,
        wait=wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=LONGEST_WAIT_SECONDS),
    )  # fmt: skip
    return retrying(action)


def unavailable(what: str, error: Exception) -> UnavailableError:
    """The failure in words: what could not be done, why, and what helps. Clients are told no more than S3's code."""
    told = _AWAY
    if isinstance(error, S3Error):
        told = f"The object store refuses this ({error.code}); its operator has to help if it stays so."
        advice = _ADVICE.get(error.code or "", "see the log of the S3 service")
        reason = f"S3 answers {error.code} ({error.message}); {advice}"
    elif isinstance(error, MaxRetryError) and isinstance(error.reason, SSLError):
        reason = f"TLS fails ({error.reason}); check DESIGN_AGENT_CA_FILE and the server's certificate"
    elif isinstance(error, InvalidResponseError | ServerError | ParseError):
        reason = f"what answers is no S3 service, or a broken one ({str(error)[:200]}); check DESIGN_AGENT_S3_ENDPOINT"
    else:
        cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
        reason = f"the S3 service does not answer ({type(cause).__name__}); start it or check DESIGN_AGENT_S3_ENDPOINT"
    return UnavailableError(f"{what}: {reason}.", told=told, part="objects")


def may_pass(error: BaseException) -> bool:
    """Whether the same request may succeed later, though nobody mends anything."""
    match error:
        case S3Error():
            return error.response.status >= 500 or error.code in _LATER
        case ServerError():
            return error.status_code >= 500
        case InvalidResponseError():
            return bool(error._code >= 500)
        case MaxRetryError():
            return not isinstance(error.reason, SSLError)
    return isinstance(error, HTTPError | OSError)


def _plain(secret: object) -> str:
    return secret.get_secret_value() if isinstance(secret, SecretStr) else ""
