"""``up`` and ``down``."""

import signal
import threading
from typing import Annotated

import typer

from cluster import lifecycle
from cluster.cli.console import out, say
from cluster.cli.options import (
    Data,
    Fallback,
    ImageModel,
    LanguageModel,
    Port,
    Tiny,
    choose_models,
    settings_of,
)
from cluster.paths import ServicePaths
from cluster.state import ServiceState
from configs.settings import Settings


def up_command(
    port: Port = None, data: Data = None,
    image_model: ImageModel = None, language_model: LanguageModel = None, tiny: Tiny = False, fallback: Fallback = None,
    foreground: Annotated[bool, typer.Option(help="Stay, and take the service down on Ctrl-C.")] = False,
) -> None:  # fmt: skip
    """Start the service, or find it running; returns when it is ready."""
    choose_models(image_model, language_model, tiny, fallback)
    settings = settings_of(port, data)
    if foreground:
        serve_in_foreground(settings)
        return
    state = lifecycle.up(settings, say)
    print_addresses(settings, state)


def down_command(port: Port = None, data: Data = None) -> None:
    """Stop the service of this data folder."""
    stopped = lifecycle.down(settings_of(port, data))
    out.print("stopped" if stopped else "nothing was running")


def print_addresses(settings: Settings, state: ServiceState) -> None:
    """Where to look, and how to get in."""
    out.print(f"API            {settings.model_copy(update={'port': state.port}).url}/docs")
    out.print(f"Ray dashboard  http://{state.dashboard}")
    out.print(f"its token      cat {ServicePaths(settings.data).token}")


def serve_in_foreground(settings: Settings) -> None:
    """Bring the service up, print the addresses, and stay until SIGINT or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    state = lifecycle.up(settings, say)
    print_addresses(settings, state)
    say("Ctrl-C stops it")
    while not ended.wait(1.0):
        if not state.alive():
            say("the service ended; see " + str(ServicePaths(settings.data).log))
            raise typer.Exit(1)
    say("stopping")
    lifecycle.down(settings)
