"""Latents saved between steps, so that a killed replica's work goes on elsewhere."""

import hashlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.models.sdxl.jobs import Generation

log = logging.getLogger(__name__)

FORMAT = 1


class LatentStore(Protocol):
    """Keeps the newest blob of each job. The caller drops a job's blob once its picture is stored; the engine never."""

    def load(self, job: str) -> bytes | None:
        """The newest blob saved for ``job``."""

    def save(self, job: str, blob: bytes) -> None:
        """Replaces the job's blob, whole or not at all."""


class FolderLatents:
    """A ``LatentStore`` in a folder: one file a job, replaced by renaming."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, job: str) -> Path:
        return self._folder / f"{hashlib.sha256(job.encode()).hexdigest()[:32]}.latent"

    def load(self, job: str) -> bytes | None:
        """Reads the job's file."""
        path = self._path(job)
        return path.read_bytes() if path.exists() else None

    def save(self, job: str, blob: bytes) -> None:
        """Writes beside the job's file and renames."""
        path = self._path(job)
        beside = path.with_suffix(f".{os.getpid()}.part")
        beside.write_bytes(blob)
        beside.replace(path)

    def drop(self, job: str) -> None:
        """Forgets the job."""
        self._path(job).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class SavedLatent:
    """A latent (4 x h x w float32) after ``step`` steps of the work that ``work`` identifies."""

    work: str
    step: int
    latent: NDArray[np.float32]

    def pack(self) -> bytes:
        """One line of JSON, then the floats, little-endian."""
        head = {"format": FORMAT, "work": self.work, "step": self.step, "shape": list(self.latent.shape)}
        return json.dumps(head).encode() + b"\n" + self.latent.astype("<f4").tobytes()

    @classmethod
    def unpack(cls, blob: bytes) -> "SavedLatent":
        """Reads ``pack``'s bytes. Raises ValueError when they are not those."""
        line, _, body = blob.partition(b"\n")
        head = json.loads(line)
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            raise ValueError("not a saved latent of this version")
        latent = np.frombuffer(body, "<f4").reshape(head["shape"]).astype(np.float32)
        return cls(str(head["work"]), int(head["step"]), latent)


def work_of(generation: Generation, model: str) -> str:
    """Identifies what a latent belongs to: a job asked again with another wish or model starts anew."""
    start = b"" if generation.start is None else generation.start.tobytes() + str(generation.start.shape).encode()
    parts = [
        model, generation.prompt, generation.negative, generation.width, generation.height, generation.seed,
        generation.steps, generation.guidance, generation.strength, hashlib.sha256(start).hexdigest(),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def load_saved(store: LatentStore, job: str, work: str) -> SavedLatent | None:
    """The job's saved latent, if it can be used; a store that is away only costs the steps done so far."""
    try:
        blob = store.load(job)
        saved = SavedLatent.unpack(blob) if blob is not None else None
    except Exception as error:
        log.warning("saved latent of %s not read, starting anew: %s", job, error)
        return None
    return saved if saved is not None and saved.work == work else None


def keep(store: LatentStore, job: str, work: str, step: int, latent: NDArray[np.float32]) -> None:
    """Saves a latent; a store that is away only costs these steps to whoever goes on."""
    try:
        store.save(job, SavedLatent(work, step, latent).pack())
    except Exception as error:
        log.warning("latent of %s at step %d not saved: %s", job, step, error)
