"""Connections for addresses that users give: what is checked is what is connected to, and all of it ends in time.

A backend for httpcore, which does TLS (against the name) and HTTP above it. Names are looked up here, once a
connection, and the socket goes to the looked-up address itself: a name that changes its mind cannot lead elsewhere.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from typing import Any

import httpcore
from typing_extensions import override

from serve_apps.references.policy import is_public

Resolver = Callable[[str, int], list[str]]


class ForbiddenAddress(Exception):
    """The name leads to an address that is not public."""


class OutOfTime(httpcore.TimeoutException):
    """The time for the whole fetch is over."""


class UnknownName(httpcore.ConnectError):
    """The name has no address."""


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a name, in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment, on the monotonic clock, at which everything stops."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """So many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - time.monotonic())

    def limit(self, timeout: float | None) -> float:
        """The time that one wait may take. Raises OutOfTime when none is left."""
        left = self.left
        if left <= 0:
            raise OutOfTime("the time is over")
        return left if timeout is None else min(left, timeout)


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every wait ends at the deadline, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.limit(timeout))

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.limit(timeout))

    @override
    def close(self) -> None:
        self._stream.close()

    @override
    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.limit(timeout))
        return _TimedStream(secured, self._deadline)

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@dataclass
class GuardedNetwork(httpcore.NetworkBackend):
    """Connects to allowed addresses only. ``connected``: those it went to, in order."""

    deadline: Deadline
    resolver: Resolver = resolve
    allowed: Callable[[str], bool] = is_public
    connected: list[str] = field(default_factory=list)

    @override
    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        """Raises ForbiddenAddress when any of the name's addresses is not allowed, httpcore's errors otherwise."""
        addresses = self._look_up(host, port, timeout)
        # One bad address among good ones is how a name is bent inwards: all must be good.
        if not all(self.allowed(address) for address in addresses):
            raise ForbiddenAddress(host)
        failure: Exception = UnknownName(f"{host} has no address")
        for address in addresses:
            try:
                stream = httpcore.SyncBackend().connect_tcp(address, port, self.deadline.limit(timeout))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            self.connected.append(address)
            return _TimedStream(stream, self.deadline)
        raise failure

    def _look_up(self, host: str, port: int, timeout: float | None) -> list[str]:
        # The system's resolver knows no time limit, so it is waited for in a thread of its own.
        pool = ThreadPoolExecutor(1, thread_name_prefix="resolve")
        try:
            return pool.submit(self.resolver, host, port).result(self.deadline.limit(timeout))
        except FutureTimeout:
            raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from None
        except (OSError, UnicodeError) as error:
            raise UnknownName(f"{host} has no address") from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
