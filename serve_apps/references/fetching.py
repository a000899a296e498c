"""Fetching a picture from an address that a user gave, without being led anywhere but to the public internet."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

import httpcore
import httpx
import structlog
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from configs.settings import Settings
from pipelines.models.references import NoPicture
from serve_apps.api.sniffing import sniff
from serve_apps.references.address import address_problem
from serve_apps.references.network import Deadline, ForbiddenAddress, GuardedNetwork, Resolver, resolve
from serve_apps.references.policy import is_public
from storage.documents.picture import MAX_PIXELS, PICTURE_TYPES

REDIRECTS = 3
ATTEMPTS = 3
WAIT_SECONDS = 5.0  # for one answer of the network
_MOVED = frozenset({301, 302, 303, 307, 308})
_LATER = frozenset({408, 425, 429})
# No compression, so that the bytes counted are the bytes kept.
_HEADERS = {"Accept": "image/webp,image/png,image/jpeg", "Accept-Encoding": "identity", "User-Agent": "design-agent"}

log = structlog.get_logger()


class _Transient(NoPicture):
    """Another attempt may succeed."""


@dataclass(frozen=True)
class HttpsReferences:
    """Implements ``pipelines.models.references.ReferenceSource`` for https addresses.

    ``most_bytes`` and ``seconds`` bound one reference, all redirects and attempts together. ``resolver``, ``allowed``
    and ``tls`` decide where a connection may go and whose certificate counts.
    """

    most_bytes: int
    seconds: float
    ports: frozenset[int]
    resolver: Resolver = resolve
    allowed: Callable[[str], bool] = is_public
    tls: ssl.SSLContext = field(default_factory=httpx.create_ssl_context)
    attempts: int = ATTEMPTS

    @classmethod
    def of(cls, settings: Settings) -> "HttpsReferences":
        """With the limits of the settings."""
        return cls(settings.reference_bytes, settings.reference_seconds, frozenset(settings.reference_ports))

    def fetch(self, url: str) -> bytes:
        """Bytes of the picture. Raises NoPicture with a sentence that names no address but the user's own."""
        deadline = Deadline.after(self.seconds)
        retrying = Retrying(
            retry=retry_if_exception_type(_Transient),
            stop=lambda state: stop_after_attempt(self.attempts)(state) or deadline.left <= 1,
            wait=wait_random_exponential(multiplier=0.3, max=2),
            reraise=True,
        )
        data: bytes = retrying(self._attempt, url, deadline)
        _check_picture(data)
        return data

    def _attempt(self, url: str, deadline: Deadline) -> bytes:
        network = GuardedNetwork(deadline, self.resolver, self.allowed)
        try:
            # HTTP/1.1 alone: one request a connection, nothing that other streams could use up.
            with httpcore.ConnectionPool(self.tls, network_backend=network, max_keepalive_connections=0) as pool:
                return self._follow(pool, httpx.URL(url))
        except ForbiddenAddress:
            raise NoPicture("The address does not lead to the public internet; upload the picture instead.") from None
        except httpcore.TimeoutException:
            raise _Transient(f"No picture came within {self.seconds:.0f} s.") from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            if isinstance(error.__cause__ or error.__context__, ssl.SSLCertVerificationError):
                raise NoPicture("The certificate of the address is not valid for its name.") from None
            raise _Transient("The address could not be reached, or broke off.") from None
        except (httpcore.UnsupportedProtocol, httpx.InvalidURL):
            raise NoPicture("The address is not a usable https address.") from None
        finally:
            log.debug("reference fetched", connected=network.connected)

    def _follow(self, pool: httpcore.ConnectionPool, url: httpx.URL) -> bytes:
        for _ in range(REDIRECTS + 1):
            problem = address_problem(str(url), self.ports)
            if problem is not None:
                raise NoPicture(f"The address, or one it leads to, {problem}.")
            target = httpcore.URL(scheme=b"https", host=url.raw_host, port=url.port, target=url.raw_path)
            timeouts = dict.fromkeys(("connect", "read", "write", "pool"), WAIT_SECONDS)
            headers = {"Host": url.netloc.decode("ascii"), **_HEADERS}
            with pool.stream("GET", target, headers=list(headers.items()), extensions={"timeout": timeouts}) as answer:
                if answer.status not in _MOVED:
                    return self._body(answer)
                url = url.join(_header(answer, b"location") or "about:blank")
        raise NoPicture(f"The address leads on more than {REDIRECTS} times; give the picture's own address.")

    def _body(self, answer: httpcore.Response) -> bytes:
        if answer.status >= 500 or answer.status in _LATER:
            raise _Transient(f"The address answered {answer.status}.")
        if answer.status != 200:
            raise NoPicture(f"The address answered {answer.status}; give one that anybody may read.")
        if _header(answer, b"content-encoding") not in {"", "identity"}:
            raise NoPicture("The address answers with compressed data; give the picture's own address.")
        length = _header(answer, b"content-length")
        if length.isdigit() and int(length) > self.most_bytes:
            raise self._too_large()
        data = bytearray()
        for chunk in answer.iter_stream():
            data += chunk
            if len(data) > self.most_bytes:
                raise self._too_large()
        return bytes(data)

    def _too_large(self) -> NoPicture:
        return NoPicture(f"The file is larger than {self.most_bytes // 2**20} MiB; give a smaller one.")


def _header(answer: httpcore.Response, name: bytes) -> str:
    return next((value for key, value in answer.headers if key.lower() == name), b"").decode("latin-1").strip()


def _check_picture(data: bytes) -> None:
    """By its bytes, whatever the answer calls it."""
    kind = sniff(data)
    if kind is None or kind.content_type not in PICTURE_TYPES:
        raise NoPicture("The address gives no PNG, JPEG or WebP picture.")
    if kind.width * kind.height > MAX_PIXELS:
        raise NoPicture(
            f"The picture has {kind.width} x {kind.height} pixels; at most {MAX_PIXELS // 10**6} million are taken."
        )
