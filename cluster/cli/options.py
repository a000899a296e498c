"""Options that several commands share, and the settings they make."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError as PydanticError

from cluster.errors import ServiceError
from configs.settings import Settings, get_settings

Port = Annotated[int | None, typer.Option(help="HTTP port.", envvar="DESIGN_AGENT_PORT", min=1, max=65535)]
Data = Annotated[
    Path | None, typer.Option(help="Folder of the database, objects, token and logs.", envvar="DESIGN_AGENT_DATA")
]
TokenFile = Annotated[Path | None, typer.Option(help="File with the cluster's Ray token.")]
ImageModel = Annotated[str | None, typer.Option("--image-model", help="Who paints: painter or sdxl.")]
LanguageModel = Annotated[
    str | None, typer.Option("--language-model", help="Who reads the prompt: designer, vllm or openai.")
]
Tiny = Annotated[bool, typer.Option("--tiny", help="Tiny weights made here, for SDXL and vLLM: pictures of noise.")]
Fallback = Annotated[
    str | None, typer.Option("--fallback", help="on: painter and designer take over for a model that is away; off.")
]


def choose_models(image: str | None, language: str | None, tiny: bool, fallback: str | None) -> bool:
    """Put the command line's choice of models into the environment; whether it made one."""
    chosen: dict[str, Any] = {"IMAGE_MODEL": image, "LANGUAGE_MODEL": language, "FALLBACK": fallback}
    given = {name: value for name, value in chosen.items() if value is not None}
    if tiny:
        given["TINY"] = "true"
    for name, value in given.items():
        os.environ[f"DESIGN_AGENT_{name}"] = value
    return bool(given)


def settings_of(port: int | None, data: Path | None) -> Settings:
    """Settings of the environment with what the command line says instead. Raises ServiceError naming a wrong one."""
    if port is not None:
        os.environ["DESIGN_AGENT_PORT"] = str(port)
    if data is not None:
        os.environ["DESIGN_AGENT_DATA"] = str(data.expanduser().resolve())
    get_settings.cache_clear()
    try:
        return get_settings()
    except PydanticError as error:
        problems = [f"{_variable(problem['loc'])}{_words(problem['msg'])}" for problem in error.errors()]
        raise ServiceError(f"{'; '.join(problems).removesuffix('.')}.") from None
    except ValueError as error:
        raise ServiceError(str(error)) from None


def _variable(location: tuple[int | str, ...]) -> str:
    """The variable that is wrong, before what is wrong with it; nothing where several are wrong together."""
    if not location:
        return ""
    name, *inside = location
    return f"DESIGN_AGENT_{str(name).upper()}{''.join(f'[{part}]' for part in inside)} "


def _words(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should", "must").replace("String should", "must")
