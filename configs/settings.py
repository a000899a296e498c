"""All settings, typed, read from ``DESIGN_AGENT_*`` environment variables (or ``*_FILE`` for secrets)."""

import ipaddress
import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from configs.keys import ConfiguredKey, SecretFile, SecretFiles, distinct, parse_keys
from configs.models import ModelSettings, model_problem
from configs.observing import ObservingSettings
from configs.profiles import PROFILES, Adapters, Profile
from configs.servers import ServerSettings
from configs.weak import weak_own_secrets, weak_secrets


def _default_data() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "design-agent"


class Settings(ServerSettings, ModelSettings, ObservingSettings, BaseSettings):
    """One object for every process; a profile only picks adapters.

    Raises ValueError when the profile's servers are not named, or what guards them is easily guessed.
    """

    model_config = SettingsConfigDict(
        env_prefix="DESIGN_AGENT_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    profile: Profile = Field("local", description="Picks the adapters: local, production or test.")
    host: str = Field("127.0.0.1", min_length=1, description="Address of the API; beyond loopback only with keys.")
    port: int = Field(8000, ge=1, le=65535, description="HTTP port of the API.")
    data: Path = Field(default_factory=_default_data, description="Folder of the database, objects, token and logs.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")

    api_keys: Annotated[
        tuple[ConfiguredKey, ...], NoDecode, BeforeValidator(parse_keys), AfterValidator(distinct), SecretFile()
    ] = Field((), description='JSON list of {"key", "user_id", "role"}: whom the service lets in.')
    api_key: Annotated[SecretStr | None, SecretFile()] = Field(None, description="Key that the command line sends.")
    link_secret: Annotated[SecretStr | None, SecretFile()] = Field(
        None, description="Signs preview links; made and kept in the data folder if not given."
    )
    preview_link_seconds: int = Field(86400, ge=60, description="How long a signed preview link works, at least.")
    requests_per_minute: int = Field(6000, ge=1, description="Requests of one key before 429.")
    unfinished_tasks: int = Field(500, ge=1, description="Unfinished tasks that a user with a key may have.")

    lease_seconds: float = Field(60, ge=2, description="How long a claim holds without renewal.")
    queue_poll_seconds: float = Field(0.1, gt=0, description="How often the ingress looks for work when idle.")
    queue_longest_wait_seconds: float | None = Field(
        None, gt=0, description="Tasks that no worker took for so long fail with QUEUE_ERROR; unset: they wait."
    )
    most_backlog: int | None = Field(
        None, ge=1, description="Tasks that may wait for a worker before new ones are refused (529); unset: any number."
    )
    shares: dict[str, Annotated[float, Field(gt=0, le=1000)]] = Field(
        {}, description='Weights of users in the fair share, such as {"anna": 3}; who is not named has 1.'
    )
    bulk_every: int = Field(
        5, ge=2, le=1000, description="While both lanes have tasks, one claim in so many is of the bulk lane."
    )
    relay_poll_seconds: float = Field(1.0, gt=0, description="How often the relay looks for lapsed leases.")
    sweep_seconds: float = Field(60, gt=0, description="How often the relay looks for what ended tasks left behind.")
    orphan_sweep_seconds: float = Field(86400, gt=0, description="How often objects that no row names are deleted.")
    orphan_grace_hours: float = Field(24, ge=1, description="How old such an object must be.")
    progress_poll_seconds: float = Field(0.1, gt=0, description="How often a replica reads new progress events.")
    max_attempts: int = Field(3, ge=1, description="Counted failures that end a task.")
    retry_seconds: float = Field(2.0, ge=0, description="Wait before a failed task's first retry; then four times it.")
    retry_cap_seconds: float = Field(60, ge=0, description="Longest wait before a retry.")
    max_in_flight: int = Field(2, ge=1, description="Tasks one orchestrator replica works on at once.")
    api_replicas: int = Field(
        1, ge=1, description="Replicas of the API, at rest; each counts the requests of a key for itself."
    )
    api_max_replicas: int = Field(
        1, ge=1, description="How many under load; not more than API_REPLICAS: their number is fixed."
    )
    orchestrator_replicas: int = Field(1, ge=1, description="How many processes work on tasks, at rest.")
    orchestrator_max_replicas: int = Field(
        1, ge=1, description="How many when tasks wait; not more than ORCHESTRATOR_REPLICAS: their number is fixed."
    )
    repair_rounds: int = Field(2, ge=0, description="Layout repairs before a poster is delivered with a warning.")
    max_upload_bytes: int = Field(64 * 2**20, ge=1, description="Largest file that may be uploaded.")
    reference_bytes: int = Field(20 * 2**20, ge=1, description="Largest picture fetched from an address.")
    reference_seconds: float = Field(15, gt=0, le=120, description="How long one picture may take, attempts included.")
    reference_ports: tuple[int, ...] = Field((443,), description="JSON list of ports that such an address may name.")
    phase_seconds: float = Field(300, gt=0, description="How long a phase may take before it counts as failed.")
    drain_seconds: float = Field(8, ge=0, description="How long tasks at work may go on when the service stops.")
    start_seconds: float = Field(300, gt=0, description="How long 'up' waits until the service is ready.")
    server_wait_seconds: float = Field(120, ge=0, description="How long 'up' waits for MySQL, Kafka and S3.")
    service_name: str = Field("service", min_length=1, max_length=100, description="Names it in claims; set by 'up'.")
    journal: Path | None = Field(None, description="For tests: every real run of an engine is appended to this file.")
    barrier: str = Field("", description="For tests: 'step:file,...'; a step waits while its file exists.")
    http_timeout_seconds: float = Field(30, gt=0, description="How long a request may wait for another part.")

    @classmethod
    @override
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        """Arguments, then the environment, then files named by it."""
        return init_settings, env_settings, SecretFiles(settings_cls)

    @property
    def adapters(self) -> Adapters:
        """What the profile picks for each port."""
        return PROFILES[self.profile]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := [name for name in self.adapters.needs if not getattr(self, name)]:
            names = ", ".join(f"DESIGN_AGENT_{name.upper()}" for name in missing)
            raise ValueError(f"The profile {self.profile} needs {names}; set each, or the file of a secret (*_FILE).")
        if problem := model_problem(self):
            raise ValueError(problem)
        if self.s3_encryption == "aws:kms" and not self.s3_kms_key:
            raise ValueError("DESIGN_AGENT_S3_ENCRYPTION=aws:kms needs DESIGN_AGENT_S3_KMS_KEY, the id of the key.")
        weak = [*weak_secrets(self), *weak_own_secrets(self.api_keys, self.link_secret)]
        if self.adapters.guarded and weak:
            raise ValueError(
                f"The profile {self.profile} refuses weak secrets: {'; '.join(weak)}. Take random ones, such as "
                "'openssl rand -hex 24' gives, and set those of servers on the servers, too."
            )
        return self

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the API."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def url(self) -> str:
        """Where the API answers, seen from this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def link_secret_path(self) -> Path:
        """Where the secret that signs preview links is kept."""
        return self.data / "link_secret"

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
