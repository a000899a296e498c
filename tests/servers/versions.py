"""What a server says it is, in its own protocol: an address where something else answers is refused."""

import pymysql
import redis
from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from sqlalchemy import make_url
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

PATIENCE_SECONDS = 60
OUTAGES = (pymysql.MySQLError, redis.RedisError, KafkaError, HTTPError, OSError, ValueError)


def version_at(name: str, address: str) -> str:
    """Of the server whose address has this name in ``shared.py``. Raises RuntimeError unless it tells one."""
    try:
        told = ASK[name](address)
    except OUTAGES as error:
        raise RuntimeError(f"the server of {name} does not say what it is: {error!r}") from error
    if not told:
        raise RuntimeError(f"the server of {name} does not say what it is")
    return told


def _database(address: str) -> str:
    url = make_url(address)
    with pymysql.connect(
        host=url.host or "127.0.0.1", port=url.port or 3306, user=url.username, password=url.password or "",
        connect_timeout=PATIENCE_SECONDS, read_timeout=PATIENCE_SECONDS,
    ) as connection, connection.cursor() as cursor:  # fmt: skip
        cursor.execute("SELECT VERSION()")
        ((version,),) = cursor.fetchall()
        return str(version)


def _redis(address: str) -> str:
    with redis.Redis.from_url(address, decode_responses=True, socket_timeout=PATIENCE_SECONDS) as client:
        facts = client.info("server")
    kind = next((kind for kind in ("valkey", "redis") if facts.get(f"{kind}_version")), "")
    return f"{kind} {facts[f'{kind}_version']}" if kind else ""


def _kafka(address: str) -> str:
    admin = KafkaAdminClient(bootstrap_servers=address, bootstrap_timeout_ms=PATIENCE_SECONDS * 1000)
    try:
        # Brokers tell no version of theirs, but those of each request they know.
        known = admin.api_versions()
        return f"Kafka with {len(known)} kinds of requests" if known else ""
    finally:
        admin.close()


def _s3(address: str) -> str:
    http = PoolManager(timeout=Timeout(PATIENCE_SECONDS), retries=Retry(0))
    # Unsigned: S3 refuses it in words of its own.
    answer = http.request("GET", f"{address}/", redirect=False)
    refused = b"<Code>AccessDenied</Code>" in answer.data
    return answer.headers.get("Server", "") if refused else ""


ASK = {"DATABASE_URL": _database, "REDIS_URL": _redis, "KAFKA_BOOTSTRAP": _kafka, "S3_ENDPOINT": _s3}
