"""The output folder of a bulk run: one writer at a time, and no file in it is ever half written.

manifest.jsonl            one line per row
posters/000007/           preview.png, preview.jpg, source.psd, poster.json [, pictures/] of row 7
contact-sheet-01.jpg ..., posters.zip, summary.json
.bulk/                    the lock, the folder's name among all, and folders being written
"""

import fcntl
import os
import secrets
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from cluster.jobs.bulk.errors import FolderBusy
from cluster.jobs.bulk.manifest import MANIFEST, Manifest, replace_file, sync_folder

POSTERS = "posters"


def poster_folder(number: int) -> str:
    """Where the files of a row are, seen from the output folder."""
    return f"{POSTERS}/{number:06d}"


class OutputFolder:
    """A folder under this process's lock. Raises FolderBusy when another run has it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._work = root / ".bulk"
        self._work.mkdir(parents=True, exist_ok=True)
        (root / POSTERS).mkdir(exist_ok=True)
        self._lock = (self._work / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise FolderBusy(f"Another run writes to {root}; wait for its end, or take another folder.") from None
        for left in self._work.glob("partial-*"):
            shutil.rmtree(left)
        self.name = self._named(self._work / "name")
        self.manifest = Manifest(root / MANIFEST)

    def _named(self, file: Path) -> str:
        """The same in every run, and no other folder's: what is made for it meanwhile lies under this name."""
        if not file.exists():
            replace_file(file, secrets.token_hex(8).encode())
        return file.read_text()

    def store(self, number: int, files: dict[str, bytes]) -> None:
        """Put the row's files in its place, all or none."""
        partial = self._work / f"partial-{secrets.token_hex(8)}"
        partial.mkdir()
        for name, data in files.items():
            path = partial / name
            path.parent.mkdir(exist_ok=True)
            with path.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for folder in {(partial / name).parent for name in files}:
            sync_folder(folder)
        place = self.root / poster_folder(number)
        self.remove(number)
        partial.replace(place)
        sync_folder(place.parent)

    def remove(self, number: int) -> None:
        """Take away what an older run made of this row; gone at once, though deleting takes a while."""
        place = self.root / poster_folder(number)
        if place.exists():
            old = self._work / f"partial-{secrets.token_hex(8)}"
            place.replace(old)
            shutil.rmtree(old)

    def drop_beyond(self, rows: int) -> None:
        """Remove the posters of rows that the table no longer has."""
        for place in (self.root / POSTERS).iterdir():
            if place.name.isdigit() and int(place.name) > rows:
                self.remove(int(place.name))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.manifest.close()
        self._lock.close()
