"""A request on its way through the engine."""

from concurrent.futures import Future
from dataclasses import dataclass

from pipelines.models.sdxl.jobs import Generation, Progress, Result
from pipelines.models.sdxl.latents import SavedLatent


@dataclass(slots=True, eq=False)
class Work:
    """``kind``: its bucket (what shares a forward). ``work``: identifies what a saved latent belongs to.

    ``rows``: of a step, at most; ``left``: of all steps that are left. ``seconds``: its part of the engine's time.
    """

    generation: Generation
    progress: Progress
    future: Future[Result]
    kind: tuple[int, int]
    rows: int
    left: int
    work: str
    saved: SavedLatent | None = None
    slot: int | None = None
    first: int = 0
    ran: int = 0
    seconds: float = 0.0
    passed: int = 0
    cancelled: bool = False
