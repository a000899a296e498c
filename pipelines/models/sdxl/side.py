"""What must not stall a step: reading and saving latents, and the last pixels. One thread, so all in order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipelines.models.sdxl.jobs import Result
from pipelines.models.sdxl.latents import LatentStore, keep, load_saved
from pipelines.models.sdxl.work import Work


class Side:
    """``arrived`` gets a request with its saved latent; ``settle`` its result, or what went wrong."""

    def __init__(
        self, latents: LatentStore | None, arrived: Callable[[Work], None],
        settle: Callable[[Work, Result | BaseException], None],
    ) -> None:  # fmt: skip
        self._latents, self._arrived, self._settle = latents, arrived, settle
        self._pool = ThreadPoolExecutor(1, "sdxl-side")

    @property
    def saves(self) -> bool:
        """Whether latents are kept."""
        return self._latents is not None

    def arrive(self, work: Work) -> None:
        """Looks for a saved latent."""
        self._pool.submit(self._arrive, work)

    def save(self, work: Work, step: int, latent: Any) -> None:
        """Keeps a latent (4 x h x w)."""
        if self._latents is not None:
            self._pool.submit(self._save, self._latents, work, step, latent)

    def answer(self, work: Work, latent: Any, pixels: Any, steps: int, labels: tuple[str, ...]) -> None:
        """Makes the result of decoded pixels (height x width x 3 uint8), in the size that was wanted."""
        self._pool.submit(self._answer, work, latent, pixels, steps, labels)

    def close(self) -> None:
        """Waits for what is in hand."""
        self._pool.shutdown()

    def _arrive(self, work: Work) -> None:
        if self._latents is not None:
            work.saved = load_saved(self._latents, work.generation.job, work.work)
        self._arrived(work)

    def _save(self, latents: LatentStore, work: Work, step: int, latent: Any) -> None:
        keep(latents, work.generation.job, work.work, step, latent.cpu().numpy())

    def _answer(self, work: Work, latent: Any, pixels: Any, steps: int, labels: tuple[str, ...]) -> None:
        from pipelines.models.sdxl.buckets import fit

        wanted = work.generation
        try:
            image = fit(pixels.cpu().numpy(), wanted.width, wanted.height)
            self._settle(work, Result(image, latent.cpu().numpy(), steps, work.ran, work.first, work.seconds, labels))
        except Exception as error:
            self._settle(work, error)
