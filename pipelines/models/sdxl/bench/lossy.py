"""What each lossy lane costs in likeness to the exact pictures of the same seeds, and how much quicker it is."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from pipelines.models.sdxl.bench import runs
from pipelines.models.sdxl.bench.parts import parts as random_parts
from pipelines.models.sdxl.bench.parts import side_of
from pipelines.models.sdxl.config import SdxlConfig
from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl.errors import UnsupportedModel
from pipelines.models.sdxl.jobs import Result

LANES: dict[str, dict[str, Any]] = {
    "guidance off after 60 % of the steps": {"guidance_until": 0.6},
    "deep cache, every 2nd step": {"deep_cache": 2},
    "deep cache, every 3rd step": {"deep_cache": 3},
    "INT8": {"quantised": "int8"},
    "FP8": {"quantised": "fp8"},
    "tiny VAE": {"tiny_vae": "random"},
}
STEPS, GUIDANCE, TURNS = 30, 5.0, 3
_NONE = 1e-12  # no difference: a PSNR of 168 dB


class Row(NamedTuple):
    """A lane beside the exact one: PSNR in dB, mean absolute difference in levels of 255, times the speed."""

    lane: str
    psnr: float
    mean_difference: float
    speed: float


def measure(config: SdxlConfig) -> Iterator[Row]:
    """A row for each lane that runs here, as it is made."""
    exact, seconds = _pictures(config)
    for name, changes in LANES.items():
        try:
            made, took = _pictures(replace(config, **changes))
        except UnsupportedModel:
            continue
        off = [one.pixels.astype(float) - other.pixels for one, other in zip(made, exact, strict=True)]
        noise = [float((each**2).mean()) for each in off]
        psnr = float(np.mean([10 * np.log10(255**2 / max(each, _NONE)) for each in noise]))
        yield Row(name, psnr, float(np.mean([np.abs(each).mean() for each in off])), seconds / took)


HEAD = "| lane | PSNR, dB | mean difference of 255 | times the speed |\n|---|---|---|---|"


def line(row: Row) -> str:
    """As a row of a Markdown table that begins with ``HEAD``."""
    return f"| {row.lane} | {row.psnr:.1f} | {row.mean_difference:.2f} | {row.speed:.2f} |"


def _pictures(config: SdxlConfig) -> tuple[list[Result], float]:
    """As many guided pictures as a forward holds, and the seconds of the quickest of some turns."""
    engine = SdxlEngine(config, None, random_parts)
    engine.start()
    try:
        wanted = [
            runs.wish(f"picture {at}", side_of(config), STEPS, GUIDANCE) for at in range(max(1, config.max_rows // 2))
        ]
        made = [future.result() for future in [engine.submit(each) for each in wanted]]
        return made, min(runs.served(engine, wanted) for _ in range(TURNS))
    finally:
        engine.close()
