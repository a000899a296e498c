"""``python -m pipelines.models.sdxl.bench [--tiny] [--brief] [--lossy] [--out FILE]``: a table of figures."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from pipelines.models.sdxl.bench import lossy, mix, rates, runs
from pipelines.models.sdxl.bench.parts import parts as random_parts
from pipelines.models.sdxl.config import SdxlConfig
from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl.weights import device_of, dtype_of

Say = Callable[..., None]
"""Takes figures by name, as soon as there are some."""


def measure(config: SdxlConfig, brief: bool, say: Say) -> None:
    """All figures. Shares are of R, the best matmul rate of this run. ``brief``: fewer turns, for a card on loan."""
    device, dtype = device_of(config), dtype_of(config)
    peak = rates.matmul_rate(device, dtype)
    say(card=torch.cuda.get_device_name() if device.type == "cuda" else "CPU", dtype=str(dtype),
        torch=torch.__version__, R_tflops=peak / 1e12)  # fmt: skip
    parts = random_parts(config)
    row, decode = rates.useful_flops(parts, device, dtype)
    say(row_tflop=row / 1e12, decode_tflop=decode / 1e12)
    say(plain_diffusers_30_guided_s=rates.best_seconds(lambda: runs.plain(parts, 30, device, dtype), device, 1))

    began = time.perf_counter()
    engine = SdxlEngine(config, None, lambda _config: parts)
    engine.start()
    say(ready_s=time.perf_counter() - began)
    loop, vae = engine.machine.loop, engine.machine.decoder

    def picture(steps: int, guidance: float, count: int) -> tuple[float, float]:
        wanted = runs.wish("bench", loop.side, steps, guidance)
        runs.bare(loop, vae, runs.wish("bench", loop.side, 1, guidance), count)
        seconds = rates.best_seconds(lambda: runs.bare(loop, vae, wanted, count), device, 2, 0) / count
        return seconds, (steps * loop.rows(wanted) * row + decode) / seconds / peak

    best: dict[int, float] = {}
    single: dict[int, float] = {}
    for steps, guidance in ((30, 5.0), (4, 1.0)):
        most = config.max_rows // (2 if guidance > 1 else 1)
        taken = {count: picture(steps, guidance, count) for count in (1, 2, 4, 8, 16) if count <= most}
        count = min(taken, key=lambda each: taken[each][0])
        best[steps], single[steps] = taken[count][0], taken[1][0]
        name = f"{steps}_{'guided' if guidance > 1 else 'unguided'}"
        say(**{f"{name}_batch_{each}_s": seconds for each, (seconds, _) in taken.items()},
            **{f"{name}_s": taken[count][0], f"{name}_of_R": taken[count][1], f"{name}_best_batch": count,
               f"{name}_batch_1_of_R": taken[1][1]})  # fmt: skip
    latent = torch.randn(4, loop.side // vae.factor, loop.side // vae.factor, device=device)
    say(decode_ms=1000 * rates.best_seconds(lambda: list(vae.decode(latent)), device))

    bare, served = runs.beside(engine, config.max_rows // 2, *((1, 2) if brief else (3, 4)))
    say(bare_30_s=bare, served_30_s=served, served_of_bare=bare / served)
    say(**mix.measure(engine, 100 if brief else 200, config.max_rows, best, single))
    engine.close()
    say(memory_gib=rates.memory(device) / 2**30)


def main() -> None:
    """Parses the command line and writes the table, row by row as the figures come."""
    asked = argparse.ArgumentParser(description="SDXL engine bench on random weights")
    asked.add_argument("--tiny", action="store_true", help="tiny model (a minute on a CPU)")
    asked.add_argument("--brief", action="store_true", help="fewer turns and requests")
    asked.add_argument("--rows", type=int, default=16, help="most UNet rows in a forward")
    asked.add_argument("--eager", action="store_true", help="no torch.compile and no CUDA graphs")
    asked.add_argument("--lossy", action="store_true", help="likeness and speed of the lossy lanes, and nothing else")
    asked.add_argument("--out", type=Path, help="also write the figures as JSON")
    given = asked.parse_args()
    config = SdxlConfig(
        model="tiny" if given.tiny else "full", max_rows=given.rows, max_rows_per_shape=given.rows,
        compiled="off" if given.eager else "", max_waiting=10_000,
    )  # fmt: skip
    if given.lossy:
        sys.stdout.write(lossy.HEAD + "\n")
        found = []
        for row in lossy.measure(config):
            found.append(row._asdict())
            sys.stdout.write(lossy.line(row) + "\n")
            sys.stdout.flush()
            _write(given.out, found)
        return
    figures: dict[str, Any] = {}

    def say(**found: Any) -> None:
        figures.update(found)
        for name, value in found.items():
            sys.stdout.write(f"| {name} | {f'{value:.4g}' if isinstance(value, float) else value} |\n")
        sys.stdout.flush()
        _write(given.out, figures)

    sys.stdout.write("| measure | value |\n|---|---|\n")
    measure(config, given.brief, say)


def _write(file: Path | None, figures: Any) -> None:
    if file is not None:
        file.write_text(json.dumps(figures, indent=2) + "\n")


main()
