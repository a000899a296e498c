"""Keeping a SQLite file to one host.

SQLite's WAL needs shared memory, so a second host would corrupt the file. Beside it lies ``<name>.host``: which host
uses it, kept locked while a process does and stamped while one writes or asks for work. Another host's claim counts as
live while its lock is seen, or (where the file system keeps locks to itself) while its stamp is younger than a minute.
A host that only reads for a minute, on a file system without shared locks, is not noticed.
"""

import contextlib
import fcntl
import json
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

from storage.errors import UnavailableError

LIVE_SECONDS = 60.0
STAMP_SECONDS = 15.0


def _read(path: str) -> str:
    with contextlib.suppress(OSError):
        return Path(path).read_text().strip()
    return ""


def host_identity() -> dict[str, str]:
    """Name, machine and boot of this host; a container shares the boot of the kernel it runs on."""
    return {
        "host": socket.gethostname(),
        "machine": _read("/etc/machine-id"),
        "boot": _read("/proc/sys/kernel/random/boot_id"),
    }


def _same_host(mine: dict[str, str], theirs: dict[str, Any]) -> bool:
    if mine["boot"] and mine["boot"] == theirs.get("boot"):
        return True
    return mine["host"] == theirs.get("host") and mine["machine"] == theirs.get("machine")


class HostClaim:
    """This process's share of its host's claim on a database file."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".host")
        self._lock = threading.Lock()
        self._stamped = 0.0
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take()
        except BaseException:
            os.close(self._file)
            raise

    def _take(self) -> None:
        mine = host_identity()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = False
        except BlockingIOError:
            held = True
            # Shared with this host's processes; another host would have to end first.
            fcntl.flock(self._file, fcntl.LOCK_SH)
        theirs = self._claim()
        if theirs and not _same_host(mine, theirs):
            age = time.time() - os.fstat(self._file).st_mtime
            if held or age < LIVE_SECONDS:
                raise UnavailableError(
                    f"The data folder {self._path.parent} is in use by host {theirs.get('host')!r}. SQLite serves one "
                    f"host only: stop design-agent there and wait {LIVE_SECONDS:.0f} s, or choose another data folder.",
                    host=theirs.get("host"), seconds_ago=round(age, 1),
                )  # fmt: skip
        if not held or not theirs:
            self._write(mine)
        fcntl.flock(self._file, fcntl.LOCK_SH)
        self.stamp()

    def _claim(self) -> dict[str, Any]:
        text = os.pread(self._file, 4096, 0)
        with contextlib.suppress(ValueError):
            claim = json.loads(text)
            if isinstance(claim, dict):
                return claim
        return {}

    def _write(self, identity: dict[str, str]) -> None:
        text = json.dumps(identity).encode()
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, text, 0)

    def stamp(self) -> None:
        """Note that this host is at work; cheap, at most once in a quarter minute."""
        now = time.monotonic()
        with self._lock:
            if self._file >= 0 and (not self._stamped or now - self._stamped > STAMP_SECONDS):
                self._stamped = now
                os.utime(self._file)

    def close(self) -> None:
        """Give this process's share back; the stamp of an orderly end is old, so that another host may follow."""
        with self._lock:
            if self._file < 0:
                return
            with contextlib.suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = -1
