"""The denoising loop: prepare -> denoise_step -> finish -> decode, for any mix of requests of one picture size.

Euler's step, classifier-free guidance (arXiv:2207.12598) and the input scaling are done in float32 for the whole
batch; only the UNet runs in the model's type.
"""

from collections.abc import Sequence

import torch

from pipelines.models.sdxl import deep
from pipelines.models.sdxl.buckets import bucket, fit
from pipelines.models.sdxl.conditioning import CachedEncoder, Embedding, time_ids
from pipelines.models.sdxl.config import SdxlConfig
from pipelines.models.sdxl.errors import BadRequest
from pipelines.models.sdxl.forward import Graphs, Pace, host_to, rows_bucket
from pipelines.models.sdxl.jobs import Generation
from pipelines.models.sdxl.latents import SavedLatent
from pipelines.models.sdxl.schedule import Schedules
from pipelines.models.sdxl.slots import Entry, SlotTable
from pipelines.models.sdxl.vae import Vae
from pipelines.models.sdxl.weights import Parts, device_of, dtype_of

Size = tuple[int, int]
"""Width and height of a trained bucket, in pixels."""


class Loop:
    """The model and its slot tables. Not thread-safe: one thread calls it.

    ``inner``: with a deep cache, what makes the UNet's inner part, whose result ``forward`` is then given.
    """

    def __init__(
        self, parts: Parts, config: SdxlConfig, forward: Graphs, vae: Vae, inner: Graphs | None = None
    ) -> None:
        self._config, self._vae, self._forward, self._inner = config, vae, forward, inner
        self._channels = deep.channels(parts.unet) if inner is not None else 0
        self._device, self._dtype = device_of(config), dtype_of(config)
        self._pace = Pace(self._device)
        self._encoder = CachedEncoder(parts.encoder)
        self._zeros_for_empty = parts.zeros_for_empty
        self._schedules = Schedules(parts.scheduler)
        self._lane = config.lanes[config.lane or parts.lane]
        unet_config = parts.unet.config
        self.side = int(unet_config["sample_size"]) * vae.factor
        self.unit = vae.factor * 2 ** (len(unet_config["block_out_channels"]) - 1)
        self._tables: dict[Size, SlotTable] = {}

    def size(self, generation: Generation) -> Size:
        """The bucket a generation is made in."""
        return self.bucket(generation.width, generation.height)

    def bucket(self, width: int, height: int) -> Size:
        """The trained size for a wanted one."""
        return bucket(width, height, self.side, self.unit)

    def rows(self, generation: Generation) -> int:
        """UNet rows a step of it takes, at most."""
        return 2 if self.guided(generation.guidance) else 1

    def guided(self, guidance: float) -> bool:
        """Whether a request of such guidance takes two rows."""
        return self._lane.guided and guidance > 1

    def check(self, generation: Generation) -> None:
        """Raises BadRequest for what cannot be run."""
        if not 1 <= generation.steps <= self._config.max_steps:
            raise BadRequest(f"{generation.steps} steps asked; this engine runs 1 to {self._config.max_steps}.")
        if generation.width < 1 or generation.height < 1:
            raise BadRequest(f"{generation.width} x {generation.height} pixels is no picture.")
        if generation.start is not None and not 0 < generation.strength <= 1:
            raise BadRequest(f"strength {generation.strength} is not above 0 and at most 1.")

    def table(self, size: Size) -> SlotTable:
        """The slots of a picture size, made at first use."""
        if size not in self._tables:
            widths = (*self._encoder("").tokens.shape, self._encoder("").pooled.shape[0])
            shape = (size[1] // self._vae.factor, size[0] // self._vae.factor)
            self._tables[size] = SlotTable(
                self._config.slots_per_shape, shape, self._config.max_steps, widths, time_ids(*size),
                self._device, self._dtype, self._channels,
            )  # fmt: skip
        return self._tables[size]

    @torch.inference_mode()
    def prepare(self, generation: Generation, saved: SavedLatent | None = None) -> int:
        """Puts a generation into a free slot of its size, at its start or at its saved latent; the slot."""
        size = self.size(generation)
        table = self.table(size)
        slot = table.free()
        assert slot is not None, "more requests admitted than slots"
        strength = None if generation.start is None else generation.strength
        schedule = self._schedules.make(self._lane, generation.steps, strength)
        positive = self._encoder(generation.prompt)
        sides: tuple[Embedding, ...] = (positive,)
        if self.rows(generation) == 2:
            sides += (self._encoder.negative(generation.negative, positive, self._zeros_for_empty),)
        entry = Entry(
            schedule, schedule.first, generation.guidance, sides, generation.seed,
            round(schedule.steps * self._config.guidance_until),
        )  # fmt: skip
        if saved is not None:
            entry.step = saved.step
            table.put(slot, entry, torch.from_numpy(saved.latent))
            return slot
        random = torch.Generator("cpu").manual_seed(generation.seed)
        shape = table.latents.shape[1:]
        if generation.start is None:
            table.put(slot, entry, torch.randn(shape, generator=random) * schedule.noise)
        else:
            pixels = torch.from_numpy(fit(generation.start, *size).copy())
            start = self._vae.encode(pixels, random).cpu()
            table.put(slot, entry, start + torch.randn(shape, generator=random) * schedule.noise)
        return slot

    @torch.inference_mode()
    def denoise_step(self, size: Size, slots: Sequence[int]) -> tuple[int, int]:
        """One step of each of ``slots`` in one forward; (useful rows, rows run). On an error no slot has moved."""
        table = self._tables[size]
        entries = [table.entries[slot] for slot in slots]
        rows: list[tuple[int, int]] = []
        positive, negative = [], []
        for slot, entry in zip(slots, entries, strict=True):
            positive.append(len(rows))
            rows += [(slot, side) for side in range(entry.rows)]
            negative.append(len(rows) - 1)
        useful = len(rows)
        rows += [(table.spare, 0)] * (rows_bucket(useful) - useful)
        slot_of, side_of = self._indices([slot for slot, _ in rows], [side for _, side in rows])
        at, plus, minus = self._indices(list(slots), positive, negative)

        given = self._given(table, slot_of, side_of)
        if self._inner is not None:
            self._refresh(table, self._inner, slots)
            given += (table.deep[slot_of, side_of].contiguous(memory_format=self._format),)
        noise = self._forward(*given).float()
        guided = noise[minus] + table.guidance[at] * (noise[plus] - noise[minus])
        keep, slope, fresh = table.coefficients[at, table.index[at]][:, 2:, None, None, None].unbind(1)
        after = keep * table.latents[at] + slope * guided
        if any(entry.schedule.noisy for entry in entries):
            noises = torch.stack([_step_noise(entry, after.shape[1:]) for entry in entries])
            after += fresh * host_to(self._device, noises)
        table.latents[at] = after
        table.index[at] += 1
        for entry in entries:
            entry.step += 1
        self._pace.step()
        return useful, len(rows)

    def _given(self, table: SlotTable, slot_of: torch.Tensor, side_of: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What the UNet is given for these rows."""
        step = table.coefficients[slot_of, table.index[slot_of]]
        inputs = table.latents[slot_of] / step[:, 0, None, None, None]
        return (
            inputs.to(self._dtype).contiguous(memory_format=self._format), step[:, 1].contiguous(),
            table.tokens[slot_of, side_of], table.pooled[slot_of, side_of],
            table.ids.expand(len(slot_of), -1).contiguous(),
        )  # fmt: skip

    def _refresh(self, table: SlotTable, inner: Graphs, slots: Sequence[int]) -> None:
        """Computes the inner part for those of ``slots`` whose turn it is, counted from their own first steps."""
        rows = []
        for slot in slots:
            entry = table.entries[slot]
            if (entry.step - entry.schedule.first) % self._config.deep_cache == 0:
                rows += [(slot, side) for side in range(entry.rows)]
        if not rows:
            return
        rows += [(table.spare, 0)] * (rows_bucket(len(rows)) - len(rows))
        slot_of, side_of = self._indices([slot for slot, _ in rows], [side for _, side in rows])
        table.deep[slot_of, side_of] = inner(*self._given(table, slot_of, side_of))

    @torch.inference_mode()
    def latent(self, size: Size, slot: int) -> torch.Tensor:
        """A copy of a slot's latent as it is now, 4 x h x w float32."""
        return self._tables[size].latents[slot].clone()

    @torch.inference_mode()
    def finish(self, size: Size, slot: int) -> torch.Tensor:
        """Frees the slot, finished or not; its latent."""
        return self._tables[size].take(slot)

    def entry(self, size: Size, slot: int) -> Entry:
        """What the slot holds."""
        return self._tables[size].entries[slot]

    @torch.inference_mode()
    def warm(self, size: Size, rows: int) -> bool:
        """A real forward and step of ``rows`` spare rows, so that their graph exists; whether the numbers are sound."""
        table = self.table(size)
        spare = torch.full((rows,), table.spare, device=self._device)
        inputs = torch.randn(rows, *table.latents.shape[1:], generator=torch.Generator().manual_seed(0))
        given: tuple[torch.Tensor, ...] = (
            inputs.to(self._device, self._dtype).contiguous(memory_format=self._format),
            torch.full((rows,), 500.0, device=self._device), table.tokens[spare, 0], table.pooled[spare, 0],
            table.ids.expand(rows, -1).contiguous(),
        )  # fmt: skip
        if self._inner is not None:
            given += (self._inner(*given).contiguous(memory_format=self._format),)
        return bool(torch.isfinite(self._forward(*given)).all())

    @property
    def _format(self) -> torch.memory_format:
        return torch.channels_last if self._device.type == "cuda" else torch.contiguous_format

    def _indices(self, *lists: list[int]) -> tuple[torch.Tensor, ...]:
        """Lists of one length on the device in one copy that does not wait."""
        return host_to(self._device, torch.tensor(lists)).unbind(0)


def _step_noise(entry: Entry, shape: torch.Size) -> torch.Tensor:
    """New noise of a step, from the seed and the step alone: the same in any batch, and after going on."""
    return torch.randn(shape, generator=torch.Generator("cpu").manual_seed(entry.seed * 1009 + entry.step + 1))
