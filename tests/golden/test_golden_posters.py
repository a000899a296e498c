"""Posters look as they did. To accept new looks, after seeing each: UPDATE_GOLDEN=1 pytest tests/golden"""

import os
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipelines.models.base import TextReader
from tests.golden.perceptual import NOTICEABLE, distances, explain
from tests.pipeline.making import make_poster

HERE = Path(__file__).parent
GALLERY = HERE.parent.parent / "docs" / "gallery" / "prompts.toml"
SHORT_SIDE = 300
MAX_CHANGED = 0.01
CASES: list[dict[str, Any]] = tomllib.loads(GALLERY.read_text())["poster"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_poster_looks_as_it_did(case: dict[str, Any], reader: TextReader, tmp_path: Path) -> None:
    made = make_poster(case, reader, tmp_path)
    actual = made.picture
    actual.thumbnail((SHORT_SIDE * 2, SHORT_SIDE * 2))
    golden = HERE / "expected" / f"{case['name']}.webp"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        actual.save(golden, quality=92)
    expected = Image.open(golden).convert("RGB")
    changed = float(np.mean(distances(expected, actual) > NOTICEABLE))
    if changed > MAX_CHANGED:
        failed = HERE / "failed" / f"{case['name']}.png"
        failed.parent.mkdir(exist_ok=True)
        explain(expected, actual).save(failed)
        pytest.fail(f"{changed:.1%} of the picture changed visibly; see {failed}")
    assert made.quality["verdict"] == "pass", [t for t in made.quality["texts"] if t["problem"]]


def test_the_measure_sees_a_moved_word_and_forgives_noise() -> None:
    page = Image.new("RGB", (300, 400), "#1890ff")
    with_word, moved = page.copy(), page.copy()
    ImageDraw.Draw(with_word).rectangle((40, 60, 160, 110), fill="white")
    ImageDraw.Draw(moved).rectangle((52, 60, 172, 110), fill="white")
    noise = np.random.default_rng(1).normal(0, 3, (400, 300, 3))
    grainy = Image.fromarray(np.clip(np.asarray(with_word) + noise, 0, 255).astype(np.uint8))
    assert np.mean(distances(with_word, moved) > NOTICEABLE) > MAX_CHANGED / 2
    assert np.mean(distances(with_word, grainy) > NOTICEABLE) < MAX_CHANGED / 10
