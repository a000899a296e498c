"""The operator's settings of SDXL, from their text to the engine that makes the pictures."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import save_file

from configs.models import ModelSettings
from configs.pictures import loras, sizes
from configs.settings import Settings
from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl.jobs import Generation
from pipelines.models.sdxl_painter.maker import PictureMaker
from pipelines.models.sdxl_painter.painter import PictureOptions
from serve_apps.handles import image_model_name
from serve_apps.image_model import engine_config
from storage.objects.folder import FolderStore

MODULE = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
WISH = Generation("job", "a tea festival", "", 128, 128, seed=7, steps=4, guidance=5.0)
EngineOf = Callable[..., SdxlEngine]


@pytest.fixture
def engine_of(tmp_path: Path) -> EngineOf:
    def make(**given: object) -> SdxlEngine:
        settings = Settings.model_validate({"data": tmp_path, "tiny": True, "image_warm_sizes": "128x128"} | given)
        return SdxlEngine(engine_config(settings))

    return make


def test_lists_are_read_as_they_are_written() -> None:
    assert loras(" /a/b.safetensors=0.8, c=d.safetensors=-1 ") == (("/a/b.safetensors", 0.8), ("c=d.safetensors", -1))
    assert sizes("1080x1920, 1080x1350,") == ((1080, 1920), (1080, 1350))
    assert (loras(""), sizes("")) == ((), ())


@pytest.mark.parametrize("text", ["a.safetensors", "a.safetensors=", "a.safetensors=much", "a.bin=1", "=1",
                                  "a.safetensors=0", "a.safetensors=nan"])  # fmt: skip
def test_loras_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match=r"must be like style\.safetensors=0\.8"):
        ModelSettings(image_loras=text)


@pytest.mark.parametrize("text", ["1080", "1080*1920", "0x100", "1080x1920x3", "axb"])
def test_sizes_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="must be like 1080x1920"):
        ModelSettings(image_warm_sizes=text)


def test_the_handle_knows_the_name_of_an_engine_with_loras(
    tmp_path: Path, engine_of: EngineOf, store: FolderStore
) -> None:
    file = tmp_path / "style.safetensors"
    random = torch.Generator().manual_seed(3)
    down, up = torch.randn(4, 64, generator=random), torch.randn(64, 4, generator=random)
    save_file({f"{MODULE}.lora_A.weight": down, f"{MODULE}.lora_B.weight": up}, file)
    written = f"{file}=0.50"
    engine = engine_of(image_loras=written)
    engine.start()
    try:
        name = PictureMaker(engine, store).name
    finally:
        engine.close()
    assert name == "sdxl/tiny-random+style@0.5"
    assert image_model_name(Settings(data=tmp_path, tiny=True, image_loras=written)) == name


def test_a_lane_takes_one_row_and_late_guidance_is_labelled(engine_of: EngineOf) -> None:
    made = {}
    for name, given in {"exact": {}, "turbo": {"image_lane": "turbo"}, "late": {"image_guidance_until": 0.5}}.items():
        engine = engine_of(**given)
        engine.start()
        try:
            made[name] = engine.submit(WISH).result(60).labels, engine.stats().rows
        finally:
            engine.close()
    assert made == {"exact": ((), 8), "turbo": ((), 4), "late": (("guidance-until-0.5",), 6)}


@pytest.mark.parametrize("given", [{"image_lane": "lcm"}, {"image_guidance_until": 0.5}, {"image_deep_cache": 2}])
def test_what_makes_another_picture_stands_in_its_key(given: dict[str, object]) -> None:
    plain = PictureOptions.of(ModelSettings())
    assert plain.lanes == ()
    assert PictureOptions.of(ModelSettings.model_validate(given)) != plain
