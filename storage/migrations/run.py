"""Running the revisions programmatically."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.errors import ConflictError


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema up to ``revision``; the caller serialises callers and commits.

    Raises ConflictError for a schema that only a newer version has.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and not knows(found):
        raise ConflictError(
            f"The database has schema {found}, which this version does not know: run the version that made it, or a "
            "newer one, or restore a backup from before."
        )
    command.upgrade(_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Take the schema down to ``revision`` ("base" is an empty one); the caller commits."""
    command.downgrade(_config(connection), revision)


def knows(revision: str) -> bool:
    """Whether this version has the revision."""
    scripts = ScriptDirectory(str(Path(__file__).parent))
    return revision in {script.revision for script in scripts.walk_revisions()}


def newest() -> str:
    """The revision that ``upgrade`` brings the schema to."""
    return str(ScriptDirectory(str(Path(__file__).parent)).get_current_head())
