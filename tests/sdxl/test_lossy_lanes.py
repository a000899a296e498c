"""Each lossy lane does what it says, says so, and changes nothing else."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from pipelines.models.sdxl import tiny
from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl.errors import LicenceRefused, UnsupportedModel, WeightsMissing
from pipelines.models.sdxl.quantised import Fp8Linear, Int8Linear, quantise
from pipelines.models.sdxl.weights import load
from tests.sdxl.wishes import apart, wish

EngineOf = Callable[..., SdxlEngine]
WIDTHS = (8, 8, 8, 8)


def tiny_vae(folder: Path, widths: tuple[int, ...] = WIDTHS, card: str = "---\nlicense: mit\n---\n") -> Path:
    from diffusers import AutoencoderTiny

    torch.manual_seed(0)
    blocks = (1,) * len(widths)
    model = AutoencoderTiny(
        encoder_block_out_channels=widths, decoder_block_out_channels=widths, num_encoder_blocks=blocks,
        num_decoder_blocks=blocks,
    )  # fmt: skip
    model.save_pretrained(folder)
    (folder / "README.md").write_text(card)
    return folder


def test_a_tiny_vae_decodes_the_latents_of_the_exact_picture(tmp_path: Path, engine_of: EngineOf) -> None:
    from diffusers import AutoencoderTiny

    folder = tiny_vae(tmp_path / "taesd")
    engine = engine_of(tiny_vae=str(folder))
    made, exact = engine.submit(wish()).result(60), engine_of().submit(wish()).result(60)
    assert (made.labels, exact.labels) == (("tiny-vae",), ())
    assert apart(made.latent, exact.latent) <= 1e-5
    with torch.inference_mode():
        own = AutoencoderTiny.from_pretrained(folder).decode(torch.from_numpy(made.latent)[None]).sample[0]
    wanted = ((own / 2 + 0.5).clamp(0, 1) * 255).round().permute(1, 2, 0).numpy()
    assert np.abs(made.pixels - wanted).max() <= 1
    assert np.abs(made.pixels.astype(int) - exact.pixels).mean() > 1


def test_a_picture_is_encoded_by_the_exact_vae(tmp_path: Path, engine_of: EngineOf) -> None:
    start = np.random.default_rng(1).integers(0, 255, (96, 160, 3), np.uint8)
    begun = wish(start=start, strength=0.5)
    lossy, exact = engine_of(tiny_vae=str(tiny_vae(tmp_path / "taesd"))), engine_of()
    assert apart(lossy.submit(begun).result(60).latent, exact.submit(begun).result(60).latent) <= 1e-5


def test_a_tiny_vae_that_does_not_fit_is_refused(folder: Path, tmp_path: Path) -> None:
    for given, error, why in (
        (tmp_path / "nowhere", WeightsMissing, "AutoencoderTiny"),
        (tiny_vae(tmp_path / "unlicensed", card=""), LicenceRefused, "no licence"),
        (tiny_vae(tmp_path / "coarse", (8, 8)), UnsupportedModel, "2 pixels a cell"),
    ):
        with pytest.raises(error, match=why):
            load(tiny.config(folder, tiny_vae=str(given)))
    other = tiny_vae(tmp_path / "other")
    config = other / "config.json"
    config.write_text(config.read_text().replace("AutoencoderTiny", "AutoencoderKL"))
    with pytest.raises(UnsupportedModel, match="not an AutoencoderTiny"):
        load(tiny.config(folder, tiny_vae=str(other)))
    (other / "diffusion_pytorch_model.safetensors").unlink()
    config.write_text(config.read_text().replace("AutoencoderKL", "AutoencoderTiny"))
    with pytest.raises(WeightsMissing, match="lacks the weights"):
        load(tiny.config(folder, tiny_vae=str(other)))


KINDS = [("int8", Int8Linear, torch.int8, 0.02), ("fp8", Fp8Linear, torch.float8_e4m3fn, 0.08)]


@pytest.mark.parametrize(("kind", "layer", "dtype", "bound"), KINDS)
def test_a_quantised_layer_is_near_the_exact_one_whatever_else_is_in_the_batch(
    kind: str, layer: Callable[..., torch.nn.Module], dtype: torch.dtype, bound: float
) -> None:
    random = torch.Generator().manual_seed(0)
    linear = torch.nn.Linear(64, 96)
    with torch.inference_mode():
        linear.weight.copy_(torch.randn(96, 64, generator=random) * torch.logspace(-3, 1, 96)[:, None])
        rows = torch.randn(2, 40, 64, generator=random) * torch.logspace(-2, 2, 40)[:, None]
        made, exact = layer(linear), linear(rows)
        assert made.weight.dtype == dtype
        off = (made(rows) - exact).norm(dim=-1) / exact.norm(dim=-1)
        assert 0 < off.max() < bound
        assert torch.equal(made(rows)[1], made(rows[1:])[0])
        assert torch.isfinite(made(torch.zeros(1, 20, 64))).all()


@pytest.mark.parametrize(("kind", "bound"), [("int8", 0.03), ("fp8", 0.1)])
def test_a_quantised_model_makes_nearly_the_same_picture(engine_of: EngineOf, kind: str, bound: float) -> None:
    made, exact = (engine.submit(wish()).result(60) for engine in (engine_of(quantised=kind), engine_of()))
    assert made.labels == (kind,)
    assert 0 < apart(made.latent, exact.latent) < bound


@pytest.mark.parametrize(("kind", "layer", "dtype", "bound"), KINDS)
def test_only_the_transformers_are_quantised_also_where_q_k_and_v_are_one(
    folder: Path, kind: str, layer: type[torch.nn.Module], dtype: torch.dtype, bound: float
) -> None:
    unet = load(tiny.config(folder)).unet
    unet.fuse_qkv_projections()
    linear = {name for name, module in unet.named_modules() if isinstance(module, torch.nn.Linear)}
    quantise(unet, kind)
    changed = {name for name, module in unet.named_modules() if isinstance(module, layer)}
    assert changed == {name for name in linear if "attentions" in name}
    assert any(name.endswith("to_qkv") for name in changed)
    assert linear - changed
