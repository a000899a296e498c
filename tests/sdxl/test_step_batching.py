"""Whatever shares its forwards, a picture equals the one it would be alone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipelines.models.sdxl import tiny
from pipelines.models.sdxl.engine import SdxlEngine
from tests.sdxl.wishes import KINDS, apart, run, wish


@pytest.fixture(scope="module")
def loop(folder: Path) -> Any:
    from pipelines.models.sdxl.forward import unet_forward
    from pipelines.models.sdxl.loop import Loop
    from pipelines.models.sdxl.vae import Vae
    from pipelines.models.sdxl.weights import load

    config = tiny.config(folder)
    parts = load(config)
    return Loop(parts, config, unet_forward(parts, config), Vae(parts, config))


@pytest.fixture(scope="module")
def alone(loop: Any) -> list[NDArray[np.float32]]:
    return [run(loop, [(0, generation)])[0][0] for generation in KINDS]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, len(KINDS) - 1)), min_size=1, max_size=7))
def test_arrivals_in_any_order_give_the_pictures_of_solo_runs(
    loop: Any, alone: list[NDArray[np.float32]], arrivals: list[tuple[int, int]]
) -> None:
    latents, _ = run(loop, [(tick, KINDS[kind]) for tick, kind in arrivals])
    for latent, (_, kind) in zip(latents, arrivals, strict=True):
        assert apart(latent, alone[kind]) <= 1e-5


def test_steps_of_many_requests_share_forwards(loop: Any) -> None:
    mix = [(0, 30, 5.0), (3, 20, 5.0), (5, 4, 1.0), (5, 30, 5.0), (17, 8, 1.0)]
    arrivals = [(tick, wish(str(tick), steps=steps, guidance=guidance)) for tick, steps, guidance in mix]
    latents, forwards = run(loop, arrivals)
    assert (forwards, sum(steps for _, steps, _ in mix)) == (35, 92)
    for latent, (_, generation) in zip(latents, arrivals, strict=True):
        assert apart(latent, run(loop, [(0, generation)])[0][0]) <= 1e-5


def test_the_engine_gives_the_pictures_of_solo_runs(
    engine_of: Callable[..., SdxlEngine], alone: list[NDArray[np.float32]]
) -> None:
    engine = engine_of()
    futures = [
        engine.submit(replace(generation, job=f"{turn} {generation.job}")) for turn in "ab" for generation in KINDS
    ]
    for future, latent in zip(futures, alone * 2, strict=True):
        assert apart(future.result(60).latent, latent) <= 1e-5
    stats = engine.stats()
    assert stats.padded > 0
    assert stats.forwards < stats.alone


def test_a_finished_picture_has_the_size_asked_for(engine_of: Callable[..., SdxlEngine]) -> None:
    result = engine_of().submit(wish(width=301, height=207, steps=1)).result(60)
    assert result.pixels.shape == (207, 301, 3)
    assert result.pixels.dtype == np.uint8
    assert (result.steps, result.steps_run, result.first_step, result.labels) == (1, 1, 0, ())
