"""Short and long requests that come at random: batched by steps as the engine does, and by whole requests."""

import math
from typing import Any

from pipelines.models.sdxl.bench import runs
from pipelines.models.sdxl.engine import SdxlEngine

LOAD = 0.9  # of what the engine can do
PATIENCE = 5.0  # times what a request takes alone: later it is no good


def measure(
    engine: SdxlEngine, requests: int, rows: int, best: dict[int, float], alone: dict[int, float]
) -> dict[str, Any]:
    """p99 of the 4-step requests and goodput, requests in time a second, of both.

    ``best``: by steps, seconds a picture at the best batch; ``alone``: of a batch of one.
    """
    loop, vae = engine.machine.loop, engine.machine.decoder
    arrivals = runs.poisson(loop.side, LOAD / (sum(best.values()) / len(best)), requests)
    steps = [arrival.generation.steps for arrival in arrivals]
    out: dict[str, Any] = {"mix_requests": requests}
    for name, latencies in {
        "by_steps": runs.mixed_by_steps(engine, arrivals),
        "by_requests": runs.mixed_by_requests(loop, vae, arrivals, rows),
    }.items():
        short = sorted(seconds for seconds, count in zip(latencies, steps, strict=True) if count == 4)
        good = sum(seconds <= PATIENCE * alone[count] for seconds, count in zip(latencies, steps, strict=True))
        span = max(arrival.at + seconds for arrival, seconds in zip(arrivals, latencies, strict=True))
        p99 = short[math.ceil(0.99 * len(short)) - 1]
        out |= {f"mix_{name}_p50_4_s": short[len(short) // 2], f"mix_{name}_p99_4_s": p99,
                f"mix_{name}_goodput": good / span}  # fmt: skip
    out["mix_p99_ratio"] = out["mix_by_steps_p99_4_s"] / out["mix_by_requests_p99_4_s"]
    goods = out["mix_by_steps_goodput"], out["mix_by_requests_goodput"]
    out["mix_goodput_ratio"] = goods[0] / goods[1] if goods[1] else None
    return out
