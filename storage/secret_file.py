"""Secrets that the service makes for itself and keeps in its data folder."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path


def load_or_make(path: Path) -> bytes:
    """The file's bytes; 32 random ones, mode 600, if there is none. Safe for processes that do it at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Linked as a whole: another process never reads half a secret, and the first one wins.
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(32))
            with contextlib.suppress(FileExistsError):
                os.link(temporary, path)
        finally:
            Path(temporary).unlink()
    return path.read_bytes()
