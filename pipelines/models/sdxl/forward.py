"""The UNet's forward: eager on a CPU, on a GPU one compiled CUDA graph for each picture size and row bucket."""

import time
from collections.abc import Sequence
from typing import Any

import torch

from pipelines.models.sdxl import deep
from pipelines.models.sdxl.config import SdxlConfig
from pipelines.models.sdxl.quantised import quantise
from pipelines.models.sdxl.weights import Parts, device_of

OPTIONS: dict[str, Any] = {
    "max_autotune": True, "coordinate_descent_tuning": True, "epilogue_fusion": False, "conv_1x1_as_mm": True,
}  # fmt: skip
BUCKETS = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64)


def rows_bucket(rows: int) -> int:
    """The smallest bucket that holds ``rows``: few sizes, so few graphs."""
    return next((size for size in BUCKETS if size >= rows), rows)


def compiles(config: SdxlConfig) -> bool:
    """Whether the models are compiled."""
    return config.compiled == "on" or (not config.compiled and device_of(config).type == "cuda")


def optimise(parts: Parts, config: SdxlConfig) -> None:
    """What makes the same numbers faster on a GPU: channels last, one matmul for Q, K and V, no gradients.

    And what makes other numbers, where the lossy lane of quantised layers is on. Raises UnsupportedModel.
    """
    if parts.tiny_vae is not None:
        parts.tiny_vae.requires_grad_(False)
    for module in (parts.unet, parts.vae):
        module.requires_grad_(False)
    if device_of(config).type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
        for module in (parts.unet, parts.vae):
            module.to(memory_format=torch.channels_last)
            module.fuse_qkv_projections()
        if parts.tiny_vae is not None:
            parts.tiny_vae.to(memory_format=torch.channels_last)
    if config.quantised:
        quantise(parts.unet, config.quantised)


def compiled(function: Any) -> Any:
    """``function`` in one piece through the compiler, each picture size on its own, all numbers of rows together.

    CUDA graphs are ours (``Graphs``).
    """
    torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, 128)
    return torch.compile(function, fullgraph=True, dynamic=False, options=OPTIONS)


def any_rows(inputs: Sequence[torch.Tensor]) -> None:
    """Tells the compiler that their first side varies: one compilation for every bucket but that of one row."""
    for tensor in inputs:
        if tensor.shape[0] > 1:
            torch._dynamo.mark_dynamic(tensor, 0)


def host_to(device: torch.device, tensor: torch.Tensor) -> torch.Tensor:
    """A copy on the device that waits for nothing the device still has to do."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


class Pace:
    """Keeps the host one step ahead of the device and no more: what arrives joins the next step but one."""

    def __init__(self, device: torch.device) -> None:
        self._events = device.type == "cuda"
        self._last: torch.cuda.Event | None = None

    def step(self) -> None:
        """A step was given to the device: waits for the end of the one before."""
        if not self._events:
            return
        given, before = torch.cuda.Event(blocking=True), self._last  # type: ignore[no-untyped-call]
        given.record()
        self._last = given
        if before is not None:
            before.synchronize()


class Graphs:
    """Runs a function of tensors, compiled where the configuration says so; on CUDA each set of shapes is then
    captured once as a graph and replayed.

    A result is good until the next call: graphs share one pool of memory. ``since``: when the capture that is under
    way began (``time.monotonic``), which compiles and may take minutes.
    """

    def __init__(self, function: Any, config: SdxlConfig) -> None:
        self._compiles = compiles(config)
        self._captures = self._compiles and device_of(config).type == "cuda"
        self._function = compiled(function) if self._compiles else function
        self._made: dict[tuple[Any, ...], tuple[torch.cuda.CUDAGraph, tuple[torch.Tensor, ...], torch.Tensor]] = {}
        self._pool: Any = None
        self.since: float | None = None

    def __call__(self, *inputs: torch.Tensor) -> torch.Tensor:
        """The function's result for ``inputs``."""
        if not self._captures:
            if self._compiles:
                any_rows(inputs)
            result: torch.Tensor = self._function(*inputs)
            return result
        key = tuple((tuple(tensor.shape), tensor.dtype) for tensor in inputs)
        if key not in self._made:
            self.since = time.monotonic()
            try:
                self._made[key] = self._capture(inputs)
            finally:
                self.since = None
        graph, places, result = self._made[key]
        for place, tensor in zip(places, inputs, strict=True):
            place.copy_(tensor)
        graph.replay()
        return result

    def clear(self) -> None:
        """Drops all graphs and their memory."""
        self._made.clear()
        self._pool = None
        if self._captures:
            torch.cuda.empty_cache()

    def _capture(
        self, inputs: tuple[torch.Tensor, ...]
    ) -> tuple[torch.cuda.CUDAGraph, tuple[torch.Tensor, ...], torch.Tensor]:
        places = tuple(tensor.clone() for tensor in inputs)
        any_rows(places)
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # compiles and tunes outside the capture
            for _ in range(3):
                self._function(*places)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            result = self._function(*places)
        self._pool = self._pool or graph.pool()
        return graph, places, result


def unet_forward(parts: Parts, config: SdxlConfig) -> Graphs:
    """(latents R x 4 x h x w, timesteps R, tokens R x 77 x d, pooled R x p, ids R x 6) -> predicted noise.

    With a deep cache the inner part's result follows them. Raises UnsupportedModel.
    """
    unet = parts.unet
    if config.deep_cache > 1:
        deep.check(unet)
        return Graphs(deep.outer(unet), config)

    def forward(
        latents: torch.Tensor, timesteps: torch.Tensor, tokens: torch.Tensor, pooled: torch.Tensor, ids: torch.Tensor
    ) -> torch.Tensor:
        added = {"text_embeds": pooled, "time_ids": ids}
        noise: torch.Tensor = unet(latents, timesteps, tokens, added_cond_kwargs=added, return_dict=False)[0]
        return noise

    return Graphs(forward, config)


def deep_forward(parts: Parts, config: SdxlConfig) -> Graphs | None:
    """(what the UNet is given) -> what its inner part makes of it; None without a deep cache."""
    return Graphs(deep.inner(parts.unet), config) if config.deep_cache > 1 else None


OOM = torch.OutOfMemoryError


def warm_rows(config: SdxlConfig) -> list[int]:
    """Row buckets made ready before the engine is: all with graphs, the largest first, for which kernels are tuned."""
    cap = rows_bucket(min(config.max_rows, config.max_rows_per_shape))
    return [size for size in reversed(BUCKETS) if size <= cap] if compiles(config) else [1]
