"""The deep cache: exact where all is computed, and each request's own in any batch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pipelines.models.sdxl import deep, tiny
from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl.errors import UnsupportedModel
from pipelines.models.sdxl.forward import Graphs, deep_forward, unet_forward
from pipelines.models.sdxl.latents import FolderLatents
from pipelines.models.sdxl.loop import Loop
from pipelines.models.sdxl.vae import Vae
from pipelines.models.sdxl.weights import load
from tests.sdxl.wishes import KINDS, apart, run, wish

EngineOf = Callable[..., SdxlEngine]


class Counted:
    """Counts how often it runs."""

    def __init__(self, graphs: Graphs) -> None:
        self.graphs, self.forwards = graphs, 0

    def __call__(self, *given: torch.Tensor) -> torch.Tensor:
        self.forwards += 1
        return self.graphs(*given)


@pytest.fixture
def counted(folder: Path) -> tuple[Any, Counted, Counted]:
    """A loop that computes the inner part every third step, its whole forward and the inner one."""
    config = tiny.config(folder, deep_cache=3)
    parts = load(config)
    inside = deep_forward(parts, config)
    assert inside is not None
    every, inner = Counted(unet_forward(parts, config)), Counted(inside)
    vae = Vae(parts, config)
    return Loop(parts, config, every, vae, inner), every, inner  # type: ignore[arg-type]


def test_both_parts_on_one_step_are_the_unet(folder: Path) -> None:
    unet = load(tiny.config(folder)).unet
    random = torch.Generator().manual_seed(0)
    given = (
        torch.randn(3, 4, 16, 24, generator=random), torch.tensor([999.0, 500.0, 1.0]),
        torch.randn(3, 77, 64, generator=random), torch.randn(3, 32, generator=random), torch.ones(3, 6),
    )  # fmt: skip
    with torch.inference_mode():
        inside = deep.inner(unet)(*given)
        whole = unet(*given[:3], added_cond_kwargs={"text_embeds": given[3], "time_ids": given[4]}, return_dict=False)
        assert inside.shape == (3, deep.channels(unet), 16, 24)
        torch.testing.assert_close(deep.outer(unet)(*given, inside), whole[0], rtol=0, atol=1e-6)


def test_the_inner_part_is_computed_every_third_step_of_each_request(counted: tuple[Any, Counted, Counted]) -> None:
    loop, every, inner = counted
    run(loop, [(0, wish(steps=9))])
    assert (every.forwards, inner.forwards) == (9, 3)
    run(loop, [(0, wish(steps=9)), (1, wish("later", steps=8))])
    assert (every.forwards, inner.forwards) == (9 + 9, 3 + 6)


def test_in_any_batch_a_picture_is_the_one_it_would_be_alone(counted: tuple[Any, Counted, Counted]) -> None:
    loop, _, _ = counted
    alone = [run(loop, [(0, kind)])[0][0] for kind in KINDS]
    latents, _ = run(loop, [(tick, KINDS[at]) for tick, at in ((0, 0), (0, 1), (1, 2), (2, 0), (3, 3), (4, 4), (5, 2))])
    for latent, at in zip(latents, (0, 1, 2, 0, 3, 4, 2), strict=True):
        assert apart(latent, alone[at]) <= 1e-5


def test_it_is_labelled_and_near_the_exact_picture(engine_of: EngineOf) -> None:
    made, exact = (engine.submit(wish(steps=12)).result(60) for engine in (engine_of(deep_cache=2), engine_of()))
    assert (made.labels, exact.labels) == (("deep-cache-2",), ())
    assert 1e-5 < apart(made.latent, exact.latent) < 0.2
    assert np.isfinite(made.latent).all()


@pytest.mark.parametrize("start", [None, np.full((96, 96, 3), 90, np.uint8)], ids=["noise", "picture"])
def test_work_that_goes_on_gives_the_picture_of_undisturbed_work(
    tmp_path: Path, engine_of: EngineOf, start: Any
) -> None:
    store = FolderLatents(tmp_path)
    given = wish("job", steps=20, start=start, strength=0.9)

    def until(done: int, _steps: int) -> None:
        if done == 11:
            raise LookupError("stopped")

    stopped = engine_of(store, deep_cache=3, save_every=5)
    with pytest.raises(LookupError):
        stopped.submit(given, until).result(60)
    stopped.close()
    went_on = engine_of(store, deep_cache=3, save_every=5).submit(given).result(60)
    assert went_on.steps - went_on.steps_run == 6, "saved at the first multiple of 3 from 5 on"
    undisturbed = engine_of(deep_cache=3).submit(given).result(60)
    assert apart(went_on.latent, undisturbed.latent) <= 1e-5


def test_guidance_off_late_goes_with_it(engine_of: EngineOf) -> None:
    made = engine_of(deep_cache=2, guidance_until=0.5).submit(wish()).result(60)
    assert made.labels == ("guidance-until-0.5", "deep-cache-2")


def test_another_unet_is_refused(folder: Path) -> None:
    config = tiny.config(folder, deep_cache=2)
    parts = load(config)
    parts.unet.up_blocks = parts.unet.up_blocks[:1]
    with pytest.raises(UnsupportedModel, match="CrossAttnUpBlock2D"):
        unet_forward(parts, config)
