"""Latents between steps, in the object store."""

from storage.errors import ObjectNotFound
from storage.objects.base import ObjectStore


class ObjectLatents:
    """Implements ``pipelines.models.sdxl.latents.LatentStore``.

    A job is ``<task>/<work>``. Its latent lies among the task's steps, so whoever clears an ended task clears it, too.
    """

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def load(self, job: str) -> bytes | None:
        """The newest latent of the job."""
        try:
            return self._objects.get(_key(job)).data
        except ObjectNotFound:
            return None

    def save(self, job: str, blob: bytes) -> None:
        """Replaces the job's latent."""
        self._objects.put(_key(job), blob, "application/octet-stream")

    def drop(self, job: str) -> None:
        """Forgets the job; idempotent."""
        self._objects.delete(_key(job))


def _key(job: str) -> str:
    task, _, work = job.partition("/")
    return f"tasks/{task}/latent/{work or 'only'}"
