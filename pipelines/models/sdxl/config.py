"""The engine's settings, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class Lane:
    """How a request's steps are sampled; a model or a LoRA is distilled for one of these.

    ``sampler``: ``euler`` (the model's own schedule; SDXL-Lightning, Hyper-SD's one-step), ``ancestral`` (SDXL-Turbo)
    or ``lcm``. ``spacing``: of the timesteps, "" for the model's own; Lightning and Turbo want ``trailing``.
    ``guided``: False takes one row a step whatever guidance a request asks for, as distilled models need.
    """

    sampler: str = "euler"
    spacing: str = ""
    guided: bool = True


LANES = {
    "base": Lane(),
    "lightning": Lane(spacing="trailing", guided=False),
    "turbo": Lane(sampler="ancestral", spacing="trailing", guided=False),
    "lcm": Lane(sampler="lcm", guided=False),
    "ancestral": Lane(sampler="ancestral"),
}
"""Lanes by name; ``SdxlConfig.lane`` picks one, "" the one that fits the scheduler in the model's folder."""

WEIGHT_FILES = ("*.json", "*.txt", "*.md", "LICENSE*", "*/*.safetensors")
"""What of a hub's model is loaded: the parts in their folders, not the same again in one file beside them."""
OTHER_FORMATS = ("*.fp16.*", "*openvino*", "*onnx*")


@dataclass(frozen=True, slots=True)
class SdxlConfig:
    """What to load and how to run it.

    ``model``: a folder in diffusers' layout or a hub name, looked up in the local cache unless ``download``.
    ``loras``: safetensors files and their strengths, merged into the UNet: what shares an engine shares its set.
    ``device``, ``dtype``: "" picks CUDA with bfloat16, else the CPU with float32. ``compiled``: torch.compile and a
    CUDA graph for each shape and row bucket; "" means on a GPU, "on", "off".
    ``max_rows``: rows in one UNet forward (a guided request takes two). ``max_rows_per_shape``: the same for one
    picture size. ``slots_per_shape``: requests of one size that run; where they are more than a forward holds, those
    nearest to their end step first. ``max_running``: requests of all sizes that run, taking turns. ``max_waiting``:
    requests that may wait before QueueFull.
    ``save_every``: steps between saved latents, 0 for none. ``max_steps``: the longest schedule.
    ``warm``: picture sizes (width, height) made ready by ``start``; () warms the model's own square.
    ``decode_spread``: over how many steps waiting decoder stages are spread while a batch runs.
    Lossy lanes, each of which stands in a result's labels: ``guidance_until``, the share of the steps after which
    guided requests run unguided (1.0 is exact); ``tiny_vae``, a folder of diffusers' AutoencoderTiny that decodes in
    the VAE's place ("" is exact); ``quantised``, ``int8`` or ``fp8`` for the UNet's linear layers ("" is exact);
    ``deep_cache``, every how many steps of a request the UNet's inner part is computed (1 is exact).
    """

    model: str = ""
    loras: tuple[tuple[str, float], ...] = ()
    device: str = ""
    dtype: str = ""
    compiled: str = ""
    download: bool = False
    lane: str = ""
    max_rows: int = 16
    max_rows_per_shape: int = 16
    slots_per_shape: int = 32
    max_running: int = 96
    max_waiting: int = 64
    max_steps: int = 100
    save_every: int = 5
    warm: tuple[tuple[int, int], ...] = ()
    decode_spread: int = 2
    guidance_until: float = 1.0
    tiny_vae: str = ""
    quantised: str = ""
    deep_cache: int = 1
    lanes: dict[str, Lane] = field(default_factory=lambda: dict(LANES))

    @property
    def saves_at(self) -> int:
        """Steps between saved latents, in fact: work that goes on computes the inner part first, as it would have."""
        return ceil(self.save_every / self.deep_cache) * self.deep_cache


def lora_suffix(loras: Sequence[tuple[str, float]]) -> str:
    """What a model's name carries of its LoRAs, so that saved latents, pictures and metadata tell sets apart."""
    return "".join(f"+{PurePath(file).stem}@{strength:g}" for file, strength in loras)
