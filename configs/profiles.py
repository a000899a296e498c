"""The profiles: which adapter each port has. Nothing else depends on the profile."""

from dataclasses import dataclass
from typing import Literal

Profile = Literal["local", "production", "test"]


@dataclass(frozen=True, slots=True)
class Adapters:
    """One name for each port, and the settings without which they cannot be opened."""

    database: Literal["sqlite", "mysql"]
    queue: Literal["outbox", "kafka"]
    progress: Literal["polling", "redis"]
    cache: Literal["none", "redis"]
    objects: Literal["folder", "s3"]
    checkpoints: Literal["sqlite", "mysql"]
    needs: tuple[str, ...] = ()

    @property
    def guarded(self) -> bool:
        """Whether secrets that anybody would guess are refused: where there are servers."""
        return bool(self.needs)


EMBEDDED = Adapters("sqlite", "outbox", "polling", "none", "folder", "sqlite")
SERVERS = Adapters(
    "mysql", "kafka", "redis", "redis", "s3", "mysql",
    needs=("database_url", "redis_url", "kafka_bootstrap", "s3_endpoint", "s3_access_key", "s3_secret_key"),
)  # fmt: skip

# test: as production, under a name that tells the two apart in /healthz.
PROFILES: dict[Profile, Adapters] = {"local": EMBEDDED, "production": SERVERS, "test": SERVERS}
