"""All settings, typed, read from ``DESIGN_AGENT_*`` environment variables (or ``*_FILE`` for secrets)."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _default_data() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "design-agent"


class Settings(BaseSettings):
    """One object for every process; a profile only picks adapters."""

    model_config = SettingsConfigDict(env_prefix="DESIGN_AGENT_", extra="ignore", frozen=True)

    profile: Literal["local"] = "local"
    port: int = Field(8000, ge=1, le=65535, description="HTTP port of the API.")
    data: Path = Field(default_factory=_default_data, description="Folder of the database, objects, token and logs.")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    lease_seconds: float = Field(60, ge=2, description="How long a claim holds without renewal.")
    queue_poll_seconds: float = Field(0.05, gt=0, description="How often the ingress looks for work when idle.")
    relay_poll_seconds: float = Field(1.0, gt=0, description="How often the relay looks for lapsed leases.")
    progress_poll_seconds: float = Field(0.1, gt=0, description="How often a replica reads new progress events.")
    max_attempts: int = Field(3, ge=1, description="Counted failures that end a task.")
    max_in_flight: int = Field(2, ge=1, description="Tasks one orchestrator replica works on at once.")
    repair_rounds: int = Field(2, ge=0, description="Layout repairs before a poster is delivered with a warning.")
    reader_threads: int = Field(2, ge=1, description="Threads of the text reader.")
    http_timeout_seconds: float = Field(30, gt=0, description="How long a request may wait for another part.")

    @property
    def host(self) -> str:
        """The address to listen on: loopback, because no keys are configured."""
        return "127.0.0.1"

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"http://{self.host}:{self.port}"

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return self.data / "design_agent.db"

    @property
    def objects_path(self) -> Path:
        """The folder of stored objects."""
        return self.data / "objects"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
