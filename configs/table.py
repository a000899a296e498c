"""The page of every setting, made from the settings object: ``python -m configs.table`` writes docs/settings.md."""

import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from configs.keys import SecretFile
from configs.models import ModelSettings
from configs.observing import ObservingSettings
from configs.profiles import PROFILES
from configs.servers import ServerSettings
from configs.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
_PREFIX = "DESIGN_AGENT_"
_HEAD = """# Settings

Every setting is an environment variable. One marked † may lie in a file instead: name the file in `<VARIABLE>_FILE` and
leave the variable itself unset. What cannot be is refused at the start in one sentence that names the variable.

This page is generated: `scripts/settings-table` writes it from the settings object.
"""
_BOUNDS: dict[type, str] = {Ge: "≥", Gt: ">", Le: "≤", Lt: "<"}
_NUMBERS = {int: "whole number", float: "number"}


def settings_page() -> str:
    """The page, as Markdown."""
    apart = {name for part in (ServerSettings, ModelSettings, ObservingSettings) for name in part.model_fields}
    own = {name: field for name, field in Settings.model_fields.items() if name not in apart}
    needed = [f"`{_PREFIX}{name.upper()}`" for name in PROFILES["production"].needs]
    return "\n".join(
        [
            _HEAD, "## The service", "", *_table(own), "",
            "## The models", "", *_table(ModelSettings.model_fields), "",
            "## What is seen from outside", "", *_table(ObservingSettings.model_fields), "",
            "## The servers of the profiles production and test", "",
            f"Both need {', '.join(needed)}, "
            "and refuse secrets that are missing or easily guessed.", "",
            *_table(ServerSettings.model_fields),
        ]
    ) + "\n"  # fmt: skip


def _table(fields: dict[str, FieldInfo]) -> Iterator[str]:
    yield "| variable | default | values | what it is |"
    yield "|---|---|---|---|"
    for name, field in fields.items():
        mark = " †" if any(isinstance(entry, SecretFile) for entry in field.metadata) else ""
        cells = [f"`{_PREFIX}{name.upper()}`{mark}", _default(field), _values(field), field.description or ""]
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "`~/.local/share/design-agent`"
    if field.default in (None, "", ()):
        return "unset"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    if isinstance(field.default, tuple):
        return f"`{list(field.default)}`"
    if isinstance(field.default, dict):
        return f"`{json.dumps(field.default)}`"
    return f"`{field.default}`"


def _values(field: FieldInfo) -> str:
    bounds = [f"{_BOUNDS[type(entry)]} {getattr(entry, entry.__slots__[0])}" for entry in field.metadata
              if type(entry) in _BOUNDS]  # fmt: skip
    return ", ".join([_kind(field.annotation), *bounds])


def _kind(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" if value else "unset" for value in get_args(annotation))
    if get_origin(annotation) in {Union, types.UnionType}:
        return _kind(next(part for part in get_args(annotation) if part is not type(None)))
    if annotation is bool:
        return "`true` or `false`"
    if annotation in _NUMBERS:
        return _NUMBERS[annotation]
    if annotation is Path:
        return "path"
    if annotation is SecretStr:
        return "secret"
    return "JSON" if get_origin(annotation) in {tuple, dict} else "text"


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
