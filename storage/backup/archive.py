"""The file that a backup is: a gzipped tar of

backup.json          what it is: format, version, schema revision, time
design_agent.db      the database, whole in this one file
link_secret          signs preview links (absent while none was made)
objects/data/<key>   the objects, and objects/types/<key> as the folder keeps them
manifest.json        SHA-256 of every file before it; it is last, so an archive without it is not whole

Not in it: Ray's token, which is made anew, what runs, logs, and the settings, which are the environment's.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict

from storage.errors import ValidationError
from storage.objects.keys import checked

HEADER, MANIFEST = "backup.json", "manifest.json"
DATABASE, SECRET, OBJECTS = "design_agent.db", "link_secret", "objects"
OBJECT_PARTS = ("data", "types")
SUFFIX = ".tar.gz"
SMALL_BYTES = 2**28  # of the two JSON files


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where the embedded adapters keep what a backup holds."""

    root: Path
    database: Path
    objects: Path
    link_secret: Path


class Header(BaseModel):
    """What an archive is."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["design-agent-backup-1"] = "design-agent-backup-1"
    version: str
    schema_revision: str
    made_at: str


class Manifest(BaseModel):
    """SHA-256 by name, the header's among them."""

    model_config = ConfigDict(extra="forbid")

    sha256: dict[str, str]


class HashingReader:
    """Reads through, and knows the SHA-256 of what was read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """As the source's."""
        data = self._source.read(size)
        self.digest.update(data)
        return data


def place(name: str, root: Path) -> Path | None:
    """Where a file of an archive belongs under ``root``; None for a name that no backup has."""
    if name in {DATABASE, SECRET}:
        return root / name
    folder, _, rest = name.partition("/")
    part, _, key = rest.partition("/")
    if folder != OBJECTS or part not in OBJECT_PARTS:
        return None
    try:
        return root / OBJECTS / part / checked(key)
    except ValidationError:
        return None
