"""The table of likeness and speed of the lossy lanes, on tiny weights."""

import pytest
import torch

from pipelines.models.sdxl.bench import lossy
from pipelines.models.sdxl.config import SdxlConfig


def test_each_lane_is_put_beside_the_exact_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(lossy, "STEPS", 4)
    monkeypatch.setattr(lossy, "TURNS", 1)
    monkeypatch.setitem(lossy.LANES, "none", {"decode_spread": 1})
    rows = list(lossy.measure(SdxlConfig(model="tiny", max_rows=2, max_rows_per_shape=2)))
    assert [row.lane for row in rows] == list(lossy.LANES)
    found = {row.lane: row for row in rows}
    assert found.pop("none").mean_difference == 0
    assert all(0 < row.psnr < 100 and row.mean_difference > 0 and row.speed > 0 for row in found.values())
    assert all(lossy.line(row).count("|") == lossy.HEAD.split("\n")[0].count("|") for row in rows)
