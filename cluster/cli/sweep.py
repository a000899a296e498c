"""``sweep``: delete stored objects that nothing in the database names."""

from typing import Annotated

import typer

from cluster.cli.console import out, say
from cluster.cli.options import Data, settings_of


def sweep_command(
    data: Data = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the keys.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Even when most objects seem to belong to nobody.")] = False,
) -> None:
    """Delete what deleted and failed tasks left in the object store; the running service does it daily by itself."""
    from serve_apps.orphans import delete_orphans, find_orphans
    from storage.factory import open_database, open_objects

    settings = settings_of(None, data)
    database, objects = open_database(settings), open_objects(settings)
    try:
        database.migrate()
        orphans = find_orphans(database, objects, settings.orphan_grace_hours * 3600)
        say(f"{len(orphans.keys)} of {orphans.seen} objects belong to nothing")
        if dry_run:
            for key in orphans.keys:
                out.print(key)
            return
        out.print(f"deleted {delete_orphans(orphans, database, objects, force=force)}")
    finally:
        database.close()
