"""API keys given by the operator, and secrets that lie in files."""

import json
import os
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource
from typing_extensions import override

Role = Literal["user", "service"]
ROLES: tuple[str, ...] = get_args(Role)


class ConfiguredKey(BaseModel):
    """One entry of ``DESIGN_AGENT_API_KEYS``."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    key: SecretStr = Field(min_length=1)
    user_id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,49}$")
    role: Role = "user"


def parse_keys(value: Any) -> Any:
    """A JSON list as text, or what is parsed already. Raises ValueError; never repeats the text."""
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value) if value.strip() else []
    except ValueError:
        parsed = None
    if not isinstance(parsed, list):
        raise ValueError('must be a JSON list of {"key", "user_id", "role": "user" or "service"}')
    return parsed


def distinct(keys: tuple[ConfiguredKey, ...]) -> tuple[ConfiguredKey, ...]:
    """The keys. Raises ValueError when one is there twice: whose would it be?"""
    if len({entry.key.get_secret_value() for entry in keys}) < len(keys):
        raise ValueError("has one key twice; give each entry a key of its own")
    return keys


class SecretFile:
    """Marks a setting that may also come from the file named by ``<NAME>_FILE``."""


class SecretFiles(PydanticBaseSettingsSource):
    """Reads the files of settings marked with SecretFile."""

    @override
    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The file's text without surrounding white space, None where no file is named."""
        name = f"{self.config.get('env_prefix', '')}{field_name}".upper()
        path = os.environ.get(f"{name}_FILE")
        if not path or not any(isinstance(mark, SecretFile) for mark in field.metadata):
            return None, field_name, False
        if os.environ.get(name):
            raise ValueError(f"Both {name} and {name}_FILE are set; set one of them.")
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"The file that {name}_FILE names cannot be read: {type(error).__name__}.") from error

    @override
    def __call__(self) -> dict[str, Any]:
        """Every secret that a file holds, by field."""
        found: dict[str, Any] = {}
        for field_name, field in self.settings_cls.model_fields.items():
            value, _, _ = self.get_field_value(field, field_name)
            if value is not None:
                found[field_name] = value
        return found
