"""A disk small enough to be filled, for real: a tmpfs of its own."""

import contextlib
import functools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

BLOCK = bytes(4096)


@dataclass(frozen=True)
class SmallDisk:
    """A mounted folder."""

    path: Path

    @property
    def _ballast(self) -> Path:
        return self.path / "ballast"

    def fill(self, left: int = 0) -> None:
        """Take all room but so many bytes."""
        # Another process may take the last block in between.
        with self._ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while os.statvfs(self.path).f_bavail * os.statvfs(self.path).f_bsize > left:
                file.write(BLOCK)

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink()


@contextmanager
def small_disk(path: Path, kibibytes: int) -> Iterator[SmallDisk]:
    """An empty disk at ``path``; needs the right to mount, see ``may_mount``."""
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "none", str(path)], check=True)
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def may_mount(test: Callable[[Path], None]) -> Callable[[Path], None]:
    """Run the test where it may mount: here as root, else in a user namespace of its own."""

    @functools.wraps(test)
    def run(tmp_path: Path) -> None:
        if os.geteuid() == 0:
            test(tmp_path)
            return
        node = f"{sys.modules[test.__module__].__file__}::{test.__name__}"
        command = ["unshare", "--map-root-user", "--mount", sys.executable, "-m", "pytest", "-q", node]
        done = subprocess.run([*command, f"--basetemp={tmp_path / 'inside'}"], text=True, capture_output=True)
        if done.returncode != 0:
            pytest.fail(done.stdout + done.stderr)

    return run
