"""Tables on the device for the requests of one picture size: a row of everything for each slot, an index per slot."""

from dataclasses import dataclass

import torch

from pipelines.models.sdxl.conditioning import Embedding
from pipelines.models.sdxl.forward import host_to
from pipelines.models.sdxl.schedule import COLUMNS, Schedule


@dataclass(slots=True)
class Entry:
    """What a slot holds, as the host knows it. ``sides``: embeddings, positive first, one where never guided."""

    schedule: Schedule
    step: int
    guidance: float
    sides: tuple[Embedding, ...]
    seed: int
    guided_until: int

    @property
    def rows(self) -> int:
        """UNet rows of the next step."""
        return 2 if len(self.sides) == 2 and self.step < self.guided_until else 1


class SlotTable:
    """``size`` slots and one spare, which padded rows point at; what they compute goes nowhere.

    ``latents``: slots x 4 x h x w float32. ``coefficients``: slots x steps x 5. ``index``: the step each slot is at.
    ``deep``: slots x sides x channels x h x w, what the UNet's inner part made last; no channels without a deep cache.
    """

    def __init__(
        self, size: int, shape: tuple[int, int], steps: int, widths: tuple[int, int, int], ids: tuple[float, ...],
        device: torch.device, dtype: torch.dtype, deep: int = 0,
    ) -> None:  # fmt: skip
        tokens, width, pooled = widths
        self.spare = size
        self.entries: dict[int, Entry] = {}
        self.latents = torch.zeros(size + 1, 4, *shape, device=device)
        self.coefficients = torch.ones(size + 1, steps, len(COLUMNS), device=device)
        self.index = torch.zeros(size + 1, dtype=torch.long, device=device)
        self.guidance = torch.zeros(size + 1, 1, 1, 1, device=device)
        self.tokens = torch.zeros(size + 1, 2, tokens, width, device=device, dtype=dtype)
        self.pooled = torch.zeros(size + 1, 2, pooled, device=device, dtype=dtype)
        self.deep = torch.zeros(size + 1, 2, deep, *shape, device=device, dtype=dtype)
        self.ids = torch.tensor(ids, device=device, dtype=dtype)

    def free(self) -> int | None:
        """A slot nobody has."""
        return next((slot for slot in range(self.spare) if slot not in self.entries), None)

    def put(self, slot: int, entry: Entry, latent: torch.Tensor) -> None:
        """Fills a slot. ``latent``: 4 x h x w float32."""
        self.entries[slot] = entry
        self.latents[slot] = host_to(self.latents.device, latent)
        self.coefficients[slot, : entry.schedule.steps] = host_to(self.latents.device, entry.schedule.table)
        self.index[slot] = entry.step
        self.guidance[slot] = entry.guidance
        for side, embedding in enumerate(entry.sides):
            self.tokens[slot, side] = embedding.tokens
            self.pooled[slot, side] = embedding.pooled

    def take(self, slot: int) -> torch.Tensor:
        """Frees the slot; its latent, 4 x h x w."""
        del self.entries[slot]
        return self.latents[slot].clone()
