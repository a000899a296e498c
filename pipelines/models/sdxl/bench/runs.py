"""The loops that are timed: ours bare, ours served, diffusers' plain one, and batching by whole requests."""

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import wait as wait_all
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from diffusers import EulerDiscreteScheduler

from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl.jobs import Generation
from pipelines.models.sdxl.loop import Loop
from pipelines.models.sdxl.vae import Vae
from pipelines.models.sdxl.weights import Parts


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request, ``at`` seconds after the start."""

    at: float
    generation: Generation


def wish(job: str, side: int, steps: int, guidance: float) -> Generation:
    """A square picture."""
    return Generation(job, job, "", side, side, sum(job.encode()), steps, guidance)


def bare(loop: Loop, vae: Vae, generation: Generation, count: int) -> None:
    """``count`` pictures in one batch, from noise to bytes on the host."""
    size = loop.size(generation)
    slots = [loop.prepare(replace(generation, job=str(at), seed=at)) for at in range(count)]
    for _ in range(generation.steps):
        loop.denoise_step(size, slots)
    for slot in slots:
        stages = list(vae.decode(loop.finish(size, slot)))
        assert stages[-1] is not None
        stages[-1].cpu()


@torch.inference_mode()
def plain(parts: Parts, steps: int, device: torch.device, dtype: torch.dtype) -> None:
    """One guided picture as diffusers' pipeline makes it: its scheduler, eager models."""
    scheduler: Any = EulerDiscreteScheduler(**parts.scheduler)
    scheduler.set_timesteps(steps, device=device)
    side = int(parts.unet.config.sample_size)
    embedding = parts.encoder("")
    tokens, pooled = embedding.tokens.expand(2, -1, -1), embedding.pooled.expand(2, -1)
    added = {"text_embeds": pooled, "time_ids": torch.ones(2, 6, device=device, dtype=dtype)}
    latents = torch.randn(1, 4, side, side, device=device, dtype=dtype) * scheduler.init_noise_sigma
    for timestep in scheduler.timesteps:
        inputs = scheduler.scale_model_input(torch.cat([latents] * 2), timestep)
        without, given = parts.unet(inputs, timestep, tokens, added_cond_kwargs=added, return_dict=False)[0].chunk(2)
        latents = scheduler.step(without + 5.0 * (given - without), timestep, latents, return_dict=False)[0]
    parts.vae.decode(latents / parts.vae.config.scaling_factor, return_dict=False)[0].float().cpu()


def served(engine: SdxlEngine, generations: Sequence[Generation]) -> float:
    """Seconds the engine takes for all of them, given at once."""
    started = time.perf_counter()
    wait_all([engine.submit(generation) for generation in generations])
    return time.perf_counter() - started


def beside(engine: SdxlEngine, count: int, turns: int, batches: int) -> tuple[float, float]:
    """Seconds a guided picture of 30 steps, bare and served, of the quickest of ``turns`` taken by turns.

    Served: ``batches`` of ``count`` pictures given at once, so that the engine is full until the last of them.
    """
    loop, vae, side = engine.machine.loop, engine.machine.decoder, engine.machine.loop.side
    bares, serveds = [], []
    for turn in range(turns):
        started = time.perf_counter()
        for _ in range(batches):
            bare(loop, vae, wish("bare", side, 30, 5.0), count)
        bares.append((time.perf_counter() - started) / (batches * count))
        full = [wish(f"full {turn} {at}", side, 30, 5.0) for at in range(batches * count)]
        serveds.append(served(engine, full) / len(full))
    return min(bares), min(serveds)


def poisson(side: int, rate: float, count: int, seed: int = 0) -> list[Arrival]:
    """Half 4 steps unguided, half 30 steps guided, ``rate`` a second."""
    draw, at, arrivals = random.Random(seed), 0.0, []  # noqa: S311
    for number in range(count):
        at += draw.expovariate(rate)
        steps, guidance = (4, 1.0) if draw.random() < 0.5 else (30, 5.0)
        arrivals.append(Arrival(at, wish(f"mix {number}", side, steps, guidance)))
    return arrivals


def mixed_by_steps(engine: SdxlEngine, arrivals: Sequence[Arrival]) -> list[float]:
    """Seconds from each arrival to its picture, requests joining and leaving the engine's batch."""
    latencies = [0.0] * len(arrivals)
    left = threading.Semaphore(0)
    started = time.perf_counter()

    def done(number: int, due: float, _future: Any) -> None:
        latencies[number] = time.perf_counter() - started - due
        left.release()

    for number, arrival in enumerate(arrivals):
        time.sleep(max(0.0, arrival.at - (time.perf_counter() - started)))
        future = engine.submit(arrival.generation)
        future.add_done_callback(partial(done, number, arrival.at))
    for _ in arrivals:
        left.acquire()
    return latencies


def mixed_by_requests(loop: Loop, vae: Vae, arrivals: Sequence[Arrival], most: int) -> list[float]:
    """The same, batching whole requests: the oldest one and those like it that wait, run to their end."""
    latencies = [0.0] * len(arrivals)
    waiting: list[int] = []
    came = 0
    started = time.perf_counter()
    while came < len(arrivals) or waiting:
        now = time.perf_counter() - started
        while came < len(arrivals) and arrivals[came].at <= now:
            waiting.append(came)
            came += 1
        if not waiting:
            time.sleep(arrivals[came].at - now)
            continue
        kind = arrivals[waiting[0]].generation
        batch = [at for at in waiting if arrivals[at].generation.steps == kind.steps][: most // loop.rows(kind)]
        waiting = [at for at in waiting if at not in batch]
        bare(loop, vae, kind, len(batch))
        for at in batch:
            latencies[at] = time.perf_counter() - started - arrivals[at].at
    return latencies
