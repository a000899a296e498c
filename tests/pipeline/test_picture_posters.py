"""Posters with the user's pictures, made for real and read back: every text is legible and stands off the picture."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.geometry import Box
from pipelines.models.base import TextReader
from pipelines.rendering.elements import paint_bounds
from tests.pipeline.making import make_poster
from tests.pipeline.pictures import bottle_cutout, logo, photo, product

NIGHT = photo((38, 30, 84), 900, 1400)
TRAVEL = "云南旅行海报，标题“去有风的地方”，5月1日-5月7日，大理双廊古镇，2980元/人，报名电话 021-66889900"
OIL = "新品发布海报：琥珀精华油，399元，植愈实验室，11月11日首发"
HIRING = "招聘海报，云帆科技诚聘高级软件工程师，月薪30-50K，弹性办公，简历投递 hr@yunfan.tech，包含公司logo"
CASES: dict[str, dict[str, Any]] = {
    "photo": {"prompt": TRAVEL, "reference": [photo(width=1200, height=800)], "style": "business"},
    "night": {"prompt": TRAVEL, "reference": [NIGHT], "size": "1080x1350", "seed": 3},
    "full": {"prompt": "星空露营节，标题“星河露营”，8月12日19:00，青山谷营地", "reference": [NIGHT], "seed": 3},
    "product": {"prompt": OIL, "reference": [product()], "size": "1080x1350", "style": "minimalist"},
    "cut-out": {"prompt": OIL, "reference": [bottle_cutout()], "size": "1920x1080", "style": "sale"},
    "logo": {"prompt": HIRING, "reference": [logo()]},
    "grid": {"prompt": TRAVEL, "size": "1080x1080",
             "reference": [photo(color) for color in ((30, 90, 200), (200, 60, 40), (40, 130, 60))]},
    "wide": {"prompt": "Ridge Walk Festival, 12-14 June 2026, Harbour Field, Eastport, tickets from $59",
             "reference": [photo((60, 110, 80), 1600, 700)], "size": "1500x500"},
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_poster_with_pictures_passes(name: str, reader: TextReader, tmp_path: Path) -> None:
    made = make_poster(CASES[name], reader, tmp_path)
    assert made.quality["verdict"] == "pass", [text for text in made.quality["texts"] if text["problem"]]
    facts = made.document.poster.metadata.model_extra or {}
    assert facts["references"][0]["use"] == ("logo" if name == "logo" else "hero")
    assert (facts["archetype"] == "picture-full") == (name == "full")
    if name == "full":
        return  # its words stand on a veil, which the review has measured
    page = Box(0, 0, made.document.poster.width, made.document.poster.height)
    shown = [paint_bounds(element) for element in made.document.walk() if element.type == "image"]
    for text in (element for element in made.document.walk() if element.type == "text"):
        for picture in shown:
            common = paint_bounds(text).intersection(picture).intersection(page)
            assert min(common.width, common.height) <= 3, text.content.text
