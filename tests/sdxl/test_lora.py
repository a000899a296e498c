"""LoRAs are merged into the weights, in the formats in which they are found."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pipelines.models.sdxl import tiny
from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl.errors import UnsupportedModel, WeightsMissing
from pipelines.models.sdxl.weights import load
from tests.sdxl.wishes import apart, wish

PROJECTION = "down_blocks.1.attentions.0.proj_in"
MODULE = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
RANK, WIDTH, ALPHA = 4, 64, 2.0


def pair() -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(3)
    return torch.randn(RANK, WIDTH, generator=random), torch.randn(WIDTH, RANK, generator=random)


def diffusers_file(folder: Path, module: str = f"unet.{MODULE}") -> str:
    down, up = pair()
    save_file({f"{module}.lora_A.weight": down, f"{module}.lora_B.weight": up}, folder / "style.safetensors")
    return str(folder / "style.safetensors")


def kohya_file(folder: Path, module: str = MODULE) -> str:
    down, up = pair()
    name = f"lora_unet_{module.replace('.', '_')}"
    tensors = {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up, f"{name}.alpha": torch.tensor(ALPHA)}
    save_file(tensors, folder / "kohya.safetensors")
    return str(folder / "kohya.safetensors")


def kohya_projection(folder: Path) -> str:
    return kohya_file(folder, PROJECTION)


@pytest.mark.parametrize(
    ("write", "module", "scale"),
    [(diffusers_file, MODULE, 1.0), (kohya_file, MODULE, ALPHA / RANK), (kohya_projection, PROJECTION, ALPHA / RANK)],
)
def test_what_is_added_is_up_times_down(
    write: Callable[[Path], str], module: str, scale: float, folder: Path, tmp_path: Path
) -> None:
    plain = load(tiny.config(folder)).unet.get_submodule(module).weight
    merged = load(tiny.config(folder, loras=((write(tmp_path), 0.7),))).unet.get_submodule(module).weight
    down, up = pair()
    torch.testing.assert_close(merged, plain + 0.7 * scale * up @ down)


def test_it_changes_the_picture_and_stands_in_the_name(
    folder: Path, tmp_path: Path, engine_of: Callable[..., SdxlEngine]
) -> None:
    plain, styled = engine_of(), engine_of(loras=((diffusers_file(tmp_path), 0.7),))
    assert styled.name == "tiny-random+style@0.7"
    assert apart(styled.submit(wish()).result(60).latent, plain.submit(wish()).result(60).latent) > 1e-3


def test_what_cannot_be_merged_whole_is_refused(folder: Path, tmp_path: Path) -> None:
    for module, why in (("unet.mid_block.nowhere", "does not have"), ("text_encoder.text_model.x", "text_encoder")):
        with pytest.raises(UnsupportedModel, match=why):
            load(tiny.config(folder, loras=((diffusers_file(tmp_path, module), 1.0),)))
    with pytest.raises(WeightsMissing, match="no LoRA"):
        load(tiny.config(folder, loras=(("/nowhere.safetensors", 1.0),)))
