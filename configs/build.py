"""Which build this is: version, commit, and a hash of the sources."""

import hashlib
import subprocess
from functools import lru_cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("configs", "storage", "pipelines", "serve_apps", "cluster")


@lru_cache(maxsize=1)
def version() -> str:
    """The package's version."""
    try:
        return installed_version("design-agent")
    except PackageNotFoundError:
        return "0+uninstalled"


@lru_cache(maxsize=1)
def commit() -> str:
    """Full commit hash of the checkout, ``unknown`` outside one."""
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), "rev-parse", "HEAD"],  # noqa: S607 - whichever git the machine has
            capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()


@lru_cache(maxsize=1)
def source_hash() -> str:
    """Sixteen hex digits over every source file, so that a changed tree is told from the running one."""
    digest = hashlib.sha256()
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()]
    for path in sorted([*files, ROOT / "pyproject.toml"]):
        if path.suffix in {".pyc", ".pyo"} or not path.exists():
            continue
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
