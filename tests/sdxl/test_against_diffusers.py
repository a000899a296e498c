"""A solo run is what diffusers' own pipelines make of the same inputs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines.models.sdxl.config import LANES
from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl.schedule import Schedules
from pipelines.models.sdxl.tiny import SCHEDULER
from tests.sdxl.wishes import apart, wish

START = np.random.default_rng(2).integers(0, 255, (128, 128, 3), np.uint8)


@pytest.mark.parametrize("negative", ["", "blurred"])
@pytest.mark.parametrize("start", [None, START], ids=["from noise", "from a picture"])
def test_same_picture(folder: Path, engine_of: Callable[..., SdxlEngine], start: Any, negative: str) -> None:
    from diffusers import StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline

    kind: Any = StableDiffusionXLPipeline if start is None else StableDiffusionXLImg2ImgPipeline
    pipeline = kind.from_pretrained(folder, add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    given: dict[str, Any] = (
        {"height": 128, "width": 128} if start is None else {"image": Image.fromarray(start), "strength": 0.7}
    )
    theirs = [
        pipeline(
            "a tea festival", negative_prompt=negative or None, num_inference_steps=10, guidance_scale=5.0,
            generator=torch.Generator().manual_seed(7), output_type=output, **given,
        ).images[0]
        for output in ("latent", "pil")
    ]  # fmt: skip
    ours = engine_of().submit(wish(steps=10, negative=negative, start=start, strength=0.7)).result(60)
    assert apart(ours.latent, theirs[0].numpy()) <= 1e-4
    assert np.abs(ours.pixels.astype(int) - np.asarray(theirs[1])).max() <= 1


@pytest.mark.parametrize("steps", [1, 4, 7])
def test_lcm_steps_are_those_of_its_scheduler(steps: int) -> None:
    from diffusers import LCMScheduler

    theirs: Any = LCMScheduler.from_config(SCHEDULER | {"clip_sample": False})
    theirs.set_timesteps(steps)
    schedule = Schedules(SCHEDULER).make(LANES["lcm"], steps)
    sample = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    x = sample * schedule.noise
    for at, row in enumerate(schedule.table):
        eps = torch.randn(sample.shape, generator=torch.Generator().manual_seed(100 + at))
        fresh = torch.randn(sample.shape, generator=torch.Generator().manual_seed(at))
        assert torch.allclose(x / row[0], sample, rtol=1e-4, atol=1e-5)
        sample = theirs.step(eps, theirs.timesteps[at], sample, generator=torch.Generator().manual_seed(at)).prev_sample
        x = row[2] * x + row[3] * eps + row[4] * fresh
    assert torch.allclose(x, sample, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("lane", "first"), [("lightning", 999), ("turbo", 999), ("lcm", 999), ("base", 751)])
def test_distilled_lanes_start_from_pure_noise_with_one_row(
    engine_of: Callable[..., SdxlEngine], lane: str, first: int
) -> None:
    assert float(Schedules(SCHEDULER).make(LANES[lane], 4).table[0, 1]) == first
    engine = engine_of(lane=lane)
    pictures = [engine.submit(wish(str(turn), steps=4)).result(60).latent for turn in range(2)]
    assert engine.stats().rows == 2 * 4 * (2 if lane == "base" else 1)
    assert np.array_equal(*pictures)
