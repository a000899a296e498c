"""Options that several commands share, and the settings they make."""

import os
from pathlib import Path
from typing import Annotated

import typer

from configs.settings import Settings, get_settings

Port = Annotated[int | None, typer.Option(help="HTTP port.", envvar="DESIGN_AGENT_PORT", min=1, max=65535)]
Data = Annotated[
    Path | None, typer.Option(help="Folder of the database, objects, token and logs.", envvar="DESIGN_AGENT_DATA")
]


def settings_of(port: int | None, data: Path | None) -> Settings:
    """Settings of the environment with what the command line says instead."""
    if port is not None:
        os.environ["DESIGN_AGENT_PORT"] = str(port)
    if data is not None:
        os.environ["DESIGN_AGENT_DATA"] = str(data.expanduser().resolve())
    get_settings.cache_clear()
    return get_settings()
