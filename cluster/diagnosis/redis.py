"""Redis: reachable, let in, new enough, and what the service does with it."""

import secrets
from urllib.parse import urlsplit

import redis

from cluster.diagnosis.finding import Finding
from cluster.diagnosis.network import Unreachable, ending, reach, tls_of
from configs.settings import Settings
from storage.redis_link import connect

AT_LEAST = (6, 0)
_VARIABLE = "DESIGN_AGENT_REDIS_URL"


def connection(settings: Settings) -> Finding:
    """Whether the server lets us in."""
    return examine(settings)[0]


def examine(settings: Settings) -> list[Finding]:
    """Everything about it."""
    assert settings.redis_url is not None
    parts = urlsplit(settings.redis_url.get_secret_value())
    place = f"{parts.hostname}:{parts.port or 6379}"
    secured = parts.scheme == "rediss"
    try:
        days = reach(
            parts.hostname or "127.0.0.1", parts.port or 6379, _VARIABLE, tls_of(settings) if secured else None
        )
        with connect(settings) as client:
            facts = client.info("server")
            version = str(facts.get("valkey_version") or facts["redis_version"])
            _use(client)
    except Unreachable as problem:
        return [problem.finding("redis")]
    except (redis.AuthenticationError, redis.exceptions.NoPermissionError) as error:
        return [Finding("redis", False, f"it refuses us: {error}", f"Correct user and password in {_VARIABLE}.")]
    except (redis.ConnectionError, redis.TimeoutError) as error:
        advice = "" if secured else f" If the port speaks TLS, write rediss:// in {_VARIABLE}."
        return [Finding("redis", False, f"{place} takes connections and does not answer: {error}",
                        f"Look at the server's own log.{advice}")]  # fmt: skip
    except redis.RedisError as error:
        return [Finding("redis", False, f"{place}: {error}", "Look at the server's own log.")]
    numbers = tuple(int(part) for part in version.split(".")[:2])
    said = f"{version} at {place}, {'encrypted' if secured else 'not encrypted'}"
    newer = f"Use Redis {'.'.join(map(str, AT_LEAST))} or newer."
    return [Finding("redis", numbers >= AT_LEAST, said, newer), *ending("redis", days)]


def _use(client: "redis.Redis") -> None:
    key = f"design-agent:doctor:{secrets.token_hex(6)}"
    client.hset(key, "field", "value")
    client.expire(key, 10)
    client.publish(key, "message")
    client.delete(key)
