"""``python -m pipelines.models.sdxl.bench [--tiny] [--lossy] [--rows N] [--out FILE]``: a table of what it measures."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipelines.models.sdxl.bench import lossy, rates, runs
from pipelines.models.sdxl.bench.parts import parts as random_parts
from pipelines.models.sdxl.config import SdxlConfig
from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl.forward import optimise, unet_forward
from pipelines.models.sdxl.loop import Loop
from pipelines.models.sdxl.vae import Vae
from pipelines.models.sdxl.weights import device_of, dtype_of


def measure(config: SdxlConfig, mix: int) -> dict[str, Any]:
    """All figures; ``mix``: requests in the Poisson run. Shares are of R, the best matmul rate of this run."""
    device, dtype = device_of(config), dtype_of(config)
    peak = rates.matmul_rate(device, dtype)
    parts = random_parts(config)
    row, decode = rates.useful_flops(parts, device, dtype)
    out: dict[str, Any] = {
        "card": torch.cuda.get_device_name() if device.type == "cuda" else "CPU", "dtype": str(dtype),
        "torch": torch.__version__, "R_tflops": peak / 1e12, "row_tflop": row / 1e12, "decode_tflop": decode / 1e12,
    }  # fmt: skip
    out["plain_diffusers_30_guided_s"] = rates.best_seconds(lambda: runs.plain(parts, 30, device, dtype), device, 1)
    optimise(parts, config)
    vae = Vae(parts, config)
    loop = Loop(parts, config, unet_forward(parts, config), vae)

    def picture(steps: int, guidance: float, count: int) -> tuple[float, float]:
        wanted = runs.wish("bench", loop.side, steps, guidance)
        seconds = rates.best_seconds(lambda: runs.bare(loop, vae, wanted, count), device, 2) / count
        return seconds, (steps * loop.rows(wanted) * row + decode) / seconds / peak

    def best(steps: int, guidance: float) -> tuple[float, float, int]:
        most = config.max_rows // (2 if guidance > 1 else 1)
        counts = [count for count in (1, 2, 4, 8, 16) if count <= most]
        return min((*picture(steps, guidance, count), count) for count in counts)

    long, quick = best(30, 5.0), best(4, 1.0)
    for name, (seconds, share, count) in {"30_guided": long, "4_unguided": quick}.items():
        out |= {f"{name}_s": seconds, f"{name}_of_R": share, f"{name}_batch": count}
    out["batch1_30_s"], out["batch1_30_of_R"] = picture(30, 5.0, 1)
    latent = torch.randn(4, loop.side // vae.factor, loop.side // vae.factor, device=device)
    out["decode_ms"] = 1000 * rates.best_seconds(lambda: list(vae.decode(latent)), device)

    engine = SdxlEngine(config, None, random_parts)
    engine.start()
    out["bare_30_s"], out["served_30_s"] = runs.beside(loop, vae, engine, loop.side, config.max_rows // 2)
    out["served_of_bare"] = out["bare_30_s"] / out["served_30_s"]
    arrivals = runs.poisson(loop.side, 0.9 / ((long[0] + quick[0]) / 2), mix)
    limit = {30: 5 * out["batch1_30_s"], 4: 5 * picture(4, 1.0, 1)[0]}
    runs.bare(loop, vae, arrivals[0].generation, 1)
    for name, latencies in {
        "by_steps": runs.mixed_by_steps(engine, arrivals),
        "by_requests": runs.mixed_by_requests(loop, vae, arrivals, config.max_rows),
    }.items():
        steps = [arrival.generation.steps for arrival in arrivals]
        short = [seconds for seconds, count in zip(latencies, steps, strict=True) if count == 4]
        good = sum(seconds <= limit[count] for seconds, count in zip(latencies, steps, strict=True))
        span = max(arrival.at + seconds for arrival, seconds in zip(arrivals, latencies, strict=True))
        out |= {f"mix_{name}_p99_4_s": float(np.percentile(short, 99)), f"mix_{name}_goodput": good / span}
    out["mix_p99_ratio"] = out["mix_by_steps_p99_4_s"] / out["mix_by_requests_p99_4_s"]
    goods = out["mix_by_steps_goodput"], out["mix_by_requests_goodput"]
    out["mix_goodput_ratio"] = goods[0] / goods[1] if goods[1] else None
    engine.close()
    out["memory_gib"] = rates.memory(device) / 2**30
    return out


def main() -> None:
    """Parses the command line and writes the table."""
    asked = argparse.ArgumentParser(description="SDXL engine bench on random weights")
    asked.add_argument("--tiny", action="store_true", help="tiny model (seconds on a CPU)")
    asked.add_argument("--rows", type=int, default=16, help="most UNet rows in a forward")
    asked.add_argument("--mix", type=int, default=200, help="requests in the Poisson mix")
    asked.add_argument("--eager", action="store_true", help="no torch.compile and no CUDA graphs")
    asked.add_argument("--lossy", action="store_true", help="likeness and speed of the lossy lanes, and nothing else")
    asked.add_argument("--out", type=Path, help="also write the figures as JSON")
    given = asked.parse_args()
    config = SdxlConfig(
        model="tiny" if given.tiny else "full", max_rows=given.rows, max_rows_per_shape=given.rows,
        compiled="off" if given.eager else "", max_waiting=10_000,
    )  # fmt: skip
    if given.lossy:
        found = lossy.measure(config)
        sys.stdout.write(lossy.table(found) + "\n")
        if given.out:
            given.out.write_text(json.dumps([row._asdict() for row in found], indent=2) + "\n")
        return
    figures = measure(config, given.mix)
    rows = [f"| {name} | {f'{value:.4g}' if isinstance(value, float) else value} |" for name, value in figures.items()]
    sys.stdout.write("\n".join(["| measure | value |", "|---|---|", *rows]) + "\n")
    if given.out:
        given.out.write_text(json.dumps(figures, indent=2) + "\n")


main()
