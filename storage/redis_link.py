"""One process's commands to a Redis server: bounded in time, and not tried while it is known to be away."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from configs.servers import ServerSettings
from storage.errors import UnavailableError, ValidationError

log = structlog.get_logger()
ResultT = TypeVar("ResultT")
# Nobody waits longer for what is only a cache.
ANSWER_SECONDS = 0.5
# How long nobody tries again after a failure, but one caller each time.
PAUSE_SECONDS = 1.0
# Ours: a server that is full, or a replica, answers a ping and is of no use.
PROBE = "design-agent:probe"
AWAY = "Redis does not answer; the service goes on from the database, slower."


def connect(settings: ServerSettings) -> "redis.Redis":
    """A pooled client of the server that the settings name; it connects at its first command.

    Raises ValidationError for an address that is none.
    """
    assert settings.redis_url is not None  # the settings object refuses a profile that needs one and has none
    url = settings.redis_url.get_secret_value()
    tls: dict[str, Any] = {}
    if url.startswith("rediss://"):
        files = {"ssl_ca_certs": settings.ca_file, "ssl_certfile": settings.client_certificate,
                 "ssl_keyfile": settings.client_key}  # fmt: skip
        tls = {name: str(path) for name, path in files.items() if path is not None}
    # A pooled connection may have died with the server it was made to: that one error is tried again, a timeout is not.
    once = Retry(NoBackoff(), 1, (redis.ConnectionError,))
    try:
        # Others write to the same server: bytes that are no text must break nothing here.
        return redis.Redis.from_url(
            url, decode_responses=True, encoding_errors="replace", protocol=2, retry=once,
            socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS, **tls,
        )  # fmt: skip
    except ValueError as error:
        raise ValidationError(
            f"DESIGN_AGENT_REDIS_URL is no address of a Redis server ({error}); write redis://:password@host:6379/0."
        ) from None


class RedisLink:
    """A client with a circuit breaker; thread-safe."""

    def __init__(self, client: "redis.Redis") -> None:
        self.client = client
        self._lock = threading.Lock()
        self._away = False
        self._next_try = 0.0

    def call(self, action: Callable[["redis.Redis"], ResultT]) -> ResultT:
        """The result of some commands. Raises UnavailableError, at once while the last failure is fresh."""
        with self._lock:
            if self._away:
                if time.monotonic() < self._next_try:
                    raise UnavailableError(AWAY, part="redis")
                self._next_try = time.monotonic() + PAUSE_SECONDS
        return self._try(action)

    def ping(self) -> None:
        """Raises UnavailableError unless the server answers now, and takes what it is given."""
        self._try(lambda client: client.set(PROBE, "1", ex=60))

    def close(self) -> None:
        """Close every connection."""
        self.client.close()

    def _try(self, action: Callable[["redis.Redis"], ResultT]) -> ResultT:
        try:
            result = action(self.client)
        except (redis.RedisError, OSError) as error:
            with self._lock:
                if not self._away:
                    # What the driver says may name servers: it is for the log, not for clients.
                    log.warning("Redis does not answer", error=str(error))
                self._away, self._next_try = True, time.monotonic() + PAUSE_SECONDS
            raise UnavailableError(AWAY, part="redis") from error
        with self._lock:
            if self._away:
                log.info("Redis answers again")
            self._away = False
        return result
