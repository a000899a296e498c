"""Settings of the servers that the profiles ``production`` and ``test`` use: MySQL, Redis, Kafka, S3."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from configs.keys import SecretFile

Secret = Annotated[SecretStr | None, SecretFile()]


def _endpoint(url: str) -> str:
    """The URL of a whole host. Raises ValueError for anything else."""
    parts = urlsplit(url)
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
    if url and not (parts.scheme in {"http", "https"} and parts.hostname and bare):
        raise ValueError("must be a URL such as https://s3.example.org:9000, without a path")
    return url


Endpoint = Annotated[str, AfterValidator(_endpoint)]


class ServerSettings(BaseSettings):
    """Where the servers are and how to talk to them. Endpoints are URLs with their scheme."""

    ca_file: Path | None = Field(None, description="CA certificates (PEM) that the servers' certificates go back to.")
    client_certificate: Path | None = Field(None, description="Certificate (PEM) shown to servers that ask for one.")
    client_key: Path | None = Field(None, description="Private key (PEM) of that certificate.")

    database_url: Secret = Field(
        None, description="SQLAlchemy URL: mysql+pymysql://user:password@host:3306/design_agent."
    )
    database_tls: bool = Field(False, description="Whether the connection to MySQL must be encrypted and verified.")
    database_pool: int = Field(10, ge=1, description="MySQL connections that one process keeps.")

    redis_url: Secret = Field(None, description="redis://:password@host:6379/0, or rediss:// for TLS.")

    kafka_bootstrap: str = Field("", description="Kafka brokers as host:port, separated by commas.")
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="Security protocol of the brokers."
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="How to log in, for the SASL protocols."
    )
    kafka_username: str = Field("", description="User name for SASL.")
    kafka_password: Secret = Field(None, description="Password for SASL.")
    kafka_prefix: str = Field(
        "design-agent", pattern=r"^[A-Za-z0-9._-]{1,100}$", description="Begins every topic and group."
    )
    kafka_partitions: int = Field(12, ge=1, description="Partitions of each task topic, when it is made at start.")
    kafka_replication: int = Field(1, ge=1, description="Replicas of each partition, when the topic is made at start.")
    kafka_publish_seconds: float = Field(
        0.02, gt=0, description="How often the relay looks for tasks to publish while there are none."
    )
    kafka_window: int = Field(
        64, ge=1, description="Published tasks that may wait unclaimed; the rest waits in fair order."
    )
    kafka_session_seconds: float = Field(
        10, ge=6, le=300, description="How long a silent ingress stays in the group; then others get its partitions."
    )
    kafka_lost_seconds: float = Field(
        30, ge=3, description="Published tasks that no ingress has confirmed for so long are published again."
    )
    ingress_replicas: int = Field(1, ge=1, description="Replicas of the ingress, all in one consumer group.")

    s3_endpoint: Endpoint = Field("", description="URL of the S3 service.")
    s3_access_key: Secret = Field(None, description="Access key of the S3 service.")
    s3_secret_key: Secret = Field(None, description="Secret key of the S3 service.")
    s3_bucket: str = Field(
        "design-agent",
        pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        description="Bucket of all objects; made at start.",
    )
    s3_region: str = Field("us-east-1", description="Region of the bucket.")
    s3_public_endpoint: Endpoint = Field("", description="URL of the S3 service as clients reach it, for signed links.")
    s3_path_style: bool = Field(True, description="Whether the bucket is in the path (true) or in the host name.")
    s3_encryption: Literal["", "AES256", "aws:kms"] = Field("", description="Server-side encryption of objects.")
    s3_kms_key: str = Field("", description="Key id for aws:kms.")
    s3_part_bytes: int = Field(
        16 * 2**20, ge=5 * 2**20, le=5 * 2**30, description="Larger objects are sent in parts of this size."
    )
    s3_connections: int = Field(16, ge=1, description="Connections that one process keeps to the S3 service.")
    s3_silent_seconds: float = Field(10, gt=0, description="How long the S3 service may be silent in one request.")
    s3_patience_seconds: float = Field(10, gt=0, description="How long a failing request to it is tried again.")
