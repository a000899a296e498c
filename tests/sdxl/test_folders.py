"""Which model folders are taken, and in which sizes pictures are made."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.models.sdxl import licence, tiny
from pipelines.models.sdxl.buckets import TRAINED, bucket, fit
from pipelines.models.sdxl.config import SdxlConfig
from pipelines.models.sdxl.errors import LicenceRefused, UnsupportedModel, WeightsMissing
from pipelines.models.sdxl.schedule import Schedules
from pipelines.models.sdxl.weights import load


def test_a_model_of_another_licence_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(folder, copy)
    card = copy / "README.md"
    card.write_text(card.read_text().replace("apache-2.0", "sai-nc-community"))
    with pytest.raises(LicenceRefused, match="sai-nc-community"):
        load(SdxlConfig(model=str(copy)))
    card.unlink()
    with pytest.raises(LicenceRefused, match="says no licence"):
        load(SdxlConfig(model=str(copy)))
    (copy / "LICENSE.md").write_text("CreativeML Open RAIL++-M License\nof July 2023\n")
    assert load(SdxlConfig(model=str(copy))).licence == "openrail++"
    assert licence.check(folder) == "apache-2.0"


def test_missing_weights_are_told(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(WeightsMissing, match="local cache"):
        load(SdxlConfig(model="nobody/nothing"))
    with pytest.raises(WeightsMissing, match=r"model_index\.json"):
        load(SdxlConfig(model=str(tmp_path)))
    copy = tmp_path / "model"
    shutil.copytree(folder, copy)
    shutil.rmtree(copy / "vae")
    with pytest.raises(WeightsMissing):
        load(SdxlConfig(model=str(copy)))


@pytest.mark.parametrize(
    ("scheduler", "lane"),
    [("LCMScheduler", "lcm"), ("EulerAncestralDiscreteScheduler", "ancestral"), ("DDIMScheduler", "base")],
)
def test_the_lane_fits_the_scheduler_in_the_folder(folder: Path, tmp_path: Path, scheduler: str, lane: str) -> None:
    shutil.copytree(folder, tmp_path / "model")
    file = tmp_path / "model" / "scheduler" / "scheduler_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "_class_name": scheduler}))
    parts = load(SdxlConfig(model=str(tmp_path / "model")))
    assert (parts.lane, parts.name) == (lane, "model")


def test_other_predictions_are_refused() -> None:
    with pytest.raises(UnsupportedModel, match="v_prediction"):
        Schedules({"prediction_type": "v_prediction"})


def test_the_tiny_folder_is_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    name = "unet/diffusion_pytorch_model.safetensors"
    assert (tiny.make(tmp_path / "again") / name).read_bytes() == (folder / name).read_bytes()


@given(st.integers(200, 4000), st.integers(200, 4000))
def test_a_bucket_is_the_trained_size_of_nearest_aspect(width: int, height: int) -> None:
    wide, high = bucket(width, height)
    assert (min(wide, high), max(wide, high)) in TRAINED
    assert (wide - high) * (width - height) >= 0
    aspects = [long / short for short, long in TRAINED]
    wanted = max(width, height) / min(width, height)
    best = min(abs(np.log(aspect / wanted)) for aspect in aspects)
    assert abs(abs(np.log(wide / high)) - np.log(wanted)) == pytest.approx(best, abs=1e-9)


@given(st.integers(20, 200), st.integers(20, 200), st.integers(20, 200), st.integers(20, 200))
def test_fitting_gives_exact_sizes_without_stretching(width: int, height: int, to_width: int, to_height: int) -> None:
    flat = np.full((height, width, 3), 77, np.uint8)
    fitted = fit(flat, to_width, to_height)
    assert fitted.shape == (to_height, to_width, 3)
    assert (fitted == 77).all()
