"""What the card can do, and what the model asks of it."""

import time
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from pipelines.models.sdxl.weights import Parts


def wait(device: torch.device) -> None:
    """Until the device has done all it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def best_seconds(function: Callable[[], Any], device: torch.device, turns: int = 3, idle: int = 1) -> float:
    """Seconds of the quickest of ``turns``, after ``idle`` ones that do not count."""
    times = []
    for _ in range(turns + idle):
        wait(device)
        started = time.perf_counter()
        function()
        wait(device)
        times.append(time.perf_counter() - started)
    return min(times[idle:])


@torch.inference_mode()
def matmul_rate(device: torch.device, dtype: torch.dtype) -> float:
    """R: the best matmul rate in FLOP/s over some sizes."""
    sizes = (4096, 8192, 16384) if device.type == "cuda" else (512, 1024)
    rates = []
    for size in sizes:
        left, right = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
        seconds = best_seconds(lambda a=left, b=right: a @ b, device, 10)  # type: ignore[misc]
        rates.append(2 * size**3 / seconds)
    return max(rates)


@torch.inference_mode()
def useful_flops(parts: Parts, device: torch.device, dtype: torch.dtype) -> tuple[float, float]:
    """FLOP of one UNet row and of one decode at the model's own square size."""
    side = int(parts.unet.config.sample_size)
    embedding = parts.encoder("")
    added = {"text_embeds": embedding.pooled[None], "time_ids": torch.ones(1, 6, device=device, dtype=dtype)}
    latent = torch.randn(1, 4, side, side, device=device, dtype=dtype)
    counts = []
    for run in (
        lambda: parts.unet(latent, torch.ones(1, device=device), embedding.tokens[None], added_cond_kwargs=added),
        lambda: parts.vae.decode(latent),
    ):
        with FlopCounterMode(display=False) as counter:
            run()  # type: ignore[no-untyped-call]
        counts.append(float(counter.get_total_flops()))
    return counts[0], counts[1]


def memory(device: torch.device) -> float:
    """Most bytes used so far, on the card (or by the process)."""
    if device.type == "cuda":
        return float(torch.cuda.max_memory_allocated())
    import resource

    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
