"""``backup`` and ``restore``: the data folder as one archive, taken while the service runs."""

from pathlib import Path
from typing import Annotated

import typer

from cluster.cli.console import out, say
from cluster.cli.options import Data, settings_of
from cluster.errors import ServiceError
from cluster.paths import ServicePaths
from cluster.state import ServiceState
from storage.backup.restore import restore
from storage.backup.take import take
from storage.factory import data_folder


def backup_command(
    target: Annotated[Path, typer.Argument(help="File to write, or a folder for one named by the time.")],
    data: Data = None,
) -> None:
    """Save database, objects and the secret of preview links as of one moment; the service may run."""
    archive = take(data_folder(settings_of(None, data)), target.expanduser())
    say(f"{archive.stat().st_size / 1e6:.1f} MB; keep it as safe as the data folder")
    out.print(str(archive))


def restore_command(
    archive: Annotated[Path, typer.Argument(help="A file that 'design-agent backup' made.")], data: Data = None
) -> None:
    """Put a backup into an empty data folder; 'design-agent up' then goes on where it was."""
    settings = settings_of(None, data)
    state = ServiceState.read(ServicePaths(settings.data).state)
    if state and state.alive():
        raise ServiceError(
            f"A service runs on {settings.data}. Choose an empty folder with --data, or run 'design-agent down' and "
            "move what is there away."
        )
    header = restore(archive.expanduser(), data_folder(settings))
    say(f"made at {header.made_at} by version {header.version}; start it with 'design-agent up'")
    out.print(str(settings.data))
